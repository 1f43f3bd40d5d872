//! What an archive is, told from its first bytes.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::os::unix::fs::FileExt as _;

/// The most memory that the header of an xz stream may ask for, in KiB: what `xz -9` needs.
const MAX_XZ_MEMORY: u32 = 66 * 1024;

/// How an archive is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// A tar without compression.
    Tar,
    /// A tar in gzip.
    Gzip,
    /// A tar in zstd.
    Zstd,
    /// A tar in xz.
    Xz,
    /// A zip.
    Zip,
}

/// Says whether a file begins as a gzip does.
#[must_use]
pub fn is_gzip(file: &File) -> bool {
    Format::of(file).is_ok_and(|format| format == Format::Gzip)
}

impl Format {
    /// Looks at the first bytes; what is nothing known is taken for a plain tar, whose reader
    /// refuses anything else.
    pub(super) fn of(file: &File) -> io::Result<Self> {
        let mut start = [0; 6];
        let read = file.read_at(&mut start, 0)?;
        Ok(match &start[..read] {
            [0x1f, 0x8b, ..] => Self::Gzip,
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Self::Zstd,
            [0xfd, b'7', b'z', b'X', b'Z', 0] => Self::Xz,
            [b'P', b'K', 3 | 5, 4 | 6, ..] => Self::Zip,
            [] => return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "it is empty")),
            _ => Self::Tar,
        })
    }

    /// Reads through the compression.
    pub(super) fn unpacked(self, file: &File) -> io::Result<Box<dyn Read + '_>> {
        let reader = BufReader::with_capacity(super::PIECE, file);
        Ok(match self {
            Self::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(reader)),
            Self::Zstd => Box::new(zstd::stream::read::Decoder::with_buffer(reader)?),
            Self::Xz => Box::new(lzma_rust2::XzReader::new_mem_limit(reader, true, MAX_XZ_MEMORY)),
            Self::Tar | Self::Zip => Box::new(reader),
        })
    }
}
