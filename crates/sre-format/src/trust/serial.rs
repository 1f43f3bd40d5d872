//! Which serial may follow which.

use serde::{Deserialize, Serialize};

use crate::signature::BundleFacts;
use crate::{Digest, Explain, Fault, Word};

/// The highest bundle of one name and channel that a site has applied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SerialRecord {
    /// Name of the product.
    pub name: Word,
    /// Channel within which serials rise.
    pub channel: Word,
    /// The highest serial that was applied.
    pub serial: u64,
    /// Version that had it, for people.
    pub version: Word,
    /// Content digest that had it.
    pub content: Digest,
}

/// What to do with a bundle that is older than the applied one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum OlderSerials {
    /// Refuse it: an attacker may hold back what was mended since.
    #[default]
    Refuse,
    /// Go back on the operator's word.
    GoBack,
}

/// How an admitted bundle relates to the record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Admission {
    /// The first one of its name and channel.
    First,
    /// The very one that was applied last.
    Same,
    /// A newer one.
    Newer,
    /// An older one, by the operator's word.
    Older,
}

/// Says why a bundle may not be applied although its signatures hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SerialError {
    /// Older than the one applied before.
    #[error(
        "serial {found} of `{name}` in channel `{channel}` is older than {applied} (version {version}), \
         which was applied here"
    )]
    Older {
        /// Name of the product.
        name: Word,
        /// Channel within which serials rise.
        channel: Word,
        /// Serial of the bundle.
        found: u64,
        /// The highest serial that was applied.
        applied: u64,
        /// Version that had it.
        version: Word,
    },
    /// The same serial with another content: one of the two was never meant to exist.
    #[error(
        "serial {serial} of `{name}` in channel `{channel}` was applied here with the content \
         {applied}, this bundle has {found}"
    )]
    OtherContent {
        /// Name of the product.
        name: Word,
        /// Channel within which serials rise.
        channel: Word,
        /// The serial of both.
        serial: u64,
        /// Content digest that was applied.
        applied: Digest,
        /// Content digest of the bundle.
        found: Digest,
    },
}

impl SerialRecord {
    /// Makes the record of a bundle that is applied.
    #[must_use]
    pub fn of(facts: &BundleFacts, content: Digest) -> Self {
        let BundleFacts { name, version, channel, serial } = facts.clone();
        Self { name, channel, serial, version, content }
    }

    /// Says whether a bundle may be applied after what is on record.
    ///
    /// No option admits another content under the same serial: it takes a new serial to tell
    /// the two apart, and `sre-bundle lock` gives one whenever anything changed.
    pub fn admit(
        applied: Option<&Self>,
        candidate: &Self,
        older: OlderSerials,
    ) -> Result<Admission, SerialError> {
        let Some(applied) = applied else { return Ok(Admission::First) };
        match candidate.serial.cmp(&applied.serial) {
            std::cmp::Ordering::Greater => Ok(Admission::Newer),
            std::cmp::Ordering::Equal if candidate.content == applied.content => {
                Ok(Admission::Same)
            }
            std::cmp::Ordering::Equal => Err(SerialError::OtherContent {
                name: candidate.name.clone(),
                channel: candidate.channel.clone(),
                serial: candidate.serial,
                applied: applied.content,
                found: candidate.content,
            }),
            std::cmp::Ordering::Less if older == OlderSerials::GoBack => Ok(Admission::Older),
            std::cmp::Ordering::Less => Err(SerialError::Older {
                name: candidate.name.clone(),
                channel: candidate.channel.clone(),
                found: candidate.serial,
                applied: applied.serial,
                version: applied.version.clone(),
            }),
        }
    }
}

impl Explain for SerialError {
    fn fault(&self) -> Fault {
        Fault::Trust
    }

    fn hint(&self) -> Option<String> {
        let text = match self {
            Self::Older { .. } => "if this site shall really go back, add `--allow-older-serial`",
            Self::OtherContent { .. } => {
                "two bundles claim one serial: ask whoever made them which is right, and have \
                 the other locked again"
            }
        };
        Some(text.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(serial: u64, content: &[u8]) -> SerialRecord {
        let facts = BundleFacts {
            name: "sre".parse().unwrap(),
            version: format!("1.0.{serial}").parse().unwrap(),
            channel: "stable".parse().unwrap(),
            serial,
        };
        SerialRecord::of(&facts, Digest::of(content))
    }

    #[test]
    fn admits_the_first_the_same_and_newer_ones() {
        let applied = record(5, b"five");
        for (before, candidate, expected) in [
            (None, record(1, b"one"), Admission::First),
            (Some(&applied), record(5, b"five"), Admission::Same),
            (Some(&applied), record(6, b"six"), Admission::Newer),
        ] {
            let admission = SerialRecord::admit(before, &candidate, OlderSerials::Refuse);
            assert_eq!(admission, Ok(expected));
        }
    }

    #[test]
    fn refuses_an_older_serial_unless_told_to_go_back() {
        let (applied, candidate) = (record(5, b"five"), record(4, b"four"));
        let refused = SerialRecord::admit(Some(&applied), &candidate, OlderSerials::Refuse);
        assert!(matches!(refused, Err(SerialError::Older { found: 4, applied: 5, .. })));
        let admitted = SerialRecord::admit(Some(&applied), &candidate, OlderSerials::GoBack);
        assert_eq!(admitted, Ok(Admission::Older));
    }

    #[test]
    fn refuses_the_same_serial_with_another_content_whatever_is_allowed() {
        let (applied, candidate) = (record(5, b"five"), record(5, b"other"));
        for older in [OlderSerials::Refuse, OlderSerials::GoBack] {
            let refused = SerialRecord::admit(Some(&applied), &candidate, older);
            assert!(matches!(refused, Err(SerialError::OtherContent { .. })));
        }
    }
}
