//! Texts that must not be seen.

use std::fmt;

/// A password or token: shown nowhere, given out only by [`Secret::reveal`].
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Masks a text.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// Gives the text, for the one place that sends it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("(masked)")
    }
}
