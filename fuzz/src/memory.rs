//! A bundle that grows in memory, for targets whose bytes are one part of it.

use std::io;
use std::sync::{Mutex, PoisonError};

use sre_format::bundle::WriteAt;

/// Bytes that can be written at any position.
#[derive(Default)]
pub struct Memory(Mutex<Vec<u8>>);

impl Memory {
    /// Gives what was written, with zeros in the gaps.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.0.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

impl WriteAt for Memory {
    fn write_all_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        let start = usize::try_from(offset).map_err(io::Error::other)?;
        let mut whole = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let end = start + bytes.len();
        if whole.len() < end {
            whole.resize(end, 0);
        }
        whole[start..end].copy_from_slice(bytes);
        Ok(())
    }
}
