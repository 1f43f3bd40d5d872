//! Versions of Debian packages, compared exactly as `dpkg` does (deb-version(7)).

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use crate::limits::MAX_VERSION;

/// A version: `[epoch:]upstream[-revision]`.
///
/// Equality is that of the order: `1.0` and `0:1.0-0` are the same version in two spellings.
#[derive(Clone)]
pub struct Version {
    text: Box<str>,
    epoch: u32,
    /// Where the upstream version stands in the text; the revision, if there is one, follows its hyphen.
    upstream: (u16, u16),
}

/// Says why a text is not a version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a version: {reason}")]
pub struct ParseVersionError {
    text: String,
    reason: &'static str,
}

/// The largest epoch: `dpkg` reads it into an `int`.
const MAX_EPOCH: u32 = 0x7fff_ffff;

impl Version {
    /// Gives the text as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Gives the text without the epoch, as it stands in names of files.
    #[must_use]
    pub fn without_epoch(&self) -> &str {
        &self.text[usize::from(self.upstream.0)..]
    }

    fn upstream(&self) -> &[u8] {
        &self.text.as_bytes()[usize::from(self.upstream.0)..usize::from(self.upstream.1)]
    }

    fn revision(&self) -> &[u8] {
        self.text.as_bytes().get(usize::from(self.upstream.1) + 1..).unwrap_or_default()
    }
}

fn parse(text: &str) -> Result<Version, &'static str> {
    let colon = text.find(':');
    let epoch = match colon.map(|at| &text[..at]) {
        None => 0,
        Some(digits) if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) => {
            return Err("its epoch is not a number");
        }
        Some(digits) => digits
            .parse()
            .ok()
            .filter(|epoch| *epoch <= MAX_EPOCH)
            .ok_or("its epoch is too large")?,
    };
    let start = colon.map_or(0, |at| at + 1);
    let hyphen = text[start..].rfind('-').map(|at| start + at);
    let end = hyphen.unwrap_or(text.len());
    let (upstream, revision) = (&text[start..end], hyphen.map(|at| &text[at + 1..]));
    if upstream.is_empty() {
        return Err("it is empty");
    }
    if revision.is_some_and(str::is_empty) {
        return Err("its revision is empty");
    }
    let allowed =
        |more: &'static [u8]| move |byte: u8| byte.is_ascii_alphanumeric() || more.contains(&byte);
    if !upstream.bytes().all(allowed(b".-+~:"))
        || !revision.unwrap_or_default().bytes().all(allowed(b".+~"))
    {
        return Err("it holds a character that versions do not have");
    }
    let place = |at: usize| u16::try_from(at).map_err(|_| "it is too long");
    Ok(Version { text: text.into(), epoch, upstream: (place(start)?, place(end)?) })
}

impl FromStr for Version {
    type Err = ParseVersionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let result = if text.len() > MAX_VERSION { Err("it is too long") } else { parse(text) };
        result.map_err(|reason| ParseVersionError { text: text.chars().take(80).collect(), reason })
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        self.epoch
            .cmp(&other.epoch)
            .then_with(|| compare(self.upstream(), other.upstream()))
            .then_with(|| compare(self.revision(), other.revision()))
    }
}

/// Compares texts and numbers in turn: texts by the weight of each character, numbers by value.
fn compare(one: &[u8], other: &[u8]) -> Ordering {
    let (mut one, mut other) = (one, other);
    while !one.is_empty() || !other.is_empty() {
        while starts_with_text(one) || starts_with_text(other) {
            let order = weight(one.first()).cmp(&weight(other.first()));
            if order != Ordering::Equal {
                return order;
            }
            (one, other) = (rest(one), rest(other));
        }
        let (first, second) = (number(&mut one), number(&mut other));
        let order = first.len().cmp(&second.len()).then_with(|| first.cmp(second));
        if order != Ordering::Equal {
            return order;
        }
    }
    Ordering::Equal
}

fn starts_with_text(part: &[u8]) -> bool {
    part.first().is_some_and(|byte| !byte.is_ascii_digit())
}

fn rest(part: &[u8]) -> &[u8] {
    part.get(1..).unwrap_or_default()
}

/// A tilde is before the end, the end before letters, and letters before everything else.
fn weight(byte: Option<&u8>) -> u16 {
    match byte {
        Some(b'~') => 0,
        Some(byte) if byte.is_ascii_alphabetic() => u16::from(*byte) + 1,
        Some(byte) if !byte.is_ascii_digit() => u16::from(*byte) + 0x100,
        _ => 1,
    }
}

/// Takes the digits at the beginning, without leading zeros, however many there are.
fn number<'a>(part: &mut &'a [u8]) -> &'a [u8] {
    let zeros = part.iter().take_while(|byte| **byte == b'0').count();
    let length = part.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let digits = &part[zeros..length];
    *part = &part[length..];
    digits
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Version {}

impl fmt::Display for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

impl fmt::Debug for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sorts_as_people_expect() {
        let sorted = [
            "0~~",
            "0~",
            "0",
            "0a",
            "0+",
            "1.0~rc1-1",
            "1.0-1~bpo12+1",
            "1.0-1",
            "1.0-1+b1",
            "1.0-1.1",
            "1.0-2",
            "1.0.1-1",
            "1.2",
            "1.10",
            "1:0.1",
        ];
        for (at, one) in sorted.iter().enumerate() {
            for (other_at, other) in sorted.iter().enumerate() {
                let (one, other): (Version, Version) =
                    (one.parse().unwrap(), other.parse().unwrap());
                assert_eq!(one.cmp(&other), at.cmp(&other_at), "{one} {other}");
            }
        }
    }

    #[test]
    fn takes_two_spellings_for_one_version() {
        for (one, other) in [("1.0", "0:1.0"), ("1.0", "1.0-0"), ("1.01", "1.1"), ("1", "1-000")] {
            assert_eq!(one.parse::<Version>().unwrap(), other.parse().unwrap());
        }
    }

    #[test]
    fn refuses_what_dpkg_refuses() {
        for text in
            ["", "1:", ":1", "a:1", "-1:1", "1-", "-1", "1 2", "1_2", "2147483648:1", "1/2", "ü"]
        {
            assert!(text.parse::<Version>().is_err(), "{text}");
        }
    }

    #[test]
    fn leaves_the_epoch_out_of_names_of_files() {
        assert_eq!("2:1.0-1".parse::<Version>().unwrap().without_epoch(), "1.0-1");
        assert_eq!("1.0-1".parse::<Version>().unwrap().without_epoch(), "1.0-1");
    }
}
