//! `ssh`, as the program it is: commands and scripts on the nodes of the site.
//!
//! [`SshNode::run`] gives a script to a shell on a node, as the user who logs in or as root. Nothing
//! of the admin host's own settings counts, no question is asked, and a host is believed by its key:
//! the one that the site file names, the one that a person has pinned, or, on the first visit and
//! then never again, the one that it shows. A password for `sudo` goes over the pipe to `sudo`, and
//! stands in no argument and no environment.
//!
//! Deliberately absent: connections that are shared or stay open, terminals, and files, which
//! Ansible carries.

mod command_line;
mod error;
mod kinds;
mod login_key;
mod outcome;
mod pinned;
mod remote;

pub use error::SshError;
pub use kinds::{is_ed25519, refuses_ed25519};
pub use login_key::{KeyState, LoginKey};

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sre_site::{Access, Escalation, Node, Secret};
use tokio::process::Command;

use super::child::{self, ChildError, Limits};
use remote::{MARK, Way, remote_command};

/// The most bytes that a script may say: the facts of a large host are a tenth of it.
const MOST_OUTPUT: usize = 256 << 10;

/// The files with keys of hosts, in the folder of a site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostKeys {
    /// Keys that the site file names.
    pub pinned: PathBuf,
    /// Keys that a person or a first visit has pinned.
    pub known: PathBuf,
}

/// As whom a script runs.
#[derive(Clone, Copy, Debug)]
pub enum Rights<'a> {
    /// As the user who logs in.
    User,
    /// As root, in the way that the site says, with the password for `sudo` where that has one.
    Root(Option<&'a Secret>),
}

/// A node as `ssh` reaches it.
#[derive(Clone, Debug)]
pub struct SshNode {
    name: String,
    address: IpAddr,
    access: Access,
    key: PathBuf,
    keys: HostKeys,
    /// Whether a first visit pins no key of the kind ed25519.
    without_ed25519: bool,
}

impl SshNode {
    /// Takes a node; `site_folder` is the folder of the site file, at which the path of its key begins.
    #[must_use]
    pub fn new(node: &Node, site_folder: &Path, keys: &HostKeys) -> Self {
        Self {
            name: node.name.to_string(),
            address: node.address.ip(),
            access: node.access.clone(),
            key: site_folder.join(&node.access.key),
            keys: keys.clone(),
            without_ed25519: false,
        }
    }

    /// Gives the name that files of known hosts have for it.
    fn alias(&self) -> String {
        match self.access.port {
            22 => self.address.to_string(),
            port => format!("[{}]:{port}", self.address),
        }
    }

    /// Runs a script by a POSIX shell and gives what it said; the whole call takes at most `time`.
    pub async fn run(
        &self,
        script: &str,
        rights: Rights<'_>,
        time: Duration,
    ) -> Result<String, SshError> {
        let (way, password) = match (rights, &self.access.escalation) {
            (Rights::User, _) | (Rights::Root(_), Escalation::None) => (Way::Plain, None),
            (Rights::Root(None), Escalation::Sudo(_)) => (Way::Sudo, None),
            (Rights::Root(Some(password)), Escalation::Sudo(_)) => {
                (Way::SudoWithPassword, Some(password.expose().as_bytes()))
            }
        };
        let input: [&[u8]; 5] = [
            password.unwrap_or_default(),
            if password.is_some() { b"\n" } else { b"" },
            MARK.as_bytes(),
            b"\n",
            script.as_bytes(),
        ];
        let command = self.command(&remote_command(way), time)?;
        let ended = child::run(command, &input, Limits { time, output: MOST_OUTPUT }).await;
        outcome::judge(self, way, &ended.map_err(|error| self.broken(error))?)
    }

    fn command(&self, remote: &str, time: Duration) -> Result<Command, SshError> {
        let mut command = quiet("ssh");
        command.args(command_line::arguments(self, remote, time)?);
        Ok(command)
    }

    fn broken(&self, error: ChildError) -> SshError {
        let node = self.name.clone();
        match error {
            ChildError::Start(source) => SshError::NoProgram { source },
            ChildError::Pipe(source) => SshError::Pipe { node, source },
            ChildError::TooSlow(time) => SshError::TimedOut { node, seconds: time.as_secs() },
            ChildError::TooMuch(bytes) => SshError::TooMuch { node, bytes },
        }
    }
}

/// Gives a program of OpenSSH as it is started. Its messages tell what failed, so they must be in English.
/// Secrets in the environment of this program are none of its business.
#[expect(clippy::disallowed_methods, reason = "a node is reached by the ssh of the admin host")]
fn quiet(program: &str) -> Command {
    let mut command = Command::new(program);
    let kept = ["PATH", "HOME", "SSH_AUTH_SOCK"];
    let kept = kept.into_iter().filter_map(|name| Some((name, std::env::var_os(name)?)));
    command.env_clear().envs(kept).env("LC_ALL", "C");
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Makes a node of a site whose folder has a name that is hard to quote.
    pub(super) fn node(folder: &Path, ssh: &str) -> SshNode {
        let text = format!(
            "[site]\nname = \"alpha\"\ndomain = \"alpha.example\"\n[time]\nntp = [\"10.20.0.3\"]\n\
             [ssh]\nuser = \"sre\"\nkey = \"login\"\n\
             [[node]]\nname = \"one\"\naddress = \"10.20.0.11\"\nrole = \"server\"\nssh = {{ {ssh} }}\n"
        );
        let file = sre_site::SiteFile::parse("site.toml", text.as_bytes()).unwrap();
        let keys =
            HostKeys { pinned: folder.join("pinned_hosts"), known: folder.join("known_hosts") };
        SshNode::new(&file.site().nodes[0], &folder.join("a b%"), &keys)
    }

    #[tokio::test]
    async fn what_cannot_be_asked_is_an_error_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let node = node(&folder.path().join("a$b"), "");
        let run = node.run("true", Rights::User, Duration::from_secs(5)).await;
        assert!(matches!(run, Err(SshError::Path { .. })), "{run:?}");
    }
}
