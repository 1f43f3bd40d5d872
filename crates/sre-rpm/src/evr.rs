//! Epoch, version and release, compared exactly as rpm compares them.
//!
//! The oracle is `rpmvercmp` and `rpmdsCompare` of rpm 4.18; `tests/it/rpm_versions.rs` compares with both.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

/// A version with its epoch and, where known, its release: `1:2.0-3.el9`.
///
/// Equality is of the texts; `1.0` and `1_0` differ here although rpm ranks them alike, so ranking is
/// the method [`compare`](Self::compare) and not `Ord`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Evr {
    /// The epoch, 0 when the text has none.
    pub epoch: u32,
    /// The version.
    pub version: String,
    /// The release; packages always have one, constraints often have none.
    pub release: Option<String>,
}

/// Says that a text is not a version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a version: expected `[EPOCH:]VERSION[-RELEASE]`")]
pub struct ParseEvrError {
    text: String,
}

/// The parts of a version, borrowed from a text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct EvrParts<'a> {
    pub(crate) epoch: u32,
    pub(crate) version: &'a str,
    pub(crate) release: Option<&'a str>,
}

impl<'a> EvrParts<'a> {
    /// Splits a text; what is no number before a colon belongs to the version, as in rpm.
    pub(crate) fn split(text: &'a str) -> Self {
        let (epoch, rest) = match text.split_once(':') {
            Some(("", rest)) => (0, rest),
            Some((epoch, rest)) => epoch.parse().map_or((0, text), |number| (number, rest)),
            None => (0, text),
        };
        match rest.rsplit_once('-') {
            Some((version, release)) => Self { epoch, version, release: Some(release) },
            None => Self { epoch, version: rest, release: None },
        }
    }

    /// Ranks two versions; a missing release counts as equal.
    pub(crate) fn compare(self, other: Self) -> Ordering {
        let releases = || match (self.release, other.release) {
            (Some(one), Some(two)) => compare_versions(one, two),
            _ => Ordering::Equal,
        };
        self.epoch
            .cmp(&other.epoch)
            .then_with(|| compare_versions(self.version, other.version))
            .then_with(releases)
    }
}

impl Evr {
    /// Ranks two versions as rpm does; when either lacks a release, releases are not compared.
    #[must_use]
    pub fn compare(&self, other: &Self) -> Ordering {
        self.parts().compare(other.parts())
    }

    pub(crate) fn parts(&self) -> EvrParts<'_> {
        EvrParts { epoch: self.epoch, version: &self.version, release: self.release.as_deref() }
    }
}

impl FromStr for Evr {
    type Err = ParseEvrError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts = EvrParts::split(text);
        let is_plain = |part: &str| {
            !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_graphic() && byte != b':')
        };
        if !is_plain(parts.version) || !parts.release.is_none_or(is_plain) {
            return Err(ParseEvrError { text: text.chars().take(80).collect() });
        }
        Ok(Self {
            epoch: parts.epoch,
            version: parts.version.to_owned(),
            release: parts.release.map(str::to_owned),
        })
    }
}

impl fmt::Display for Evr {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.epoch != 0 {
            write!(formatter, "{}:", self.epoch)?;
        }
        formatter.write_str(&self.version)?;
        match &self.release {
            Some(release) => write!(formatter, "-{release}"),
            None => Ok(()),
        }
    }
}

/// Ranks two versions or two releases by rpm's rules.
///
/// Runs of digits are numbers, runs of letters are texts, all else separates. `~` ranks below the end
/// of the text, `^` above the end but below anything that goes on.
#[must_use]
pub fn compare_versions(one: &str, two: &str) -> Ordering {
    if one == two {
        return Ordering::Equal;
    }
    let (mut one, mut two) = (one.as_bytes(), two.as_bytes());
    while !(one.is_empty() && two.is_empty()) {
        one = skip_separators(one);
        two = skip_separators(two);
        match compare_marks(&mut one, &mut two) {
            Marks::None => {}
            Marks::Same => continue,
            Marks::Differ(order) => return order,
        }
        let (Some(&first), Some(&second)) = (one.first(), two.first()) else { break };
        let is_number = first.is_ascii_digit();
        if is_number != second.is_ascii_digit() {
            // A number is newer than a text.
            return if is_number { Ordering::Greater } else { Ordering::Less };
        }
        let order =
            compare_runs(take_run(&mut one, is_number), take_run(&mut two, is_number), is_number);
        if order.is_ne() {
            return order;
        }
    }
    one.is_empty().cmp(&two.is_empty()).reverse()
}

enum Marks {
    None,
    Same,
    Differ(Ordering),
}

