//! One late entry on its way into the cache, from which it is packed.

use std::sync::Arc;

use sre_format::bundle::{Entry, WriteError};
use tokio::task::{block_in_place, spawn_blocking};

use super::FetchError;
use super::derive::derive;
use super::item::Source;
use super::run::Run;
use super::transfer::upstream;

/// Brings the content of a late entry into the cache; what this machine has already stays there.
pub(super) async fn keep(run: &Arc<Run>, entry: &Entry, source: &Source) -> Result<(), FetchError> {
    run.reporter.advance(entry.size);
    let is_local = matches!(source, Source::Made(_) | Source::Path(_));
    if is_local || is_here(run, entry).await? {
        return Ok(());
    }
    if source.is_derived() {
        return derive(run, entry, source).await;
    }
    if matches!(source, Source::Manifest(_)) {
        let manifest = run.upstreams.manifest(entry.path.as_str(), source).await?;
        run.cache.keep(manifest.bytes())?;
        return run.came(manifest.bytes().len());
    }
    from_upstream(run, entry, source).await
}

/// Says whether the cache has it, or has it now from an older bundle.
async fn is_here(run: &Arc<Run>, entry: &Entry) -> Result<bool, FetchError> {
    let (run, digest, size) = (Arc::clone(run), entry.digest, entry.size);
    let work = move || match &run.options.reuse {
        _ if run.cache.has(&digest, size) => Ok(true),
        Some(reuse) => reuse.keep(&digest, &run.cache),
        None => Ok(false),
    };
    spawn_blocking(work).await.map_err(|_| FetchError::Task)?
}

async fn from_upstream(run: &Run, entry: &Entry, source: &Source) -> Result<(), FetchError> {
    let Some(mut download) = run.upstreams.download(entry, source, 0)? else { return Ok(()) };
    let mut writer = run.cache.writer()?;
    while let Some(piece) = download.next().await.map_err(upstream(entry, source))? {
        block_in_place(|| writer.write(&piece))?;
        run.came(piece.len())?;
    }
    let found = block_in_place(|| writer.keep())?;
    if found == entry.digest {
        return Ok(());
    }
    let (path, expected) = (entry.path.clone(), entry.digest);
    Err(FetchError::write(entry, source)(WriteError::WrongContent { path, expected, found }))
}
