//! Platforms that images are for.

use std::fmt;
use std::str::FromStr;

use crate::text_form::text_form;

/// A platform as people write it: `os/architecture` or `os/architecture/variant`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PlatformName(String);

/// Says that a text is not a platform.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a platform: expected one such as `linux/amd64` or `linux/arm64/v8`")]
pub struct ParsePlatformError {
    text: String,
}

impl PlatformName {
    /// Gives the platform of a manifest that names none: `linux/amd64`.
    #[must_use]
    pub fn usual() -> Self {
        Self("linux/amd64".into())
    }

    /// Gives the text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Gives the operating system, such as `linux`.
    #[must_use]
    pub fn os(&self) -> &str {
        self.word(0)
    }

    /// Gives the architecture, such as `amd64`.
    #[must_use]
    pub fn architecture(&self) -> &str {
        self.word(1)
    }

    fn word(&self, number: usize) -> &str {
        self.0.split('/').nth(number).unwrap_or_default()
    }
}

impl FromStr for PlatformName {
    type Err = ParsePlatformError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_word = |word: &str| {
            !word.is_empty()
                && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
        };
        let fits = text.len() <= 100
            && (2..=3).contains(&text.split('/').count())
            && text.split('/').all(is_word);
        let wrong = || ParsePlatformError { text: text.chars().take(100).collect() };
        fits.then(|| Self(text.to_owned())).ok_or_else(wrong)
    }
}

impl fmt::Display for PlatformName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.0)
    }
}

impl fmt::Debug for PlatformName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

text_form!(PlatformName);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_two_or_three_words() {
        for (text, fits) in [
            ("linux/amd64", true),
            ("linux/arm64/v8", true),
            ("linux", false),
            ("linux/", false),
            ("linux/a/b/c", false),
            ("linux/amd 64", false),
            ("", false),
        ] {
            assert_eq!(text.parse::<PlatformName>().is_ok(), fits, "{text:?}");
        }
    }
}
