//! What a blob holds, read at any offset.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::PathBuf;

use bytes::Bytes;
use sha2::{Digest as _, Sha256};
use sre_format::Digest;

/// How much is read at a time, in bytes.
const PIECE: usize = 256 * 1024;

/// The bytes of a blob or file.
#[derive(Clone, Debug)]
pub enum Content {
    /// All bytes are in memory.
    Memory(Bytes),
    /// The bytes are a file.
    File {
        /// Where the file is.
        path: PathBuf,
        /// How many bytes it holds.
        size: u64,
    },
    /// The bytes are computed when read: incompressible, and the same for the same seed.
    Generated {
        /// What the bytes depend on.
        seed: u64,
        /// How many bytes there are.
        size: u64,
    },
    /// The bytes were hashed and thrown away; only the size is left.
    Swallowed {
        /// How many bytes there were.
        size: u64,
    },
}

impl Content {
    /// Gives the size in bytes.
    pub fn size(&self) -> u64 {
        match self {
            Self::Memory(bytes) => bytes.len() as u64,
            Self::File { size, .. } | Self::Generated { size, .. } | Self::Swallowed { size } => {
                *size
            }
        }
    }

    /// Reads up to `length` bytes at an offset; fewer only at the end.
    pub fn read(&self, offset: u64, length: usize) -> io::Result<Bytes> {
        let length =
            usize::try_from(self.size().saturating_sub(offset)).unwrap_or(usize::MAX).min(length);
        match self {
            Self::Memory(bytes) => {
                let start = bytes.len().min(usize::try_from(offset).unwrap_or(usize::MAX));
                Ok(bytes.slice(start..start + length))
            }
            Self::File { path, .. } => {
                let mut buffer = vec![0; length];
                File::open(path)?.read_exact_at(&mut buffer, offset)?;
                Ok(buffer.into())
            }
            Self::Generated { seed, .. } => Ok(generate(*seed, offset, length).into()),
            Self::Swallowed { .. } => Err(io::Error::other("the bytes were not kept")),
        }
    }

    /// Reads everything into memory.
    pub fn read_all(&self) -> io::Result<Bytes> {
        self.read(0, usize::try_from(self.size()).map_err(io::Error::other)?)
    }

    /// Computes the digest by reading everything once.
    pub fn digest(&self) -> io::Result<Digest> {
        let mut hash = Sha256::new();
        let mut offset = 0;
        while offset < self.size() {
            let piece = self.read(offset, PIECE)?;
            hash.update(&piece);
            offset += piece.len() as u64;
        }
        Ok(Digest::from_bytes(hash.finalize().into()))
    }
}

impl From<Vec<u8>> for Content {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Memory(bytes.into())
    }
}

impl From<&str> for Content {
    fn from(text: &str) -> Self {
        Self::Memory(Bytes::copy_from_slice(text.as_bytes()))
    }
}

/// Computes incompressible bytes at an offset, the same for the same seed.
pub(crate) fn generate(seed: u64, offset: u64, length: usize) -> Vec<u8> {
    let first = offset / 8;
    let last = (offset + length as u64).div_ceil(8);
    let words = (first..last).flat_map(|index| word(seed, index).to_le_bytes());
    let skip = usize::try_from(offset % 8).expect("a remainder of eight fits any integer");
    words.skip(skip).take(length).collect()
}

/// The `index`th number of the generator "`SplitMix64`", which can start anywhere.
fn word(seed: u64, index: u64) -> u64 {
    let mut z = seed.wrapping_add(index.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generated_bytes_do_not_depend_on_where_reading_starts() {
        let whole = generate(7, 0, 1000);
        for offset in [0, 1, 7, 8, 9, 500, 999] {
            assert_eq!(generate(7, offset as u64, 1000 - offset), whole[offset..], "{offset}");
        }
    }

    #[test]
    fn reads_end_with_the_content() {
        let content = Content::Generated { seed: 1, size: 10 };
        assert_eq!(content.read(8, 100).unwrap().len(), 2);
        assert_eq!(content.read(11, 100).unwrap().len(), 0);
        assert_eq!(Content::from("abc").read(5, 1).unwrap().len(), 0);
    }
}
