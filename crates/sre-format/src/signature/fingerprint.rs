//! The form of a key id that people read aloud, print on paper and type.

use std::fmt;
use std::str::FromStr;

use data_encoding::BASE32_NOPAD;

use super::KeyId;

/// The fingerprint of a key: its id in base32, in 13 groups of four letters.
///
/// Stock tools print the same letters without the hyphens:
/// `openssl pkey -pubin -in site.pub -outform DER | openssl dgst -sha256 -binary | base32`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint(KeyId);

/// Says why a typed text is not a whole fingerprint; it never repeats the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ParseFingerprintError {
    /// Not all of it was typed, or too much.
    #[error("a fingerprint has 52 letters and digits in 13 groups, these are {length}")]
    Length {
        /// Count of letters and digits that were typed.
        length: usize,
    },
    /// A character that base32 does not have.
    #[error("`{character}` is not in a fingerprint: it has the letters A-Z and the digits 2-7")]
    Character {
        /// The character as it was typed.
        character: char,
    },
    /// The last letter carries one bit only, so most letters cannot stand there.
    #[error("the last letter cannot end a fingerprint: one letter is mistyped")]
    End,
}

/// Letters and digits of a whole fingerprint: 256 bits in groups of five.
const LETTERS: usize = 52;
/// Letters in one group.
const GROUP: usize = 4;

impl Fingerprint {
    pub(super) const fn of(id: KeyId) -> Self {
        Self(id)
    }

    /// Gives the id that the fingerprint writes.
    #[must_use]
    pub const fn id(self) -> KeyId {
        self.0
    }

    /// Gives the 13 groups.
    #[must_use]
    pub fn groups(self) -> Vec<String> {
        let letters = BASE32_NOPAD.encode(self.0.as_bytes());
        letters.as_bytes().chunks(GROUP).map(|c| String::from_utf8_lossy(c).into_owned()).collect()
    }
}

impl FromStr for Fingerprint {
    type Err = ParseFingerprintError;

    /// Reads what a person types: any case, with or without spaces, hyphens and line ends.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let letters = text
            .chars()
            .filter(|character| !character.is_whitespace() && *character != '-')
            .map(letter)
            .collect::<Result<String, _>>()?;
        if letters.len() != LETTERS {
            return Err(ParseFingerprintError::Length { length: letters.len() });
        }
        let bytes = BASE32_NOPAD.decode(letters.as_bytes()).ok();
        let bytes = bytes.and_then(|bytes| bytes.try_into().ok());
        bytes.map(|bytes| Self(KeyId::from_bytes(bytes))).ok_or(ParseFingerprintError::End)
    }
}

/// Base32 (RFC 4648, section 6) has neither 0 nor 8, so these can only be an O and a B misread.
fn letter(character: char) -> Result<char, ParseFingerprintError> {
    match character.to_ascii_uppercase() {
        '0' => Ok('O'),
        '8' => Ok('B'),
        letter @ ('A'..='Z' | '2'..='7') => Ok(letter),
        _ => Err(ParseFingerprintError::Character { character }),
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.groups().join("-"))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl serde::Serialize for Fingerprint {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "39134be2016350ec45be5e66a82a6bc3fc817b7f40c6ba913930ab22e9d27131";
    /// Printed by `xxd -r -p | base32` for the id above.
    const BY_BASE32: &str = "HEJUXYQBMNIOYRN6LZTKQKTLYP6IC637IDDLVEJZGCVSF2OSOEYQ";

    fn fingerprint() -> Fingerprint {
        ID.parse::<KeyId>().unwrap().fingerprint()
    }

    #[test]
    fn writes_the_letters_that_base32_writes() {
        assert_eq!(fingerprint().groups().concat(), BY_BASE32);
        assert_eq!(fingerprint().to_string().len(), LETTERS + 12);
    }

    #[test]
    fn reads_what_people_type() {
        let text = fingerprint().to_string();
        for typed in [
            text.to_lowercase(),
            text.replace('-', " \n"),
            text.replace('-', ""),
            text.replace('O', "0").replace('B', "8"),
        ] {
            assert_eq!(typed.parse(), Ok(fingerprint()), "{typed}");
        }
    }

    #[test]
    fn refuses_less_than_the_whole() {
        let text = fingerprint().to_string();
        let cut = text[..text.len() - 1].parse::<Fingerprint>();
        assert_eq!(cut, Err(ParseFingerprintError::Length { length: 51 }));
        let strange = text.replace('-', "1").parse::<Fingerprint>();
        assert_eq!(strange, Err(ParseFingerprintError::Character { character: '1' }));
        let end = format!("{}B", &text[..text.len() - 1]).parse::<Fingerprint>();
        assert_eq!(end, Err(ParseFingerprintError::End));
    }
}
