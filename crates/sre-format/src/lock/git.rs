//! Commits of git repositories, as the lock names them.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

use super::FileSource;
use crate::text_form::text_form;

/// The id of an object of git: its SHA-1 or SHA-256, in lowercase hexadecimal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectId(Box<str>);

/// Says why a text is no id of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the id of an object of git has 40 or 64 hexadecimal digits in lower case")]
pub struct ParseObjectIdError;

/// Digits of a SHA-1 and of a SHA-256.
const LENGTHS: [usize; 2] = [40, 64];

impl ObjectId {
    /// Gives the digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Says whether it is a SHA-256.
    #[must_use]
    pub fn is_sha256(&self) -> bool {
        self.0.len() == LENGTHS[1]
    }
}

impl FromStr for ObjectId {
    type Err = ParseObjectIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        let fits = LENGTHS.contains(&text.len()) && text.bytes().all(digit);
        if fits { Ok(Self(text.into())) } else { Err(ParseObjectIdError) }
    }
}

impl fmt::Display for ObjectId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.0)
    }
}

text_form!(ObjectId);

/// A commit of a repository.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GitCommit {
    /// The repository: on a server, or on the connected side, relative to the manifest unless absolute.
    #[serde(flatten)]
    pub repository: FileSource,
    /// The tag or branch that led to it; none where the manifest names the commit alone.
    #[serde(rename = "ref", skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// The commit.
    pub commit: ObjectId,
    /// The tree of its files.
    pub tree: ObjectId,
}

impl fmt::Display for GitCommit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} at {}", self.repository, self.commit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_all_of_a_hash_in_lower_case() {
        for text in ["a".repeat(40), "0".repeat(64)] {
            assert_eq!(text.parse::<ObjectId>().unwrap().to_string(), text);
        }
        for text in [String::new(), "a".repeat(39), "A".repeat(40), "g".repeat(40), "é".repeat(20)]
        {
            assert!(text.parse::<ObjectId>().is_err(), "{text}");
        }
    }
}
