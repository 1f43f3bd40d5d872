//! What is packed in gzip, xz or zstd: told from its first bytes, and unpacked within limits.
//!
//! [`Compression::of`] looks, [`unpack`] looks and unpacks, [`limited`] ends what comes without end.
//!
//! Deliberately absent: bzip2, which no repository of today needs, and archives, which hold files.

use std::io::{self, BufRead, BufReader, Cursor, Read};

use flate2::bufread::MultiGzDecoder;
use lzma_rust2::XzReader;

/// The memory that an xz stream may ask for, in KiB: what `xz -9` needs, and no more.
const MAX_XZ_MEMORY: u32 = 80 << 10;
/// The largest window of a zstd stream, as a power of two: 128 MiB, what `zstd -d` takes without `--long`.
const MAX_ZSTD_WINDOW: u32 = 27;
/// Bytes that are unpacked at once.
const BUFFER: usize = 128 << 10;
/// The most bytes that tell a compression.
const MAGIC: u64 = 6;

/// How bytes are packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// Not at all, or in a way that is not known.
    Plain,
    /// gzip (RFC 1952), perhaps several members.
    Gzip,
    /// xz.
    Xz,
    /// zstd (RFC 8878), perhaps several frames.
    Zstd,
}

impl Compression {
    /// Tells the compression from the first bytes; six are enough.
    #[must_use]
    pub const fn of(start: &[u8]) -> Self {
        match start {
            [0x1f, 0x8b, ..] => Self::Gzip,
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Self::Xz,
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Self::Zstd,
            _ => Self::Plain,
        }
    }

    /// Unpacks, and gives an error behind `limit` bytes.
    pub fn unpack<'a>(
        self,
        packed: impl BufRead + 'a,
        limit: u64,
    ) -> io::Result<Box<dyn BufRead + 'a>> {
        let unpacked: Box<dyn Read + 'a> = match self {
            Self::Plain => Box::new(packed),
            Self::Gzip => Box::new(MultiGzDecoder::new(packed)),
            Self::Xz => Box::new(XzReader::new_mem_limit(packed, true, MAX_XZ_MEMORY)),
            Self::Zstd => {
                let mut decoder = zstd::Decoder::with_buffer(packed)?;
                decoder.window_log_max(MAX_ZSTD_WINDOW)?;
                Box::new(decoder)
            }
        };
        Ok(Box::new(limited(unpacked, limit)))
    }
}

/// Unpacks by the first bytes, and gives an error behind `limit` bytes.
///
/// What is not packed passes as it is; bzip2 is [`io::ErrorKind::Unsupported`].
pub fn unpack<'a>(mut packed: impl Read + 'a, limit: u64) -> io::Result<Box<dyn BufRead + 'a>> {
    let mut start = Vec::new();
    packed.by_ref().take(MAGIC).read_to_end(&mut start)?;
    if start.starts_with(b"BZh") {
        return Err(io::Error::new(io::ErrorKind::Unsupported, "bzip2 is not read"));
    }
    let compression = Compression::of(&start);
    compression.unpack(BufReader::with_capacity(BUFFER, Cursor::new(start).chain(packed)), limit)
}

/// Gives an error behind `limit` bytes, where `take` would seem to have come to the end.
pub fn limited<R: Read>(inner: R, limit: u64) -> BufReader<impl Read> {
    BufReader::with_capacity(BUFFER, Limited { inner, left: limit })
}

struct Limited<R> {
    inner: R,
    left: u64,
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        let left = self.left.checked_sub(read as u64);
        self.left = left.ok_or_else(|| {
            // What the bytes say is wrong, and nothing with reading them.
            io::Error::new(io::ErrorKind::InvalidData, "it unpacks to more than is allowed")
        })?;
        Ok(read)
    }
}

#[cfg(test)]
mod tests;
