//! Checksums that repositories publish.

use std::fmt;
use std::io::{self, Read};

use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256, Sha512};

/// A checksum of metadata or of a package: SHA-256 or SHA-512.
///
/// MD5 and SHA-1 are refused when parsed: whoever can make collisions could serve other bytes.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub enum Checksum {
    /// SHA-256.
    Sha256([u8; 32]),
    /// SHA-512.
    Sha512([u8; 64]),
}

/// Says why a checksum cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseChecksumError {
    /// A kind that collisions are known of.
    #[error("checksums of the kind `{kind}` protect nothing and are refused")]
    Weak {
        /// The kind as it stands there.
        kind: String,
    },
    /// A kind that is not known.
    #[error("`{kind}` is no known kind of checksum")]
    Unknown {
        /// The kind as it stands there.
        kind: String,
    },
    /// Not the right count of hexadecimal digits.
    #[error("`{text}` is no {kind} checksum in hexadecimal digits")]
    Malformed {
        /// The kind.
        kind: &'static str,
        /// The text as it stands there.
        text: String,
    },
}

impl Checksum {
    /// Reads a checksum of a named kind, as metadata gives them.
    pub fn parse(kind: &str, text: &str) -> Result<Self, ParseChecksumError> {
        match kind.to_ascii_lowercase().as_str() {
            "sha256" => Ok(Self::Sha256(decode("sha256", text)?)),
            "sha512" => Ok(Self::Sha512(decode("sha512", text)?)),
            "md5" | "sha" | "sha1" => Err(ParseChecksumError::Weak { kind: shorten(kind) }),
            _ => Err(ParseChecksumError::Unknown { kind: shorten(kind) }),
        }
    }

    /// Gives the kind as metadata names it.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Sha256(_) => "sha256",
            Self::Sha512(_) => "sha512",
        }
    }

    /// Gives the hexadecimal digits.
    #[must_use]
    pub fn hex(&self) -> String {
        HEXLOWER.encode(match self {
            Self::Sha256(bytes) => bytes,
            Self::Sha512(bytes) => bytes,
        })
    }

    /// Computes the checksum of bytes, of the same kind as this one, and compares.
    #[must_use]
    pub fn fits(&self, bytes: &[u8]) -> bool {
        let mut hash = RunningChecksum::like(self);
        hash.update(bytes);
        hash.finish() == *self
    }

    /// Computes the SHA-256 of bytes.
    #[must_use]
    pub fn sha256_of(bytes: &[u8]) -> Self {
        Self::Sha256(Sha256::digest(bytes).into())
    }
}

fn decode<const N: usize>(kind: &'static str, text: &str) -> Result<[u8; N], ParseChecksumError> {
    let wrong = || ParseChecksumError::Malformed { kind, text: shorten(text) };
    let bytes = HEXLOWER.decode(text.as_bytes()).map_err(|_| wrong())?;
    bytes.try_into().map_err(|_| wrong())
}

fn shorten(text: &str) -> String {
    text.chars().take(150).collect()
}

impl fmt::Display for Checksum {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}", self.kind(), self.hex())
    }
}

impl fmt::Debug for Checksum {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

/// A checksum that is being computed.
pub(crate) enum RunningChecksum {
    Sha256(Sha256),
    Sha512(Sha512),
}

impl RunningChecksum {
    pub(crate) fn like(wanted: &Checksum) -> Self {
        match wanted {
            Checksum::Sha256(_) => Self::Sha256(Sha256::new()),
            Checksum::Sha512(_) => Self::Sha512(Sha512::new()),
        }
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Sha256(hash) => hash.update(bytes),
            Self::Sha512(hash) => hash.update(bytes),
        }
    }

    pub(crate) fn finish(self) -> Checksum {
        match self {
            Self::Sha256(hash) => Checksum::Sha256(hash.finalize().into()),
            Self::Sha512(hash) => Checksum::Sha512(hash.finalize().into()),
        }
    }
}

/// Counts and hashes what is read through it.
pub(crate) struct Hashing<R> {
    inner: R,
    hash: RunningChecksum,
    count: u64,
}

impl<R: Read> Hashing<R> {
    pub(crate) fn new(inner: R, like: &Checksum) -> Self {
        Self { inner, hash: RunningChecksum::like(like), count: 0 }
    }

    /// Reads to the end, and gives the count and the checksum of everything.
    pub(crate) fn finish(mut self) -> io::Result<(u64, Checksum)> {
        io::copy(&mut self, &mut io::sink())?;
        Ok((self.count, self.hash.finish()))
    }
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.hash.update(&buffer[..read]);
        self.count += read as u64;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_weak_unknown_and_malformed_checksums() {
        let weak =
            |kind: &str| matches!(Checksum::parse(kind, ""), Err(ParseChecksumError::Weak { .. }));
        assert!(weak("md5") && weak("sha") && weak("sha1") && weak("SHA1"));
        assert!(matches!(Checksum::parse("crc32", "00"), Err(ParseChecksumError::Unknown { .. })));
        for text in ["", "00", &"0".repeat(63), &"G".repeat(64), &"A".repeat(64)] {
            assert!(Checksum::parse("sha256", text).is_err(), "{text}");
        }
    }

    #[test]
    fn reads_what_it_prints() {
        for length in [64, 128] {
            let kind = if length == 64 { "sha256" } else { "sha512" };
            let checksum = Checksum::parse(kind, &"0f".repeat(length / 2)).unwrap();
            assert_eq!(checksum.to_string(), format!("{kind}:{}", "0f".repeat(length / 2)));
        }
        assert!(Checksum::sha256_of(b"x").fits(b"x"));
        assert!(!Checksum::sha256_of(b"x").fits(b"y"));
    }
}
