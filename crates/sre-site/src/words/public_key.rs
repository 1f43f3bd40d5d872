//! Public keys of SSH, as `ssh-keygen` writes them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::word;

word! {
    /// A public key in the form of OpenSSH, with or without a comment.
    PublicKey, "a public key of SSH",
    "one line of a `.pub` file, without options: `ssh-ed25519 AAAA... comment`",
    is_public_key
}

/// The kinds of keys that are accepted: no DSA, and no certificates.
const KINDS: [&str; 7] = [
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "ssh-rsa",
    "sk-ssh-ed25519@openssh.com",
    "sk-ecdsa-sha2-nistp256@openssh.com",
];
/// The most bytes of a line: an RSA key of 16,384 bits with a comment.
const MAX_LINE: usize = 4096;

impl PublicKey {
    /// Gives kind and key without the comment, which is what two keys are compared by.
    #[must_use]
    pub fn without_comment(&self) -> &str {
        let end = self.as_str().match_indices(' ').nth(1).map(|(at, _)| at);
        end.map_or(self.as_str(), |end| &self.as_str()[..end])
    }
}

fn is_public_key(text: &str) -> bool {
    let mut parts = text.splitn(3, ' ');
    let (Some(kind), Some(key)) = (parts.next(), parts.next()) else { return false };
    let one_line = text.len() <= MAX_LINE && !text.chars().any(char::is_control);
    one_line && KINDS.contains(&kind) && STANDARD.decode(key).is_ok_and(|bytes| says(&bytes, kind))
}

/// Tells whether the key says its own kind first, as a string of the SSH protocol (RFC 4253, 6.6).
fn says(bytes: &[u8], kind: &str) -> bool {
    let Some((length, rest)) = bytes.split_first_chunk::<4>() else { return false };
    usize::try_from(u32::from_be_bytes(*length)) == Ok(kind.len())
        && rest.strip_prefix(kind.as_bytes()).is_some_and(|key| key.len() >= 32)
}
