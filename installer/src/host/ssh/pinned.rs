//! Keys of hosts that are pinned.

use std::path::Path;

use data_encoding::{BASE64, BASE64_NOPAD};
use sre_format::Digest;

use super::SshNode;
use crate::host::shell_word;

impl SshNode {
    /// Says whether a key of this host is known, by the site file or by an earlier visit.
    #[must_use]
    pub fn is_pinned(&self) -> bool {
        self.access.host_key.is_some() || !self.pinned_fingerprints().is_empty()
    }

    /// Gives the fingerprints of the keys that a person or a first visit has pinned, as `ssh-keygen -l` shows
    /// them: `ssh-ed25519 SHA256:...`.
    #[must_use]
    pub fn pinned_fingerprints(&self) -> Vec<String> {
        let known = std::fs::read_to_string(&self.keys.known).unwrap_or_default();
        let alias = self.alias();
        let of_host = known.lines().filter_map(|line| {
            let [hosts, kind, key, ..] = line.split_whitespace().collect::<Vec<_>>()[..] else {
                return None;
            };
            hosts.split(',').any(|host| host == alias).then(|| fingerprint(kind, key)).flatten()
        });
        of_host.collect()
    }

    /// Gives the command that forgets them.
    #[must_use]
    pub fn forgetting(&self) -> String {
        forgetting(&self.keys.known, &self.alias())
    }
}

/// Gives the command that forgets the keys of a host.
pub(super) fn forgetting(file: &Path, alias: &str) -> String {
    let file = shell_word(&file.display().to_string());
    format!("ssh-keygen -f {file} -R {}", shell_word(alias))
}

fn fingerprint(kind: &str, key: &str) -> Option<String> {
    let key = BASE64.decode(key.as_bytes()).ok()?;
    Some(format!("{kind} SHA256:{}", BASE64_NOPAD.encode(Digest::of(&key).as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_is_the_one_that_ssh_keygen_shows() {
        let key = "AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl";
        let shown = "ssh-ed25519 SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU";
        assert_eq!(fingerprint("ssh-ed25519", key).as_deref(), Some(shown));
        assert_eq!(fingerprint("ssh-ed25519", "?"), None);
    }
}
