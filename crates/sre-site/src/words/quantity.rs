//! Sizes of memory and disks.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

use super::{SiteWord, WordError};

/// A size in whole MiB, written `512MiB`, `16GiB` or `1TiB`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Size {
    mebibytes: u64,
}

/// The units with their MiB, the largest first.
const UNITS: [(&str, u64); 3] = [("TiB", 1 << 20), ("GiB", 1 << 10), ("MiB", 1)];
/// The most MiB of any size: one EiB.
const MOST: u64 = 1 << 40;

impl Size {
    /// Makes a size of whole GiB.
    #[must_use]
    pub const fn gibibytes(count: u32) -> Self {
        Self { mebibytes: (count as u64) << 10 }
    }

    /// Gives the MiB.
    #[must_use]
    pub const fn mebibytes(self) -> u64 {
        self.mebibytes
    }
}

impl SiteWord for Size {
    const WHAT: &'static str = "a size";
    const FORM: &'static str = "a whole number with its unit, `MiB`, `GiB` or `TiB`: `16GiB`";
}

impl FromStr for Size {
    type Err = WordError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let split = |(unit, factor)| text.strip_suffix(unit).map(|number| (number, factor));
        let (number, factor): (&str, u64) = UNITS.into_iter().find_map(split).ok_or(Self::WRONG)?;
        // `u64` would also read a sign.
        if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(Self::WRONG);
        }
        let mebibytes = number.parse::<u64>().ok().and_then(|number| number.checked_mul(factor));
        let in_range = mebibytes.filter(|mebibytes| (1..=MOST).contains(mebibytes));
        in_range.map(|mebibytes| Self { mebibytes }).ok_or(Self::WRONG)
    }
}

impl fmt::Display for Size {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = |(_, factor): &(&str, u64)| self.mebibytes.is_multiple_of(*factor);
        let (unit, factor) = UNITS.into_iter().find(whole).unwrap_or(("MiB", 1));
        write!(formatter, "{}{unit}", self.mebibytes / factor)
    }
}
