//! SHA-256 digests, the only algorithm that a bundle uses.

use std::fmt;
use std::io::{self, Read};
use std::str::FromStr;

use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};

use crate::text_form::text_form;

/// A SHA-256 digest, written `sha256:` and 64 lowercase hexadecimal digits.
///
/// Other algorithms are refused when parsed: one algorithm leaves no room for confusion
/// between digests of different strength (OCI image-spec, "Digests").
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

/// Says why a text is not a digest.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a digest: expected `sha256:` and 64 lowercase hexadecimal digits")]
pub struct ParseDigestError {
    text: String,
}

impl Digest {
    /// Computes the digest of bytes that are all in memory.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// Computes the digest of everything that a reader gives, in 64 KiB of memory.
    pub fn of_reader(mut reader: impl Read) -> io::Result<Self> {
        let mut hash = Sha256::new();
        let mut buffer = vec![0; 64 * 1024];
        loop {
            match reader.read(&mut buffer) {
                Ok(0) => return Ok(Self(hash.finalize().into())),
                Ok(read) => hash.update(&buffer[..read]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Wraps the 32 bytes of a SHA-256 hash.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Gives the 32 bytes of the hash.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Gives the 64 hexadecimal digits without the algorithm.
    #[must_use]
    pub fn hex(&self) -> String {
        HEXLOWER.encode(&self.0)
    }

    /// Appends `sha256:` and the digits to a text.
    pub(crate) fn write_to(&self, text: &mut String) {
        text.push_str("sha256:");
        HEXLOWER.encode_append(&self.0, text);
    }

    /// Parses 64 lowercase hexadecimal digits, as checksum files carry them.
    pub fn from_hex(hex: &str) -> Result<Self, ParseDigestError> {
        let wrong = || ParseDigestError { text: hex.chars().take(80).collect() };
        let mut bytes = [0; 32];
        if hex.len() != 2 * bytes.len() {
            return Err(wrong());
        }
        HEXLOWER.decode_mut(hex.as_bytes(), &mut bytes).map_err(|_| wrong())?;
        Ok(Self(bytes))
    }
}

impl FromStr for Digest {
    type Err = ParseDigestError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || ParseDigestError { text: text.chars().take(80).collect() };
        Self::from_hex(text.strip_prefix("sha256:").ok_or_else(wrong)?).map_err(|_| wrong())
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "sha256:{}", self.hex())
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

text_form!(Digest);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_what_it_parsed() {
        let text = format!("sha256:{}", "0f".repeat(32));
        assert_eq!(text.parse::<Digest>().unwrap().to_string(), text);
    }

    #[test]
    fn refuses_other_algorithms_upper_case_and_wrong_lengths() {
        for text in
            ["sha512:00", "", "sha256:", &"00".repeat(32), &format!("sha256:{}", "0F".repeat(32))]
        {
            assert!(text.parse::<Digest>().is_err(), "{text}");
        }
    }

    #[test]
    fn hashes_a_stream_as_it_hashes_the_whole() {
        let bytes = vec![7; 200_000];
        assert_eq!(Digest::of_reader(&bytes[..]).unwrap(), Digest::of(&bytes));
    }

    #[test]
    fn hashes_the_empty_string_as_fips_180_4_says() {
        assert!(Digest::of(b"").hex().starts_with("e3b0c44298fc1c14"));
    }
}
