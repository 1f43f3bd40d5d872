//! The buffers through which every byte leaves the server.

use std::io;
use std::ops::{Deref, DerefMut, Range};
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep_until};

/// How many bytes one buffer holds: the stretch that a checkpoint covers.
pub const CHUNK: u64 = 1 << 20;

/// How long a client may leave a buffer untouched while others wait for one.
///
/// Whoever takes a piece in this time keeps its buffer; a slower one costs another read of the same
/// MiB now and then, four a second at most.
const PATIENCE: Duration = Duration::from_millis(250);

/// A fixed number of buffers of 1 MiB for the whole process.
///
/// A request that finds none free waits for one; so however many clients there are, and however slow,
/// the memory for payload stays the same. A buffer whose client stands still is taken back for
/// those who wait, so nobody is held up by others. Clones share the buffers.
#[derive(Clone)]
pub struct BufferPool {
    buffers: usize,
    permits: Arc<Semaphore>,
    free: Arc<Mutex<Vec<Vec<u8>>>>,
    loans: Arc<Mutex<Vec<Weak<Slot>>>>,
}

/// A buffer that belongs to whoever has it; it goes back to the pool when dropped.
pub struct Buffer {
    bytes: Vec<u8>,
    free: Arc<Mutex<Vec<Vec<u8>>>>,
    _permit: OwnedSemaphorePermit,
}

/// A MiB that waits for its client to take it, piece by piece.
///
/// It may be gone when the next piece is wanted, because somebody else needed the buffer more;
/// then the MiB has to be read again.
pub(super) struct Loan {
    slot: Arc<Slot>,
}

type Slot = Mutex<Lent>;

struct Lent {
    buffer: Option<Buffer>,
    touched: Instant,
}

impl BufferPool {
    /// Makes a pool of so many buffers; they are allocated when first used.
    #[must_use]
    pub fn new(buffers: usize) -> Self {
        let permits = Arc::new(Semaphore::new(buffers));
        Self { buffers, permits, free: Arc::default(), loans: Arc::default() }
    }

    /// Waits for a buffer; meanwhile those whose clients stand still are taken back.
    pub(super) async fn buffer(&self) -> Buffer {
        let mut permit = pin!(self.permit());
        loop {
            let now = Instant::now();
            let again =
                if self.permits.available_permits() == 0 { self.take_back(now) } else { now };
            tokio::select! {
                biased;
                permit = &mut permit => return self.lend(permit),
                () = sleep_until(again) => {}
            }
        }
    }

    #[expect(clippy::expect_used, reason = "the semaphore of a pool is never closed")]
    async fn permit(&self) -> OwnedSemaphorePermit {
        Arc::clone(&self.permits).acquire_owned().await.expect("the pool is never closed")
    }

    /// Takes a buffer to read ahead, if more than half of them are free: when there are few, each
    /// client has one.
    pub(super) fn spare_buffer(&self) -> Option<Buffer> {
        if self.permits.available_permits() * 2 <= self.buffers {
            return None;
        }
        Arc::clone(&self.permits).try_acquire_owned().ok().map(|permit| self.lend(permit))
    }

    /// Keeps a filled buffer until its client has taken it, or somebody else needs it more.
    pub(super) fn keep(&self, buffer: Buffer) -> Loan {
        let lent = Lent { buffer: Some(buffer), touched: Instant::now() };
        let slot = Arc::new(Mutex::new(lent));
        let mut loans = self.loans.lock().unwrap_or_else(PoisonError::into_inner);
        loans.retain(|loan| loan.strong_count() > 0);
        loans.push(Arc::downgrade(&slot));
        Loan { slot }
    }

    fn lend(&self, permit: OwnedSemaphorePermit) -> Buffer {
        let bytes = self.free.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let bytes = bytes.unwrap_or_default();
        Buffer { bytes, free: Arc::clone(&self.free), _permit: permit }
    }

    /// Takes the buffer back that has lain longest, if that was long enough, and says when the
    /// next one may be.
    fn take_back(&self, now: Instant) -> Instant {
        let loans = self.loans.lock().unwrap_or_else(PoisonError::into_inner);
        let slots = loans.iter().filter_map(Weak::upgrade);
        let mut lying: Vec<_> = slots.filter_map(|slot| Some((due(&slot)?, slot))).collect();
        drop(loans);
        lying.sort_by_key(|(due, _)| *due);
        let mut lying = lying.into_iter();
        match lying.next() {
            Some((due, _)) if due > now => return due,
            Some((_, slot)) => lock(&slot).buffer = None,
            None => {}
        }
        lying.next().map_or(now + PATIENCE, |(due, _)| due)
    }
}

/// Says when a buffer may be taken back; never, when it was already.
fn due(slot: &Slot) -> Option<Instant> {
    let lent = lock(slot);
    lent.buffer.is_some().then(|| lent.touched + PATIENCE)
}

fn lock(slot: &Slot) -> MutexGuard<'_, Lent> {
    slot.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Loan {
    /// Copies a piece out, so that the buffer itself need not wait for the socket; nothing when it
    /// was taken back.
    pub(super) fn piece(&self, range: Range<usize>) -> Option<io::Result<Bytes>> {
        let mut lent = lock(&self.slot);
        lent.touched = Instant::now();
        let piece = lent.buffer.as_ref()?.get(range).map(Bytes::copy_from_slice);
        Some(piece.ok_or_else(|| io::ErrorKind::UnexpectedEof.into()))
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

    async fn filled(pool: &BufferPool, byte: u8) -> Loan {
        let mut buffer = pool.buffer().await;
        buffer.clear();
        buffer.resize(10, byte);
        pool.keep(buffer)
    }

    #[tokio::test(start_paused = true)]
    async fn takes_back_what_lay_longest_and_no_more_than_is_needed() {
        let pool = BufferPool::new(2);
        let first = filled(&pool, 1).await;
        tokio::time::advance(PATIENCE / 2).await;
        let second = filled(&pool, 2).await;
        let began = Instant::now();
        let third = filled(&pool, 3).await;
        assert_eq!(began.elapsed().as_millis(), (PATIENCE / 2).as_millis());
        assert!(first.piece(0..10).is_none());
        assert_eq!(second.piece(0..2).unwrap().unwrap(), [2, 2][..]);
        assert_eq!(third.piece(9..10).unwrap().unwrap(), [3][..]);
        assert!(third.piece(9..11).unwrap().is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn leaves_a_buffer_to_a_client_that_goes_on_taking() {
        let pool = BufferPool::new(1);
        let busy = filled(&pool, 1).await;
        let waiting = tokio::spawn({
            let pool = pool.clone();
            async move { pool.buffer().await }
        });
        for at in 0..10 {
            tokio::time::advance(PATIENCE / 2).await;
            assert!(busy.piece(at..at + 1).is_some(), "{at}");
        }
        assert!(!waiting.is_finished());
        drop(busy);
        assert!(waiting.await.is_ok());
    }
}
