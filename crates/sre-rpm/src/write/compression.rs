//! How metadata is compressed.

use std::io::{self, Write as _};

use flate2::write::GzEncoder;

/// How metadata is compressed: always the same bytes for the same content.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Compression {
    /// What every dnf and yum reads.
    #[default]
    Gzip,
    /// Smaller and faster; needs a dnf of 2019 or later.
    Zstd,
}

/// zstd's level: the highest that needs little memory to write.
const ZSTD_LEVEL: i32 = 12;

impl Compression {
    /// Gives the ending of file names.
    pub(super) const fn ending(self) -> &'static str {
        match self {
            Self::Gzip => "gz",
            Self::Zstd => "zst",
        }
    }

    pub(super) fn compress(self, open: &[u8]) -> io::Result<Vec<u8>> {
        match self {
            Self::Gzip => {
                // Without a name and a time in its header.
                let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::best());
                encoder.write_all(open)?;
                encoder.finish()
            }
            Self::Zstd => zstd::bulk::compress(open, ZSTD_LEVEL),
        }
    }
}
