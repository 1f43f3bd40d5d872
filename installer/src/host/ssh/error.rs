//! Why a node cannot be spoken to.

use std::io;
use std::path::PathBuf;

use sre_format::{Explain, Fault, file_hint};

use super::pinned::forgetting;
use crate::host::shell_word;

/// Says why a script did not run on a node.
#[derive(Debug, thiserror::Error)]
pub enum SshError {
    /// There is no `ssh` on the admin host.
    #[error("cannot start `ssh`")]
    NoProgram {
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// A path cannot be given to ssh.
    #[error("the path {} cannot be given to ssh", .path.display())]
    Path {
        /// The path.
        path: PathBuf,
    },
    /// Nothing answers as an SSH server does.
    #[error("{node} cannot be reached at {place}: {said}")]
    Unreachable {
        /// The node.
        node: String,
        /// Its address and port.
        place: String,
        /// The last words of ssh.
        said: String,
    },
    /// The node does not let the user in.
    #[error("{node} does not let {user} log in: {said}")]
    LoginRefused {
        /// The node.
        node: String,
        /// The user.
        user: String,
        /// The file of the key.
        key: PathBuf,
        /// The last words of ssh.
        said: String,
    },
    /// The node shows a key of a kind that nobody has pinned.
    #[error("{node} shows a key that is not the one of {}", .file.display())]
    UnknownHostKey {
        /// The node.
        node: String,
        /// Where the key was looked for.
        file: PathBuf,
    },
    /// The node has no key of a kind that is accepted.
    #[error("{node} has no key of a kind that is accepted: it offers {offer}")]
    NoAcceptedHostKey {
        /// The node.
        node: String,
        /// The kinds that it offers.
        offer: String,
    },
    /// The node shows another key than before.
    #[error("{node} shows another key than the one of {}: {shown} instead of {pinned}", .file.display())]
    ChangedHostKey {
        /// The node.
        node: String,
        /// Its name in the files of known hosts.
        alias: String,
        /// The file that has the other one.
        file: PathBuf,
        /// The fingerprint of what it shows.
        shown: String,
        /// The fingerprint of what it should show.
        pinned: String,
        /// Whether the site file names the key.
        is_named: bool,
    },
    /// The user does not become root.
    #[error("{user} does not become root on {node}: {said}")]
    NotRoot {
        /// The node.
        node: String,
        /// The user.
        user: String,
        /// The last words of sudo.
        said: String,
    },
    /// The whole call took too long, and was ended.
    #[error("{node} did not finish within {seconds} s")]
    TimedOut {
        /// The node.
        node: String,
        /// The limit.
        seconds: u64,
    },
    /// The connection was lost while the script ran.
    #[error("the connection to {node} was lost: {said}")]
    Lost {
        /// The node.
        node: String,
        /// The last words of ssh.
        said: String,
    },
    /// The script failed.
    #[error("what was run on {node} ended with {code}: {said}")]
    Failed {
        /// The node.
        node: String,
        /// Its exit code, or that of a signal.
        code: i32,
        /// Its last words.
        said: String,
    },
    /// The script said too much, and was ended.
    #[error("{node} said more than {bytes} bytes")]
    TooMuch {
        /// The node.
        node: String,
        /// The limit.
        bytes: usize,
    },
    /// A pipe to ssh broke.
    #[error("cannot speak to the `ssh` of {node}")]
    Pipe {
        /// The node.
        node: String,
        /// Why not.
        #[source]
        source: io::Error,
    },
}

impl Explain for SshError {
    fn fault(&self) -> Fault {
        match self {
            Self::Path { .. } => Fault::Usage,
            _ => Fault::Site,
        }
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::NoProgram { source } => {
                return file_hint(source)
                    .map(|_| "install the client of OpenSSH on this machine".to_owned());
            }
            Self::Path { .. } => {
                "name a folder without quotes, dollar signs and backslashes".to_owned()
            }
            Self::Unreachable { .. } => {
                "check that it is up, its address, its port and the firewalls between".to_owned()
            }
            Self::LoginRefused { user, key, .. } => {
                let key = shell_word(&format!("{}.pub", key.display()));
                format!(
                    "put the line of {key} into ~{user}/.ssh/authorized_keys on the node; if it is there, the key may \
                     have a passphrase that no agent knows, or be of a kind that the node refuses: one in FIPS mode \
                     refuses ed25519"
                )
            }
            Self::UnknownHostKey { file, .. } => format!(
                "compare its keys on its console, `ssh-keygen -lf /etc/ssh/ssh_host_KIND_key.pub`, and write the right \
                 one as `host-key` in the site file or into {}",
                file.display()
            ),
            Self::NoAcceptedHostKey { .. } => {
                "hardening makes hosts of Red Hat's family refuse ed25519, so it is not pinned: make a key of another \
                 kind on the node, `ssh-keygen -A`, have its SSH server use it (`HostKey` in `sshd_config`), and \
                 restart that"
                    .to_owned()
            }
            Self::ChangedHostKey { alias, file, is_named, .. } => changed(alias, file, *is_named),
            Self::NotRoot { user, .. } => format!(
                "log in there and try `sudo -v` as {user}; `[become]` of the site file says how it becomes root"
            ),
            Self::TimedOut { .. } | Self::Lost { .. } | Self::Pipe { .. } => {
                "run the same command again; if it happens again, look at the node's console"
                    .to_owned()
            }
            Self::Failed { .. } | Self::TooMuch { .. } => return None,
        };
        Some(hint)
    }
}

fn changed(alias: &str, file: &std::path::Path, is_named: bool) -> String {
    let look = "if the node was installed anew, compare the new key on its console, `ssh-keygen -lf \
                /etc/ssh/ssh_host_KIND_key.pub`";
    let put = if is_named {
        "and write it as `host-key` in the site file".to_owned()
    } else {
        format!("and run `{}`", forgetting(file, alias))
    };
    format!("{look}, {put}; if it was not, somebody stands between you and the node")
}
