//! A blob of the bundle on its way to a registry.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use sre_format::bundle::limits::MIB;
use sre_format::bundle::{Entry, VerifiedBundle};
use sre_oci::transport::BlobSource;
use sre_steps::PhaseReporter;

/// Buffers of one MiB that are lent to transfers and come back.
///
/// Left to the allocator, each thread that ever read a piece would keep one; with these, memory
/// depends on the number of transfers alone.
#[derive(Clone, Default)]
pub(super) struct Buffers {
    spare: Arc<Mutex<Vec<Vec<u8>>>>,
}

struct Lent {
    buffer: Vec<u8>,
    home: Buffers,
}

impl Buffers {
    fn lend(&self) -> Lent {
        let mut spare = self.spare.lock().unwrap_or_else(PoisonError::into_inner);
        Lent { buffer: spare.pop().unwrap_or_default(), home: self.clone() }
    }
}

impl AsRef<[u8]> for Lent {
    fn as_ref(&self) -> &[u8] {
        &self.buffer
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        let buffer = std::mem::take(&mut self.buffer);
        self.home.spare.lock().unwrap_or_else(PoisonError::into_inner).push(buffer);
    }
}

/// Reads a blob MiB by MiB, each checked against the signed checkpoints before it is sent.
pub(super) struct CarriedBlob {
    bundle: VerifiedBundle,
    entry: Entry,
    buffers: Buffers,
    phase: PhaseReporter,
    furthest: AtomicU64,
}

impl CarriedBlob {
    pub(super) fn new(
        bundle: &VerifiedBundle,
        entry: &Entry,
        buffers: &Buffers,
        phase: &PhaseReporter,
    ) -> Self {
        Self {
            bundle: bundle.clone(),
            entry: entry.clone(),
            buffers: buffers.clone(),
            phase: phase.clone(),
            furthest: AtomicU64::new(0),
        }
    }

    // What is sent again after a cut is not counted again.
    fn count(&self, position: u64) {
        let before = self.furthest.fetch_max(position, Ordering::Relaxed);
        self.phase.advance(position.saturating_sub(before));
    }
}

impl BlobSource for CarriedBlob {
    fn read_at(&self, offset: u64) -> Pin<Box<dyn Future<Output = io::Result<Bytes>> + Send + '_>> {
        Box::pin(async move {
            let (bundle, entry) = (self.bundle.clone(), self.entry.clone());
            let mut lent = self.buffers.lend();
            let reading = tokio::task::spawn_blocking(move || {
                bundle.read_chunk(&entry, offset / MIB, &mut lent.buffer).map(|()| lent)
            });
            let lent = reading.await.map_err(io::Error::other)?.map_err(io::Error::other)?;
            let mut piece = Bytes::from_owner(lent);
            let start = usize::try_from(offset % MIB).unwrap_or(usize::MAX).min(piece.len());
            drop(piece.split_to(start));
            self.count(offset + piece.len() as u64);
            Ok(piece)
        })
    }
}
