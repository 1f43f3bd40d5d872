//! Moments in time, as bundles and receipts write them.

use std::fmt;
use std::str::FromStr;

use crate::text_form::text_form;

/// A moment in whole seconds of UTC, written `2026-01-31T12:00:00Z` (RFC 3339).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// Says that a text is not a moment in time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a time: expected RFC 3339 in UTC such as `2026-01-31T12:00:00Z`")]
pub struct ParseTimestampError {
    text: String,
}

/// The last second that a ustar header holds in its 11 octal digits.
const LAST: i64 = 0o777_7777_7777;

impl Timestamp {
    /// Wraps seconds since 1970-01-01T00:00:00Z; gives `None` before 1970 and after 2242, which
    /// a tar header cannot say.
    #[must_use]
    pub fn from_unix_seconds(seconds: i64) -> Option<Self> {
        (0..=LAST).contains(&seconds).then_some(Self(seconds))
    }

    /// Gives the seconds since 1970-01-01T00:00:00Z, never negative.
    #[must_use]
    pub fn unix_seconds(self) -> u64 {
        self.0.unsigned_abs()
    }

    /// Reads the clock of this machine.
    #[must_use]
    pub fn now() -> Self {
        Self(jiff::Timestamp::now().as_second().clamp(0, LAST))
    }
}

impl FromStr for Timestamp {
    type Err = ParseTimestampError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || ParseTimestampError { text: text.chars().take(80).collect() };
        let moment: jiff::Timestamp = text.parse().map_err(|_| wrong())?;
        // One spelling for each moment: no offset, no fraction, no lower case.
        Self::from_unix_seconds(moment.as_second())
            .filter(|parsed| parsed.to_string() == text)
            .ok_or_else(wrong)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let moment = jiff::Timestamp::from_second(self.0).map_err(|_| fmt::Error)?;
        write!(formatter, "{moment}")
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

text_form!(Timestamp);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_what_it_parsed() {
        for text in ["1970-01-01T00:00:00Z", "2026-01-31T12:00:00Z", "2242-03-16T12:56:31Z"] {
            assert_eq!(text.parse::<Timestamp>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn refuses_every_second_spelling_of_a_moment() {
        for text in [
            "",
            "2026-01-31",
            "2026-01-31T12:00:00",
            "2026-01-31T12:00:00.5Z",
            "2026-01-31T12:00:00.0Z",
            "2026-01-31T13:00:00+01:00",
            "2026-01-31t12:00:00z",
            "1969-12-31T23:59:59Z",
            "2242-03-16T12:56:32Z",
        ] {
            assert!(text.parse::<Timestamp>().is_err(), "{text:?}");
        }
    }
}
