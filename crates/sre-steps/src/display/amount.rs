//! Amounts as people read them.

use std::fmt;
use std::time::Duration;

/// Shows a number of bytes in decimal units, as media are labelled: `1.65 GB`.
#[derive(Clone, Copy, Debug)]
pub struct Bytes(pub u64);

impl fmt::Display for Bytes {
    #[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut amount = self.0 as f64;
        let mut unit = "B";
        for larger in ["kB", "MB", "GB", "TB", "PB"] {
            // What would be shown as 1000 is shown in the next unit.
            if amount < 999.5 {
                break;
            }
            amount /= 1000.0;
            unit = larger;
        }
        let text = match amount {
            _ if unit == "B" => format!("{amount} B"),
            amount if amount < 9.995 => format!("{amount:.2} {unit}"),
            amount if amount < 99.95 => format!("{amount:.1} {unit}"),
            _ => format!("{amount:.0} {unit}"),
        };
        formatter.pad(&text)
    }
}

/// Shows a duration: `0.42 s`, `12.3 s`, `4 min 05 s`, `2 h 03 min`.
#[derive(Clone, Copy, Debug)]
pub struct Span(pub Duration);

impl fmt::Display for Span {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs();
        let text = match seconds {
            0..10 => format!("{:.2} s", self.0.as_secs_f64()),
            10..60 => format!("{:.1} s", self.0.as_secs_f64()),
            60..3600 => format!("{} min {:02} s", seconds / 60, seconds % 60),
            _ => format!("{} h {:02} min", seconds / 3600, seconds / 60 % 60),
        };
        formatter.pad(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_three_digits_and_the_unit_of_the_label() {
        for (bytes, text) in [
            (0, "0 B"),
            (999, "999 B"),
            (1000, "1.00 kB"),
            (999_999, "1.00 MB"),
            (1_650_000_000, "1.65 GB"),
            (25_000_000_000, "25.0 GB"),
            (128_000_000_000, "128 GB"),
        ] {
            assert_eq!(Bytes(bytes).to_string(), text);
        }
    }

    #[test]
    fn shows_a_span_in_two_units_at_most() {
        for (milliseconds, text) in [
            (420, "0.42 s"),
            (12_340, "12.3 s"),
            (245_000, "4 min 05 s"),
            (7_380_000, "2 h 03 min"),
        ] {
            assert_eq!(Span(Duration::from_millis(milliseconds)).to_string(), text);
        }
    }
}