fn compare_marks(one: &mut &[u8], two: &mut &[u8]) -> Marks {
    let (first, second) = (one.first().copied(), two.first().copied());
    let order = match (first, second) {
        (Some(b'~'), Some(b'~')) | (Some(b'^'), Some(b'^')) => {
            *one = &one[1..];
            *two = &two[1..];
            return Marks::Same;
        }
        (Some(b'~'), _) | (None, Some(b'^')) => Ordering::Less,
        (_, Some(b'~')) | (Some(b'^'), None) => Ordering::Greater,
        (Some(b'^'), _) => Ordering::Less,
        (_, Some(b'^')) => Ordering::Greater,
        _ => return Marks::None,
    };
    Marks::Differ(order)
}

fn skip_separators(text: &[u8]) -> &[u8] {
    let is_separator = |byte: &u8| !byte.is_ascii_alphanumeric() && !matches!(byte, b'~' | b'^');
    let end = text.iter().position(|byte| !is_separator(byte)).unwrap_or(text.len());
    &text[end..]
}

fn take_run<'a>(text: &mut &'a [u8], is_number: bool) -> &'a [u8] {
    let belongs = |byte: &u8| {
        if is_number { byte.is_ascii_digit() } else { byte.is_ascii_alphabetic() }
    };
    let end = text.iter().position(|byte| !belongs(byte)).unwrap_or(text.len());
    let (run, rest) = text.split_at(end);
    *text = rest;
    run
}

fn compare_runs(one: &[u8], two: &[u8], is_number: bool) -> Ordering {
    if !is_number {
        return one.cmp(two);
    }
    let significant = |run: &'_ [u8]| run.iter().take_while(|byte| **byte == b'0').count();
    let (one, two) = (&one[significant(one)..], &two[significant(two)..]);
    one.len().cmp(&two.len()).then_with(|| one.cmp(two))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_versions_as_rpm_does() {
        let rows = [
            ("1.0", "1.0", Ordering::Equal),
            ("1.0", "2.0", Ordering::Less),
            ("2.0.1", "2.0.1a", Ordering::Less),
            ("5.5p1", "5.5p2", Ordering::Less),
            ("5.5p10", "5.5p1", Ordering::Greater),
            ("10xyz", "10.1xyz", Ordering::Less),
            ("xyz10", "xyz10.1", Ordering::Less),
            ("xyz.4", "8", Ordering::Less),
            ("6.0.rc1", "6.0", Ordering::Greater),
            ("10b2", "10a1", Ordering::Greater),
            ("1.0010", "1.9", Ordering::Greater),
            ("1.05", "1.5", Ordering::Equal),
            ("1_0", "1.0", Ordering::Equal),
            ("4.999.9", "5.0", Ordering::Less),
            ("1.0~rc1", "1.0", Ordering::Less),
            ("1.0~rc1~git1", "1.0~rc1", Ordering::Less),
            ("1.0^", "1.0", Ordering::Greater),
            ("1.0^git1", "1.01", Ordering::Less),
            ("1.0^20160101", "1.0.1", Ordering::Less),
            ("1.0^git1~pre", "1.0^git1", Ordering::Less),
            ("1.0~rc1^git1", "1.0~rc1", Ordering::Greater),
            ("é", "ü", Ordering::Equal),
            ("", "", Ordering::Equal),
            ("", "1", Ordering::Less),
        ];
        for (one, two, order) in rows {
            assert_eq!(compare_versions(one, two), order, "{one} {two}");
            assert_eq!(compare_versions(two, one), order.reverse(), "{two} {one}");
        }
    }

    #[test]
    fn compares_epoch_then_version_then_release() {
        let rank = |one: &str, two: &str| {
            one.parse::<Evr>().unwrap().compare(&two.parse::<Evr>().unwrap())
        };
        assert_eq!(rank("1:1.0-1", "2.0-1"), Ordering::Greater);
        assert_eq!(rank("0:1.0-1", "1.0-1"), Ordering::Equal);
        assert_eq!(rank("1.0-2.el9", "1.0-10.el9"), Ordering::Less);
        assert_eq!(rank("1.0", "1.0-10"), Ordering::Equal);
    }

    #[test]
    fn refuses_what_is_no_version() {
        for text in ["", "-1", "1-", "1:", "1 0-1", "1.0-1 ", "a:b:c"] {
            assert!(text.parse::<Evr>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn prints_what_it_parsed() {
        for text in ["1.0", "1.0-2.el9", "3:1.0~rc1-2"] {
            assert_eq!(text.parse::<Evr>().unwrap().to_string(), text);
        }
    }
}
