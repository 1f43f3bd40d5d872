//! One raw entry on its way to its final place.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use sre_format::bundle::{Entry, Proof, RawWriter};
use tokio::task::spawn_blocking;

use super::FetchError;
use super::derive::derive;
use super::item::Source;
use super::run::Run;
use super::transfer::upstream;

/// The most bytes that are hashed and written where they came in: handing them to another thread takes
/// longer, and a bundle may have some ten thousand entries of that size.
const SMALL: u64 = 64 << 10;
/// Bytes that a transfer of a local file reads at a time.
const READ_SIZE: usize = 1 << 20;

/// Brings one raw entry to its place.
///
/// Only the digest of the whole tells that bytes are wrong, and the journal would have the next
/// run believe them: so what an earlier run left is fetched again, and nothing is left behind.
pub(super) async fn place(
    run: &Arc<Run>,
    index: usize,
    entry: &Entry,
    source: &Source,
) -> Result<Proof, FetchError> {
    let writer = resume(run, index, entry).await?;
    let resumed = writer.flushed() > 0;
    match fill(run, index, writer, source).await {
        Err(error) if error.is_wrong_content() => {
            run.partial.journal.forget(index)?;
            if !resumed {
                return Err(error);
            }
        }
        outcome => return outcome,
    }
    run.reporter
        .warn(format!("what an earlier run fetched of {source} is wrong: fetching it again"));
    run.reporter.expect(entry.size);
    let buffer = run.spare().pop().unwrap_or_default();
    let writer = RawWriter::with_buffer(entry, run.filling.modified(), buffer);
    let outcome = fill(run, index, writer, source).await;
    if outcome.as_ref().is_err_and(FetchError::is_wrong_content) {
        run.partial.journal.forget(index)?;
    }
    outcome
}

/// Goes on where an earlier run stopped, as far as the file holds what the journal claims.
async fn resume(run: &Arc<Run>, index: usize, entry: &Entry) -> Result<RawWriter, FetchError> {
    if !run.partial.claims.contains_key(&index) {
        let buffer = run.spare().pop().unwrap_or_default();
        return Ok(RawWriter::with_buffer(entry, run.filling.modified(), buffer));
    }
    let (run, entry) = (Arc::clone(run), entry.clone());
    let work = move || {
        let claims = run.partial.claims.get(&index).map_or(&[][..], Vec::as_slice);
        let buffer = run.spare().pop().unwrap_or_default();
        RawWriter::resume(&entry, run.filling.modified(), buffer, &run.partial.file, claims)
    };
    spawn_blocking(work).await.map_err(|_| FetchError::Task)
}

async fn fill(
    run: &Arc<Run>,
    index: usize,
    writer: RawWriter,
    source: &Source,
) -> Result<Proof, FetchError> {
    let entry = writer.entry().clone();
    run.reporter.advance(writer.flushed());
    let mut writer = from_this_machine(run, index, writer, source).await?;
    if source.is_derived() && !writer.is_done() {
        derive(run, &entry, source).await?;
        writer = from_the_cache(run, index, writer, source).await?;
    }
    if !writer.is_done() {
        writer = from_upstream(run, index, writer, source).await?;
    }
    if writer.is_done() {
        run.spare().push(writer.take_buffer());
    }
    writer.finish().map_err(FetchError::write(&entry, source))
}

/// Takes what an older bundle, a local file or this program itself has.
async fn from_this_machine(
    run: &Arc<Run>,
    index: usize,
    mut writer: RawWriter,
    source: &Source,
) -> Result<RawWriter, FetchError> {
    let is_elsewhere = !matches!(source, Source::Made(_) | Source::Path(_) | Source::Url(_));
    if is_elsewhere && run.options.reuse.is_none() && !writer.is_full() {
        return Ok(writer);
    }
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
                let file = File::open(path).map_err(FetchError::local(path))?;
                copy_file(&run, index, &mut writer, &source, &file)?;
            }
            // Some archives were looked into when they were locked, and stayed in the cache.
            Source::Url(_) if !writer.is_done() => {
                let Entry { digest, size, .. } = writer.entry();
                if run.cache.has(digest, *size)
                    && let Some(file) = run.cache.reader(digest)
                {
                    copy_file(&run, index, &mut writer, &source, &file)?;
                }
            }
            Source::Url(_)
            | Source::Blob(_)
            | Source::Manifest(_)
            | Source::Member { .. }
            | Source::Folder { .. }
            | Source::Git { .. }
            | Source::MadeFor(_) => {}
        }
        Ok(writer)
    };
    spawn_blocking(work).await.map_err(|_| FetchError::Task)?
}

/// Takes what was taken out of an archive or made for a file set.
async fn from_the_cache(
    run: &Arc<Run>,
    index: usize,
    mut writer: RawWriter,
    source: &Source,
) -> Result<RawWriter, FetchError> {
    let (run, source) = (Arc::clone(run), source.clone());
    let work = move || {
        let file = run.cache.reader(&writer.entry().digest);
        let file = file.ok_or_else(|| FetchError::not_fetched(writer.entry()))?;
        copy_file(&run, index, &mut writer, &source, &file)?;
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
        let taken = writer.fill(bytes).map_err(FetchError::write(&entry, source))?;
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
    let flushed = flushed.map_err(FetchError::write(writer.entry(), source))?;
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
            let taken = writer.fill(rest).map_err(FetchError::write(&entry, source))?;
            rest = &rest[taken..];
            if writer.is_full() {
                writer = flush_elsewhere(run, index, writer, source).await?;
            }
        }
        run.reporter.advance(piece.len() as u64);
        run.came(piece.len())?;
    }
    Ok(writer)
}

/// Hashes and writes, on a thread that may block unless it is little.
async fn flush_elsewhere(
    run: &Arc<Run>,
    index: usize,
    mut writer: RawWriter,
    source: &Source,
) -> Result<RawWriter, FetchError> {
    if writer.entry().size <= SMALL {
        flush(run, index, &mut writer, source)?;
        return Ok(writer);
    }
    let (run, source) = (Arc::clone(run), source.clone());
    let work = move || flush(&run, index, &mut writer, &source).map(|()| writer);
    spawn_blocking(work).await.map_err(|_| FetchError::Task)?
}
