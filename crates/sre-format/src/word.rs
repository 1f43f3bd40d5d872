//! Names, versions and channels of bundles.

use std::fmt;
use std::str::FromStr;

use crate::text_form::text_form;

/// A name, a version or a channel: 1 to 64 letters, digits, `.`, `_`, `+` and `-`, the first one
/// a letter or a digit.
///
/// Cards, messages and file names hold it as it is, also before anybody has signed it: nothing
/// in it ends a line, moves a cursor or leaves a folder.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Word(Box<str>);

/// Says that a text is not a word.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` is not a word: expected 1 to 64 letters, digits, `.`, `_`, `+`, `-`, the first one no sign"
)]
pub struct ParseWordError {
    text: String,
}

/// The most bytes of a word.
const MAX_WORD: usize = 64;

impl Word {
    /// Gives the text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Word {
    type Err = ParseWordError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._+-".contains(&byte);
        let begins = text.bytes().next().is_some_and(|first| first.is_ascii_alphanumeric());
        if begins && text.len() <= MAX_WORD && text.bytes().all(allowed) {
            return Ok(Self(text.into()));
        }
        Err(ParseWordError { text: text.escape_default().take(80).collect() })
    }
}

impl fmt::Display for Word {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.0)
    }
}

impl fmt::Debug for Word {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, formatter)
    }
}

text_form!(Word);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_what_people_call_releases() {
        for text in ["sre", "1.0.0", "1.0.0-rc.1+build_7", "STABLE", &"a".repeat(64)] {
            assert_eq!(text.parse::<Word>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn refuses_what_could_write_a_line_of_its_own_and_never_repeats_it() {
        for text in ["", " ", "a b", "a/b", "..", "-x", "a\nkey", "\u{1b}[2J", "é", &"a".repeat(65)]
        {
            let error = text.parse::<Word>().unwrap_err().to_string();
            assert!(!error.contains(['\n', '\u{1b}']), "{error:?}");
        }
    }
}
