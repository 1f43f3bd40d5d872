//! A blob of the bundle on its way to a registry.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use sre_format::bundle::limits::MIB;
use sre_format::bundle::{Entry, VerifiedBundle};
use sre_oci::transport::BlobSource;
use sre_steps::PhaseReporter;

/// Reads a blob MiB by MiB, each checked against the signed checkpoints before it is sent.
pub(super) struct CarriedBlob {
    bundle: VerifiedBundle,
    entry: Entry,
    phase: PhaseReporter,
    furthest: AtomicU64,
}

impl CarriedBlob {
    pub(super) fn new(bundle: &VerifiedBundle, entry: &Entry, phase: &PhaseReporter) -> Self {
        Self {
            bundle: bundle.clone(),
            entry: entry.clone(),
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
            let reading = tokio::task::spawn_blocking(move || {
                let mut piece = Vec::new();
                bundle.read_chunk(&entry, offset / MIB, &mut piece).map(|()| piece)
            });
            let piece = reading.await.map_err(io::Error::other)?.map_err(io::Error::other)?;
            let mut piece = Bytes::from(piece);
            let start = usize::try_from(offset % MIB).unwrap_or(usize::MAX).min(piece.len());
            drop(piece.split_to(start));
            self.count(offset + piece.len() as u64);
            Ok(piece)
        })
    }
}
