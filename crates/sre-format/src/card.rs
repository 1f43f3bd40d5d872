//! The transfer card: the few lines that travel on paper or by voice beside a bundle.
//!
//! Both programs print the same lines for the same file, so that whoever carries it compares them
//! by eye. It is made from values alone; where they come from, and whether they are verified, is
//! the caller's to say with [`Origin`].

use std::fmt;

use serde::Serialize;

use crate::Digest;
use crate::signature::{BundleFacts, Fingerprint};
use crate::trust::Signers;

/// What two people compare about a bundle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TransferCard {
    /// Name, version, channel and serial.
    #[serde(flatten)]
    pub facts: BundleFacts,
    /// Size of the file in bytes.
    pub size: u64,
    /// Digest of what the bundle holds, equal whoever signed it.
    pub content: Digest,
    /// Who vouches for the lines above.
    pub origin: Origin,
    /// SHA-256 of the `sre-install` that goes with it, to be compared by `sha256sum` before its first run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub installer: Option<Digest>,
}

/// Who vouches for a bundle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "state")]
pub enum Origin {
    /// Keys that are trusted here, or that have just signed it here.
    Signed {
        /// The keys.
        #[serde(flatten)]
        signers: Signers,
    },
    /// It carries signatures that nobody has checked.
    Unverified,
    /// It carries no signature.
    Unsigned,
}

/// Groups of a digest on one line: two lines of eight groups of four.
const GROUPS_OF_A_LINE: usize = 8;
/// Groups of a fingerprint on one line: 7 and 6 groups of four.
const GROUPS_OF_A_FINGERPRINT_LINE: usize = 7;
/// Width of the names at the left.
const NAME: usize = 12;

impl TransferCard {
    /// Gives the lines, without line ends.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let BundleFacts { name, version, channel, serial } = &self.facts;
        let mut lines = vec![
            line("bundle", &format!("{name} {version}, channel {channel}, serial {serial}")),
            line("size", &format!("{} bytes", grouped(self.size))),
        ];
        push(&mut lines, "content", &wrap(&digest_groups(&self.content), GROUPS_OF_A_LINE, " "));
        self.push_origin(&mut lines);
        if let Some(installer) = &self.installer {
            lines.push(line("sre-install", &installer.hex()));
        }
        lines
    }

    fn push_origin(&self, lines: &mut Vec<String>) {
        match &self.origin {
            Origin::Signed { signers } => {
                for signer in &signers.keys {
                    push(lines, "key", &fingerprint_lines(signer.fingerprint));
                }
            }
            Origin::Unverified => lines.push(line("key", "UNVERIFIED: nobody checked a signature")),
            Origin::Unsigned => {
                lines.push(line("key", "UNSIGNED: anyone could have made this bundle"));
            }
        }
    }
}

impl fmt::Display for TransferCard {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.lines().iter().try_for_each(|line| writeln!(formatter, "{line}"))
    }
}

/// Gives a digest in groups of four hexadecimal digits.
#[must_use]
pub fn digest_groups(digest: &Digest) -> Vec<String> {
    let hex = digest.hex();
    hex.as_bytes().chunks(4).map(|group| String::from_utf8_lossy(group).into_owned()).collect()
}

/// Gives a fingerprint in two lines of groups.
#[must_use]
pub fn fingerprint_lines(fingerprint: Fingerprint) -> Vec<String> {
    wrap(&fingerprint.groups(), GROUPS_OF_A_FINGERPRINT_LINE, "-")
}

fn wrap(groups: &[String], per_line: usize, joint: &str) -> Vec<String> {
    groups.chunks(per_line).map(|groups| groups.join(joint)).collect()
}

fn push(lines: &mut Vec<String>, name: &str, values: &[String]) {
    let names = std::iter::once(name).chain(std::iter::repeat(""));
    lines.extend(names.zip(values).map(|(name, value)| line(name, value)));
}

fn line(name: &str, value: &str) -> String {
    format!("{name:<NAME$} {value}")
}

/// Writes a number in groups of three, as it is read aloud.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let groups: Vec<_> = digits.as_bytes().rchunks(3).rev().map(String::from_utf8_lossy).collect();
    groups.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signature::KeyId;
    use crate::trust::Signer;

    fn card(origin: Origin, installer: Option<Digest>) -> TransferCard {
        let facts = BundleFacts {
            name: "sre".parse().unwrap(),
            version: "1.0.0".parse().unwrap(),
            channel: "stable".parse().unwrap(),
            serial: 7,
        };
        TransferCard { facts, size: 1_653_001_234, content: Digest::of(b""), origin, installer }
    }

    #[test]
    fn writes_lines_that_can_be_read_aloud() {
        let id = KeyId::from_bytes([0; 32]);
        let signer = Signer { id, fingerprint: id.fingerprint(), name: None };
        let signers = Signers { threshold: 1, keys: vec![signer] };
        let card = card(Origin::Signed { signers }, Some(Digest::of(b"")));
        let expected = "\
bundle       sre 1.0.0, channel stable, serial 7
size         1 653 001 234 bytes
content      e3b0 c442 98fc 1c14 9afb f4c8 996f b924
             27ae 41e4 649b 934c a495 991b 7852 b855
key          AAAA-AAAA-AAAA-AAAA-AAAA-AAAA-AAAA
             AAAA-AAAA-AAAA-AAAA-AAAA-AAAA
sre-install  e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
";
        assert_eq!(card.to_string(), expected);
    }

    #[test]
    fn says_when_nobody_vouches() {
        assert!(card(Origin::Unverified, None).to_string().contains("UNVERIFIED"));
        assert!(card(Origin::Unsigned, None).to_string().contains("UNSIGNED"));
    }
}
