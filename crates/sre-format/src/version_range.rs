//! Ranges of semantic versions as Ansible collections write them.

use std::fmt;
use std::str::FromStr;

use semver::{BuildMetadata, Prerelease, Version};

/// A range of semantic versions: conditions joined by commas, all of which must hold, such as
/// `>=1.2.0,<2.0.0`; `*` holds for every version, a version alone for itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionRange {
    text: String,
    conditions: Vec<(Operator, Version)>,
}

/// Says that a text is no range of versions.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no range of versions: expected one such as `*`, `1.2.3` or `>=1.2.0,<2.0.0`")]
pub struct ParseVersionRangeError {
    text: String,
}

/// The most conditions of a range.
const MAX_CONDITIONS: usize = 50;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Equal,
    Unequal,
    Less,
    AtMost,
    Greater,
    AtLeast,
}

/// Longer signs first, so that `>=` is not taken for `>`.
const OPERATORS: [(&str, Operator); 7] = [
    ("==", Operator::Equal),
    ("!=", Operator::Unequal),
    ("<=", Operator::AtMost),
    (">=", Operator::AtLeast),
    ("=", Operator::Equal),
    ("<", Operator::Less),
    (">", Operator::Greater),
];

impl VersionRange {
    /// Gives the range that holds for every version.
    #[must_use]
    pub fn any() -> Self {
        Self { text: "*".into(), conditions: Vec::new() }
    }

    /// Says whether a version is in the range; builds of the same version are equal.
    #[must_use]
    pub fn holds(&self, version: &Version) -> bool {
        self.conditions.iter().all(|(operator, bound)| {
            let order = version.cmp_precedence(bound);
            match operator {
                Operator::Equal => order.is_eq(),
                Operator::Unequal => order.is_ne(),
                Operator::Less => order.is_lt(),
                Operator::AtMost => order.is_le(),
                Operator::Greater => order.is_gt(),
                Operator::AtLeast => order.is_ge(),
            }
        })
    }

    /// Says whether the range names this very version; only so a version before a release is
    /// wanted.
    #[must_use]
    pub fn names(&self, version: &Version) -> bool {
        let is_it = |(operator, bound): &(Operator, Version)| {
            *operator == Operator::Equal && version.cmp_precedence(bound).is_eq()
        };
        self.conditions.iter().any(is_it)
    }
}

/// Reads a version of one, two or three numbers.
fn loose(text: &str) -> Option<Version> {
    if let Ok(version) = Version::parse(text) {
        return Some(version);
    }
    let numbers: Vec<u64> = text.split('.').map(str::parse).collect::<Result<_, _>>().ok()?;
    let [major, minor] = match numbers[..] {
        [major] => [major, 0],
        [major, minor] => [major, minor],
        _ => return None,
    };
    Some(Version { major, minor, patch: 0, pre: Prerelease::EMPTY, build: BuildMetadata::EMPTY })
}

impl FromStr for VersionRange {
    type Err = ParseVersionRangeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let condition = |part: &str| {
            let part = part.trim();
            let known = OPERATORS.iter().find(|(sign, _)| part.starts_with(sign));
            let (sign, operator) = known.copied().unwrap_or(("", Operator::Equal));
            Some((operator, loose(part.strip_prefix(sign)?.trim())?))
        };
        let parts = text.split(',').filter(|part| part.trim() != "*");
        let conditions: Option<Vec<_>> = parts.take(MAX_CONDITIONS + 1).map(condition).collect();
        match conditions {
            Some(conditions) if conditions.len() <= MAX_CONDITIONS => {
                Ok(Self { text: text.to_owned(), conditions })
            }
            _ => Err(ParseVersionRangeError { text: text.escape_default().take(80).collect() }),
        }
    }
}

impl fmt::Display for VersionRange {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(range: &str, version: &str) -> bool {
        range.parse::<VersionRange>().unwrap().holds(&version.parse().unwrap())
    }

    #[test]
    fn every_condition_must_hold() {
        for (range, inside, outside) in [
            ("*", "0.0.1", None),
            ("1.2.3", "1.2.3", Some("1.2.4")),
            ("==1.2", "1.2.0", Some("1.2.1")),
            ("=1.2.0", "1.2.0+build", Some("1.2.0-rc.1")),
            (">=1.2.0,<2", "1.10.0", Some("2.0.0")),
            (">1.0.0, !=1.1.0", "1.2.0", Some("1.1.0")),
            ("<=1.2.3", "1.2.3-a", Some("1.2.4-a")),
            ("*,>1", "2.0.0", Some("1.0.0")),
        ] {
            assert!(holds(range, inside), "{range} {inside}");
            assert!(outside.is_none_or(|version| !holds(range, version)), "{range}");
        }
    }

    #[test]
    fn refuses_what_is_no_range() {
        for text in ["", ",", "~>1.0", "^1", ">=", "a", "1.2.3.4", "1..2", ">=1.0,,<2", "latest"] {
            assert!(text.parse::<VersionRange>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_version_before_a_release_is_named_or_not_meant() {
        let version = "2.0.0-beta.1".parse().unwrap();
        assert!("==2.0.0-beta.1".parse::<VersionRange>().unwrap().names(&version));
        assert!(!">=1.0.0".parse::<VersionRange>().unwrap().names(&version));
    }
}
