//! The transfers of one run: a bounded number at a time, each one resumable.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use futures_util::stream::{self, StreamExt as _};
use sre_format::bundle::{Encoding, Proof};
use sre_steps::PhaseReporter;

use super::cache::BlobCache;
use super::derive::Deriving;
use super::in_order::Order;
use super::item::Filling;
use super::partial_file::PartialFile;
use super::transfer::Upstreams;
use super::{FetchError, Reuse, late, raw};

/// How a run fetches.
#[derive(Clone)]
pub struct FetchOptions {
    /// Transfers at the same time.
    pub transfers: usize,
    /// An older bundle that is read before the network is asked.
    pub reuse: Option<Reuse>,
}

impl Default for FetchOptions {
    fn default() -> Self {
        Self { transfers: 4, reuse: None }
    }
}

/// What a run brought in.
#[derive(Debug)]
pub struct Fetched {
    /// The file, with every raw entry in its place.
    pub partial: PartialFile,
    /// The proofs of raw entries, in the order of the table; those of others are empty.
    pub proofs: Vec<Proof>,
    /// Bytes of content that came from upstreams, in this run.
    pub downloaded: u64,
}

/// What all transfers of a run share.
pub(super) struct Run {
    pub(super) filling: Arc<Filling>,
    pub(super) upstreams: Arc<Upstreams>,
    pub(super) cache: BlobCache,
    pub(super) deriving: Deriving,
    pub(super) partial: PartialFile,
    pub(super) options: FetchOptions,
    pub(super) reporter: PhaseReporter,
    stop: AtomicBool,
    downloaded: AtomicU64,
    /// Buffers of one MiB that finished transfers gave back.
    spare: Mutex<Vec<Vec<u8>>>,
}

impl Run {
    /// Counts bytes that came from upstream; ends the transfer where another one has failed.
    pub(super) fn came(&self, bytes: usize) -> Result<(), FetchError> {
        self.downloaded.fetch_add(bytes as u64, Ordering::Relaxed);
        if self.stop.load(Ordering::Relaxed) { Err(FetchError::Stopped) } else { Ok(()) }
    }

    pub(super) fn spare(&self) -> std::sync::MutexGuard<'_, Vec<Vec<u8>>> {
        self.spare.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// Fetches everything that a filling names into a partial file and the cache.
///
/// After an error no new transfer begins, and those under way stop after their current MiB; all
/// that was written is kept for the next run.
pub async fn fetch(
    filling: Arc<Filling>,
    upstreams: Arc<Upstreams>,
    cache: BlobCache,
    partial: PartialFile,
    options: FetchOptions,
    reporter: PhaseReporter,
) -> Result<Fetched, FetchError> {
    let transfers = match partial.order {
        Order::Parallel => options.transfers.max(1),
        Order::Sequential => 1,
    };
    let mut raw: Vec<usize> = filling.layout.raw_entries().map(|(index, _)| index).collect();
    let late: Vec<usize> = filling.layout.late_entries().map(|(index, _)| index).collect();
    let entries = &filling.layout.table().entries;
    if partial.order == Order::Parallel {
        // Large ones first, so that no single transfer is left over at the end.
        raw.sort_by_key(|index| std::cmp::Reverse(entries[*index].size));
    }
    reporter.expect(raw.iter().chain(&late).map(|index| entries[*index].size).sum());
    let count = entries.len();
    let run = Arc::new(Run {
        filling,
        upstreams,
        cache,
        deriving: Deriving::default(),
        partial,
        options,
        reporter,
        stop: AtomicBool::new(false),
        downloaded: 0.into(),
        spare: Mutex::default(),
    });
    let mut proofs = vec![Proof::default(); count];
    let jobs = late.into_iter().chain(raw).map(|index| {
        let run = Arc::clone(&run);
        async move { tokio::spawn(one(run, index)).await.unwrap_or(Err(FetchError::Task)) }
    });
    let mut done = stream::iter(jobs).buffer_unordered(transfers);
    let mut failure = None;
    while let Some(outcome) = done.next().await {
        match outcome {
            Ok((index, proof)) => proofs[index] = proof,
            Err(error) => {
                run.stop.store(true, Ordering::Relaxed);
                // The first error is the cause; what follows it says only that the run stopped.
                failure.get_or_insert(error);
            }
        }
    }
    drop(done);
    if let Some(error) = failure {
        return Err(error.in_file(run.partial.path()));
    }
    let run = Arc::into_inner(run).ok_or(FetchError::Task)?;
    Ok(Fetched { partial: run.partial, proofs, downloaded: run.downloaded.into_inner() })
}

async fn one(run: Arc<Run>, index: usize) -> Result<(usize, Proof), FetchError> {
    if run.stop.load(Ordering::Relaxed) {
        return Err(FetchError::Stopped);
    }
    let entry = run.filling.layout.table().entries[index].clone();
    let Some(source) = run.filling.sources[index].clone() else { return Err(FetchError::Task) };
    match entry.place.encoding {
        Encoding::Raw => raw::place(&run, index, &entry, &source).await.map(|proof| (index, proof)),
        Encoding::Zstd => {
            late::keep(&run, &entry, &source).await.map(|()| (index, Proof::default()))
        }
    }
}
