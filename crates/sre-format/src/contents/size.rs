//! Sizes as people read them.

use std::fmt;

/// Shows a number of bytes in decimal units with three digits: `1.65 GB`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Size(pub u64);

impl fmt::Display for Size {
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
        let decimals = match amount {
            _ if unit == "B" => 0,
            amount if amount < 9.995 => 2,
            amount if amount < 99.95 => 1,
            _ => 0,
        };
        formatter.pad(&format!("{amount:.decimals$} {unit}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_three_digits() {
        for (bytes, text) in [
            (0, "0 B"),
            (999, "999 B"),
            (1000, "1.00 kB"),
            (999_900, "1.00 MB"),
            (12_345_678, "12.3 MB"),
            (1_650_000_000, "1.65 GB"),
        ] {
            assert_eq!(Size(bytes).to_string(), text);
        }
    }
}
