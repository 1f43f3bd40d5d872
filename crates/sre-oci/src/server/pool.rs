//! The buffers through which every byte leaves the server.

use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How many bytes one buffer holds: the stretch that a checkpoint covers.
pub const CHUNK: u64 = 1 << 20;

/// A fixed number of buffers of 1 MiB for the whole process.
///
/// A request that finds none free waits for one; so however many clients there are, and however slow,
/// the memory for payload stays the same. Clones share the buffers.
#[derive(Clone)]
pub struct BufferPool {
    buffers: usize,
    permits: Arc<Semaphore>,
    free: Arc<Mutex<Vec<Vec<u8>>>>,
}

/// A buffer on loan; it goes back to the pool when dropped, which for a sent body is when the socket
/// has taken its last byte.
pub struct Buffer {
    bytes: Vec<u8>,
    free: Arc<Mutex<Vec<Vec<u8>>>>,
    _permit: OwnedSemaphorePermit,
}

impl BufferPool {
    /// Makes a pool of so many buffers; they are allocated when first used.
    #[must_use]
    pub fn new(buffers: usize) -> Self {
        Self { buffers, permits: Arc::new(Semaphore::new(buffers)), free: Arc::default() }
    }

    /// Waits for a buffer.
    pub(super) async fn buffer(&self) -> Buffer {
        #[expect(clippy::expect_used, reason = "the semaphore of a pool is never closed")]
        let permit =
            Arc::clone(&self.permits).acquire_owned().await.expect("the pool is never closed");
        self.lend(permit)
    }

    /// Takes a buffer to read ahead, if more than half of them are free: when there are few, each
    /// client has one, so that clients who stand still keep as few as possible from others.
    pub(super) fn spare_buffer(&self) -> Option<Buffer> {
        if self.permits.available_permits() * 2 <= self.buffers {
            return None;
        }
        Arc::clone(&self.permits).try_acquire_owned().ok().map(|permit| self.lend(permit))
    }

    fn lend(&self, permit: OwnedSemaphorePermit) -> Buffer {
        let bytes = self.free.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let bytes = bytes.unwrap_or_default();
        Buffer { bytes, free: Arc::clone(&self.free), _permit: permit }
    }
}

impl Deref for Buffer {
    type Target = Vec<u8>;

    fn deref(&self) -> &Vec<u8> {
        &self.bytes
    }
}

impl DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut Vec<u8> {
        &mut self.bytes
    }
}

impl AsRef<[u8]> for Buffer {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        // The permit is dropped after this, so whoever gets it finds the buffer.
        let bytes = std::mem::take(&mut self.bytes);
        self.free.lock().unwrap_or_else(PoisonError::into_inner).push(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn lends_no_more_buffers_than_it_has() {
        let pool = BufferPool::new(2);
        let first = pool.buffer().await;
        let second = pool.buffer().await;
        assert_eq!(pool.permits.available_permits(), 0);
        drop(first);
        assert_eq!(pool.permits.available_permits(), 1);
        drop(second);
    }

    #[tokio::test]
    async fn reads_ahead_only_while_there_are_many() {
        let pool = BufferPool::new(4);
        let first = pool.spare_buffer().unwrap();
        let second = pool.spare_buffer().unwrap();
        assert!(pool.spare_buffer().is_none());
        drop((first, second));
        assert!(pool.spare_buffer().is_some());
    }

    #[tokio::test]
    async fn uses_its_memory_again() {
        let pool = BufferPool::new(1);
        let mut buffer = pool.buffer().await;
        buffer.resize(100, 1);
        let place = buffer.as_ptr();
        drop(buffer);
        assert_eq!(pool.buffer().await.as_ptr(), place);
    }
}
