//! Private keys that log in: of which kind they are, and whether they can be used without a question.

use std::path::Path;
use std::time::Duration;

use super::outcome::last_words;
use super::quiet;
use crate::host::child::{self, Ended, Limits};

/// Nothing is asked, so every answer comes at once; an agent may hold a hundred keys.
const LIMITS: Limits = Limits { time: Duration::from_secs(10), output: 64 << 10 };
/// What `ssh-keygen` says when the empty passphrase is none.
const HAS_PASSPHRASE: &str = "incorrect passphrase";

/// A private key of the admin host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoginKey {
    /// Its kind, such as `ed25519`; none where it cannot be told.
    pub kind: Option<String>,
    /// Whether it can be used.
    pub state: KeyState,
}

/// Whether a private key can be used by a program that answers no question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyState {
    /// It has no passphrase.
    Open,
    /// It has a passphrase, and the agent of the user holds it.
    InAgent,
    /// It has a passphrase, and no agent holds it.
    Locked,
    /// OpenSSH cannot read it; what it said.
    Unreadable(String),
    /// There is no `ssh-keygen` that says so.
    Untold,
}

impl LoginKey {
    /// Looks at a key in a file.
    pub async fn look(path: &Path) -> Self {
        let listed = ask("ssh-keygen", &["-l", "-f"], Some(path)).await;
        let line = listed.filter(|ended| ended.code == Some(0)).map(|ended| text(&ended.stdout));
        let kind = line.as_deref().and_then(kind);
        let fingerprint = line.as_deref().and_then(|line| line.split_whitespace().nth(1));
        let state = match ask("ssh-keygen", &["-y", "-P", "", "-f"], Some(path)).await {
            None => KeyState::Untold,
            Some(ended) if ended.code == Some(0) => KeyState::Open,
            Some(ended) if !text(&ended.stderr).contains(HAS_PASSPHRASE) => {
                KeyState::Unreadable(last_words(&text(&ended.stderr)))
            }
            Some(_) => match fingerprint {
                Some(fingerprint) if agent_holds(fingerprint).await => KeyState::InAgent,
                _ => KeyState::Locked,
            },
        };
        Self { kind, state }
    }
}

/// Gives the kind out of `256 SHA256:... comment (ED25519)`.
fn kind(line: &str) -> Option<String> {
    let (_, last) = line.lines().next()?.rsplit_once('(')?;
    Some(last.strip_suffix(')')?.to_ascii_lowercase())
}

async fn agent_holds(fingerprint: &str) -> bool {
    let held = ask("ssh-add", &["-l"], None).await;
    let held = held.filter(|ended| ended.code == Some(0)).map(|ended| text(&ended.stdout));
    let held = held.unwrap_or_default();
    held.lines().any(|line| line.split_whitespace().nth(1) == Some(fingerprint))
}

async fn ask(program: &str, words: &[&str], path: Option<&Path>) -> Option<Ended> {
    let mut command = quiet(program);
    command.args(words).args(path);
    child::run(command, &[], LIMITS).await.ok()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn made(path: &Path, kind: &str, passphrase: &str) {
        let mut command = quiet("ssh-keygen");
        command.args(["-q", "-t", kind, "-N", passphrase, "-f"]).arg(path);
        let ended = child::run(command, &[], LIMITS).await.unwrap();
        assert_eq!(ended.code, Some(0), "{}", text(&ended.stderr));
    }

    #[tokio::test]
    async fn a_key_tells_its_kind_and_whether_it_asks() {
        let folder = tempfile::tempdir().unwrap();
        for (name, kind, passphrase, state) in [
            ("a b", "ed25519", "", KeyState::Open),
            ("c", "ecdsa", "", KeyState::Open),
            ("d", "ed25519", "hunter2", KeyState::Locked),
            ("e", "ecdsa", "hunter2", KeyState::Locked),
        ] {
            let path = folder.path().join(name);
            made(&path, kind, passphrase).await;
            std::fs::remove_file(folder.path().join(format!("{name}.pub"))).unwrap();
            let found = LoginKey::look(&path).await;
            assert_eq!(found, LoginKey { kind: Some(kind.to_owned()), state }, "{name}");
        }
    }

    #[tokio::test]
    async fn what_is_no_key_is_told_in_the_words_of_openssh() {
        let folder = tempfile::tempdir().unwrap();
        let found = LoginKey::look(&folder.path().join("none")).await;
        let KeyState::Unreadable(said) = found.state else { panic!("{found:?}") };
        assert!(said.contains("No such file"), "{said}");
        assert_eq!(found.kind, None);
    }
}
