//! The time that a lock bears.

use sre_format::{Explain, Fault, Timestamp};

/// The variable that gives the time instead of the clock
/// (<https://reproducible-builds.org/specs/source-date-epoch/>).
const VARIABLE: &str = "SOURCE_DATE_EPOCH";

/// Says that the time of repeatable locks is not one.
#[derive(Debug, thiserror::Error)]
#[error("{VARIABLE} is `{text}`, which is no count of seconds since 1970")]
pub struct ClockError {
    text: String,
}

impl Explain for ClockError {
    fn fault(&self) -> Fault {
        Fault::Usage
    }

    fn hint(&self) -> Option<String> {
        Some(format!("set it to what `date +%s` prints, or unset {VARIABLE}"))
    }
}

/// Gives the time of a new lock: the clock, or `SOURCE_DATE_EPOCH` where locks want to be repeatable.
///
/// Nothing is judged by it: whether a signature is of today is asked of the clock alone.
pub fn time_of_lock() -> Result<Timestamp, ClockError> {
    match std::env::var_os(VARIABLE) {
        None => Ok(Timestamp::now()),
        Some(text) => said(&text.to_string_lossy()),
    }
}

fn said(text: &str) -> Result<Timestamp, ClockError> {
    let time = text.parse().ok().and_then(Timestamp::from_unix_seconds);
    time.ok_or_else(|| ClockError { text: text.chars().take(100).collect() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_count_of_seconds_is_not_passed_over() {
        assert_eq!(said("86400").unwrap().to_string(), "1970-01-02T00:00:00Z");
        for text in ["", "2026-01-01", "-1", "1.5", "99999999999999999"] {
            assert!(said(text).is_err(), "{text}");
        }
    }
}
