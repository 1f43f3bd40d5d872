//! The transfers of one run: a bounded number at a time, each one resumable.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use futures_util::stream::{self, StreamExt as _};
use sre_format::bundle::{Encoding, Entry, Proof, RawWriter};
use sre_steps::PhaseReporter;
use tokio::task::spawn_blocking;

use super::cache::BlobCache;
use super::in_order::Order;
use super::item::{Filling, Source};
use super::partial_file::PartialFile;
use super::transfer::{Upstreams, upstream, write};
use super::{FetchError, Reuse};

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

/// Bytes that a transfer of a local file reads at a time.
const READ_SIZE: usize = 1 << 20;

/// What all transfers of a run share.
struct Run {
    filling: Arc<Filling>,
    upstreams: Arc<Upstreams>,
    cache: BlobCache,
    partial: PartialFile,
    options: FetchOptions,
    reporter: PhaseReporter,
    stop: AtomicBool,
    downloaded: std::sync::atomic::AtomicU64,
    /// Buffers of one MiB that finished transfers gave back.
    spare: Mutex<Vec<Vec<u8>>>,
}

impl Run {
    fn spare(&self) -> std::sync::MutexGuard<'_, Vec<Vec<u8>>> {
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
        return Err(error);
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
        Encoding::Raw => raw(&run, index, &entry, &source).await.map(|proof| (index, proof)),
        Encoding::Zstd => cached(&run, &entry, &source).await.map(|()| (index, Proof::default())),
    }
}

/// Brings one raw entry to its place.
async fn raw(
    run: &Arc<Run>,
    index: usize,
    entry: &Entry,
    source: &Source,
) -> Result<Proof, FetchError> {
    let mut writer = begin(run, index, entry).await?;
    run.reporter.advance(writer.flushed());
    writer = from_this_machine(run, index, writer, source).await?;
    if !writer.is_done() {
        writer = from_upstream(run, index, writer, source).await?;
    }
    if writer.is_done() {
        run.spare().push(writer.take_buffer());
    }
    writer.finish().map_err(write(entry, source))
}

async fn begin(run: &Arc<Run>, index: usize, entry: &Entry) -> Result<RawWriter, FetchError> {
    let (run, entry) = (Arc::clone(run), entry.clone());
    let work = move || {
        let claims = run.partial.claims.get(&index).map_or(&[][..], Vec::as_slice);
        let buffer = run.spare().pop().unwrap_or_default();
        RawWriter::resume(&entry, run.filling.modified(), buffer, &run.partial.file, claims)
    };
    spawn_blocking(work).await.map_err(|_| FetchError::Task)
}

/// Takes what an older bundle, a local file or this program itself has.
async fn from_this_machine(
    run: &Arc<Run>,
    index: usize,
    mut writer: RawWriter,
    source: &Source,
) -> Result<RawWriter, FetchError> {
    let (run, source) = (Arc::clone(run), source.clone());
    let work = move || {
        if writer.is_full() {
            // An empty entry is nothing but its header.
            flush(&run, index, &mut writer, &source)?;
        }
        if let Some(reuse) = &run.options.reuse {
            let advance = |bytes| run.reporter.advance(bytes);
            reuse.copy(index, &mut writer, &run.partial, &advance)?;
        }
        match &source {
            Source::Made(bytes) => take(&run, index, &mut writer, &source, bytes)?,
            Source::Path(path) => {
                let file = File::open(path).map_err(FetchError::file("open", path))?;
                copy_file(&run, index, &mut writer, &source, &file)?;
            }
            Source::Blob(_) | Source::Manifest(_) | Source::Url(_) => {}
        }
        Ok(writer)
    };
    spawn_blocking(work).await.map_err(|_| FetchError::Task)?
}

fn copy_file(
    run: &Run,
    index: usize,
    writer: &mut RawWriter,
    source: &Source,
    file: &File,
) -> Result<(), FetchError> {
    let mut buffer = vec![0; READ_SIZE];
    loop {
        let read = file.read_at(&mut buffer, writer.taken());
        let read = read.map_err(FetchError::file("read", source.to_string()))?;
        if read == 0 {
            return Ok(());
        }
        take(run, index, writer, source, &buffer[..read])?;
    }
}

