//! Names of keys: whole fingerprints, and the short ids that old signatures carry.

use std::fmt;
use std::str::FromStr;

use data_encoding::HEXUPPER;

/// The fingerprint of a key, 20 bytes (version 4) or 32 (version 6), written in upper-case hexadecimal.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint(Box<[u8]>);

/// How a signature names the key that made it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyName {
    /// By its whole fingerprint.
    Fingerprint(Fingerprint),
    /// By the last eight bytes of it; two keys may share them.
    Id([u8; 8]),
}

/// Says that a text is not the fingerprint of an OpenPGP key; a short id is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` is not a fingerprint of an OpenPGP key: expected all 40 or 64 hexadecimal digits"
)]
pub struct ParseFingerprintError {
    text: String,
}

impl Fingerprint {
    pub(crate) fn of(key: &impl pgp::types::KeyDetails) -> Self {
        Self(key.fingerprint().as_bytes().into())
    }

    /// Wraps the bytes of a fingerprint of version 4 or 6.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        matches!(bytes.len(), 20 | 32).then(|| Self(bytes.into()))
    }

    /// Gives the bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Gives groups of four digits, as people read them aloud.
    #[must_use]
    pub fn groups(&self) -> Vec<String> {
        let digits = self.to_string();
        digits.as_bytes().chunks(4).map(|c| String::from_utf8_lossy(c).into_owned()).collect()
    }
}

impl FromStr for Fingerprint {
    type Err = ParseFingerprintError;

    /// Reads hexadecimal digits of any case, with or without spaces.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || ParseFingerprintError { text: text.chars().take(80).collect() };
        let digits: String =
            text.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_ascii_uppercase()).collect();
        let bytes = HEXUPPER.decode(digits.as_bytes()).map_err(|_| wrong())?;
        Self::from_bytes(&bytes).ok_or_else(wrong)
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&HEXUPPER.encode(&self.0))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl fmt::Display for KeyName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fingerprint(fingerprint) => fingerprint.fmt(formatter),
            Self::Id(id) => formatter.write_str(&HEXUPPER.encode(id)),
        }
    }
}

impl fmt::Debug for KeyName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_fingerprint_as_people_write_it() {
        let written = "21CB256AE16FC54C6E652949702D426D350D275D";
        for text in [
            written,
            "21cb256ae16fc54c6e652949702d426d350d275d",
            "21CB 256A E16F C54C 6E65  2949 702D 426D 350D 275D",
        ] {
            assert_eq!(text.parse::<Fingerprint>().unwrap().to_string(), written);
        }
    }

    #[test]
    fn takes_no_short_id_for_a_fingerprint() {
        for text in ["", "702D426D350D275D", "0x21CB256AE16FC54C6E652949702D426D350D275D", "zz"] {
            assert!(text.parse::<Fingerprint>().is_err(), "{text}");
        }
    }
}
