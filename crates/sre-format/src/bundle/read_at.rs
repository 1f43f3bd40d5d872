//! Where the bytes of a bundle come from.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

/// A source of bytes that can be read at any position, from several threads at once.
///
/// One file is the plain case; a set of volumes, or a delta on top of its base, are others.
/// Reads go into private buffers and never through a mapping, so that a medium that is pulled
/// out is an error and not a signal.
pub trait ReadAt: Send + Sync {
    /// Fills the buffer from `offset` bytes after the start, or fails.
    fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()>;

    /// Gives the total number of bytes.
    fn size(&self) -> io::Result<u64>;
}

impl ReadAt for File {
    fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        FileExt::read_exact_at(self, buffer, offset)
    }

    /// Asks for the length by seeking to the end, which also works for block devices.
    fn size(&self) -> io::Result<u64> {
        rustix::fs::seek(self, rustix::fs::SeekFrom::End(0)).map_err(io::Error::from)
    }
}

impl ReadAt for Vec<u8> {
    fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        let end = || io::Error::from(io::ErrorKind::UnexpectedEof);
        let start = usize::try_from(offset).map_err(|_| end())?;
        let bytes = self.get(start..).and_then(|rest| rest.get(..buffer.len())).ok_or_else(end)?;
        buffer.copy_from_slice(bytes);
        Ok(())
    }

    fn size(&self) -> io::Result<u64> {
        Ok(self.len() as u64)
    }
}