fn take(
    run: &Run,
    index: usize,
    writer: &mut RawWriter,
    source: &Source,
    mut bytes: &[u8],
) -> Result<(), FetchError> {
    let entry = writer.entry().clone();
    while !bytes.is_empty() {
        let taken = writer.fill(bytes).map_err(write(&entry, source))?;
        bytes = &bytes[taken..];
        if writer.is_full() {
            flush(run, index, writer, source)?;
        }
        run.reporter.advance(taken as u64);
    }
    Ok(())
}

fn flush(
    run: &Run,
    index: usize,
    writer: &mut RawWriter,
    source: &Source,
) -> Result<(), FetchError> {
    let flushed = writer.flush(&run.partial.file);
    let flushed = flushed.map_err(|error| write(writer.entry(), source)(error))?;
    run.partial.journal.record(index, &flushed)
}

async fn from_upstream(
    run: &Arc<Run>,
    index: usize,
    mut writer: RawWriter,
    source: &Source,
) -> Result<RawWriter, FetchError> {
    let entry = writer.entry().clone();
    let Some(mut download) = run.upstreams.download(&entry, source, writer.taken())? else {
        return Ok(writer);
    };
    while !writer.is_done() {
        let piece = download.next().await.map_err(upstream(&entry, source))?;
        let Some(piece) = piece else { break };
        let mut rest = &piece[..];
        while !rest.is_empty() {
            let taken = writer.fill(rest).map_err(write(&entry, source))?;
            rest = &rest[taken..];
            if writer.is_full() {
                writer = flush_elsewhere(run, index, writer, source).await?;
            }
        }
        run.reporter.advance(piece.len() as u64);
        run.downloaded.fetch_add(piece.len() as u64, Ordering::Relaxed);
        if run.stop.load(Ordering::Relaxed) {
            return Err(FetchError::Stopped);
        }
    }
    Ok(writer)
}

/// Hashes and writes on a thread that may block.
async fn flush_elsewhere(
    run: &Arc<Run>,
    index: usize,
    mut writer: RawWriter,
    source: &Source,
) -> Result<RawWriter, FetchError> {
    let (run, source) = (Arc::clone(run), source.clone());
    let work = move || flush(&run, index, &mut writer, &source).map(|()| writer);
    spawn_blocking(work).await.map_err(|_| FetchError::Task)?
}

/// Brings the content of a late entry into the cache, from which it is packed.
async fn cached(run: &Arc<Run>, entry: &Entry, source: &Source) -> Result<(), FetchError> {
    run.reporter.advance(entry.size);
    let local = matches!(source, Source::Made(_) | Source::Path(_));
    if local || run.cache.has(&entry.digest, entry.size) {
        return Ok(());
    }
    if let Some(bytes) = run.options.reuse.as_ref().and_then(|reuse| reuse.read(&entry.digest)) {
        return run.cache.keep(&bytes).map(|_| ());
    }
    if matches!(source, Source::Manifest(_)) {
        let manifest = run.upstreams.manifest(entry.path.as_str(), source).await?;
        run.downloaded.fetch_add(manifest.size(), Ordering::Relaxed);
        return run.cache.keep(manifest.bytes()).map(|_| ());
    }
    let Some(mut download) = run.upstreams.download(entry, source, 0)? else { return Ok(()) };
    let mut writer = run.cache.writer()?;
    while let Some(piece) = download.next().await.map_err(upstream(entry, source))? {
        writer.write(&piece)?;
        run.downloaded.fetch_add(piece.len() as u64, Ordering::Relaxed);
    }
    let found = writer.keep()?;
    if found == entry.digest {
        return Ok(());
    }
    let wrong = sre_format::bundle::WriteError::WrongContent {
        path: entry.path.clone(),
        expected: entry.digest,
        found,
    };
    Err(write(entry, source)(wrong))
}
