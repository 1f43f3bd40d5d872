//! What an archive is, told from its first bytes.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::os::unix::fs::FileExt as _;

use sre_compression::Compression;

/// What an archive is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// A tar, perhaps packed.
    Tar(Compression),
    /// A zip.
    Zip,
}

/// Says whether a file begins as a gzip does.
#[must_use]
pub fn is_gzip(file: &File) -> bool {
    Format::of(file).is_ok_and(|format| format == Format::Tar(Compression::Gzip))
}

impl Format {
    /// Looks at the first bytes; what is nothing known is taken for a plain tar, whose reader
    /// refuses anything else.
    pub(super) fn of(file: &File) -> io::Result<Self> {
        let mut start = [0; 6];
        let read = file.read_at(&mut start, 0)?;
        Ok(match &start[..read] {
            [b'P', b'K', 3 | 5, 4 | 6, ..] => Self::Zip,
            [] => return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "it is empty")),
            start => Self::Tar(Compression::of(start)),
        })
    }

    /// Reads through the compression; who reads counts what comes.
    pub(super) fn unpacked(self, file: &File) -> io::Result<Box<dyn Read + '_>> {
        let reader = BufReader::with_capacity(super::PIECE, file);
        Ok(match self {
            Self::Tar(compression) => Box::new(compression.unpack(reader, u64::MAX)?),
            Self::Zip => Box::new(reader),
        })
    }
}
