//! What has no address of its own: files of archives, and what is made from other inputs.
//!
//! Both come into the cache whole, because nobody can be asked for a part of them. Transfers that need
//! the same archive, or things made together, wait for the first of them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use sre_format::Digest;
use sre_format::bundle::Entry;
use sre_format::lock::{Archive, LockedFileSet, PlacedOrigin, SetKind};
use sre_oci::transport::Request;
use tokio::task::{block_in_place, spawn_blocking};

use super::cache::BlobCache;
use super::item::Source;
use super::run::Run;
use super::{FetchError, Upstreams};
use crate::archive::extract;
use crate::folder::layer_of;
use crate::git::archive_of;
use crate::rpm::remake;

/// A lock for each thing that several entries are derived from.
#[derive(Default)]
pub(super) struct Deriving(Mutex<HashMap<Digest, Arc<tokio::sync::Mutex<()>>>>);

impl Deriving {
    fn of(&self, digest: Digest) -> Arc<tokio::sync::Mutex<()>> {
        let mut locks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(locks.entry(digest).or_default())
    }
}

/// Brings a derived entry into the cache, unless it is there.
pub(super) async fn derive(run: &Run, entry: &Entry, source: &Source) -> Result<(), FetchError> {
    let from = match source {
        Source::Member { of, .. } => of.digest,
        Source::Folder { locked, .. } => locked.layer.digest,
        Source::Git { .. } => entry.digest,
        Source::MadeFor(set) => set.files.first().map_or(entry.digest, |file| file.digest),
        _ => return Ok(()),
    };
    let deriving = run.deriving.of(from);
    let _held = deriving.lock().await;
    if block_in_place(|| run.cache.has(&entry.digest, entry.size)) {
        return Ok(());
    }
    match source {
        Source::Member { of, path } => {
            let downloaded = bring(&run.upstreams, &run.cache, of).await?;
            run.came(usize::try_from(downloaded).unwrap_or(usize::MAX))?;
            let found = take_out(&run.cache, of, path).await?;
            compare(&source.to_string(), entry.digest, found.0)
        }
        Source::Folder { locked, path } => {
            Ok(block_in_place(|| layer_of(locked, path, &run.cache))?)
        }
        Source::Git { locked, name, folder } => {
            let archive = || archive_of(locked, name, entry.digest, folder, &run.cache);
            Ok(block_in_place(archive)?)
        }
        Source::MadeFor(set) => make(run, entry, set).await,
        _ => Ok(()),
    }
}

/// Brings an archive of upstream into the cache, unless it is there; gives the bytes that came.
pub async fn bring(
    upstreams: &Upstreams,
    cache: &BlobCache,
    archive: &Archive,
) -> Result<u64, FetchError> {
    if block_in_place(|| cache.has(&archive.digest, archive.size)) {
        return Ok(0);
    }
    let url = archive.url.as_url().clone();
    let failed = |source| FetchError::Upstream {
        entry: archive.url.file_name().unwrap_or_default().to_owned(),
        source_name: archive.url.to_string(),
        source: Box::new(source),
    };
    let request = Request::get(url);
    let mut download = upstreams.transport().download_of_size(request, 0, archive.size);
    let mut writer = cache.writer()?;
    while let Some(piece) = download.next().await.map_err(failed)? {
        block_in_place(|| writer.write(&piece))?;
    }
    let found = block_in_place(|| writer.keep())?;
    compare(&archive.url.to_string(), archive.digest, found)?;
    Ok(archive.size)
}

/// Takes a file out of an archive that is in the cache, into the cache; gives digest and size.
pub async fn take_out(
    cache: &BlobCache,
    archive: &Archive,
    member: &str,
) -> Result<(Digest, u64), FetchError> {
    let (cache, archive, member) = (cache.clone(), archive.clone(), member.to_owned());
    let work = move || {
        let missing =
            || FetchError::NotFetched { entry: archive.url.to_string(), digest: archive.digest };
        let file = cache.reader(&archive.digest).ok_or_else(missing)?;
        let (mut writer, mut size) = (cache.writer()?, 0);
        let taken = extract(&file, &member, |piece| {
            size += piece.len() as u64;
            writer.write(piece)
        });
        taken.map_err(|source| FetchError::Archive {
            archive: archive.url.to_string(),
            member,
            source,
        })??;
        Ok((writer.keep()?, size))
    };
    spawn_blocking(work).await.map_err(|_| FetchError::Task)?
}

/// Makes everything that is made for a file set, of which the entry is one.
async fn make(run: &Run, entry: &Entry, set: &LockedFileSet) -> Result<(), FetchError> {
    let what = set.files.iter().find_map(|file| match &file.origin {
        PlacedOrigin::Made(made) => Some(made.what.clone()),
        _ => None,
    });
    match set.kind {
        SetKind::Rpm => {
            let remade = remake(set, &run.upstreams, &run.cache).await;
            let came = remade.map_err(FetchError::remake(set))?;
            run.came(usize::try_from(came).unwrap_or(usize::MAX))?;
            let is_here = block_in_place(|| run.cache.has(&entry.digest, entry.size));
            if is_here { Ok(()) } else { Err(FetchError::not_fetched(entry)) }
        }
        SetKind::Tool
        | SetKind::OsImage
        | SetKind::Rke2
        | SetKind::TofuProvider
        | SetKind::PackerPlugin
        | SetKind::Ansible
        | SetKind::Deb
        | SetKind::Git => Err(FetchError::Unmakeable {
            what: what.unwrap_or_default(),
            set: format!("{} {}", set.kind.id(), set.title()),
        }),
    }
}

fn compare(what: &str, locked: Digest, found: Digest) -> Result<(), FetchError> {
    if locked == found {
        return Ok(());
    }
    Err(FetchError::Differs { what: what.to_owned(), locked, found })
}
