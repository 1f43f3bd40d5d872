//! Resolving: from what a person wants to what exactly it is.
//!
//! Every input is asked of its upstream, several at a time: an image for its manifest, the
//! children of the chosen platforms and whatever refers to them; a chart for its artifact, or for
//! the archive that its repository names; a file for its size and digest; repositories of packages for
//! all that the wanted ones need. What the old lock knows
//! already and upstream still confirms is not fetched again. All inputs are tried before the
//! first failure is reported, because a person mends ten mistakes in one go.
//!
//! Deliberately absent: the payload. Blobs are fetched by `build`; only what names no size or
//! holds a chart's `Chart.yaml` is downloaded here, into the cache.

mod artifact;
mod chart;
mod checksum;
mod clock;
mod deb;
mod downloads;
mod error;
mod file;
mod folder;
mod git;
mod helm;
mod hints;
mod index;
mod media_type;
mod mirrored;
mod pins;
mod provenance;
mod referrers;
mod rke2;
mod rpm;
mod stated;

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use futures_util::stream::{self, StreamExt as _};
use sre_format::lock::{
    Lock, LockedChart, LockedFile, LockedFileSet, LockedFolder, LockedImage, SetKind, Verification,
};
use sre_format::manifest::{Image, Manifest};
use sre_format::{SourceUrl, Timestamp};
use sre_oci::transport::{Request, TransportError};
use sre_steps::PhaseReporter;
use tokio::sync::OnceCell;

pub use clock::{ClockError, time_of_lock};
pub use error::ResolveError;
pub use mirrored::MirrorError;
pub use stated::{ListError, unconfirmed};

pub(crate) use checksum::find as digest_of_name;
pub(crate) use helm::{RepositoryIndex, metadata as chart_metadata};

use crate::fetch::{BlobCache, Upstreams};

/// Inputs that are resolved at the same time.
const AT_ONCE: usize = 8;

/// Resolves the inputs of a manifest.
pub struct Resolver<'a> {
    /// The registries and servers.
    pub upstreams: &'a Upstreams,
    /// Where downloads are kept for `build`.
    pub cache: &'a BlobCache,
    /// The folder to which local paths are relative.
    pub folder: &'a Path,
    /// The lock that stood there before.
    pub old: Option<&'a Lock>,
    /// The time that the new lock bears.
    pub time: Timestamp,
    /// Who is told.
    pub phase: &'a PhaseReporter,
}

/// What one run knows about chart repositories: each index is fetched once.
#[derive(Default)]
struct Repositories {
    indexes: Mutex<HashMap<SourceUrl, Arc<OnceCell<Arc<RepositoryIndex>>>>>,
}

enum Resolved {
    Image(LockedImage),
    Chart(LockedChart),
    File(LockedFile),
    Folder(LockedFolder),
    Set(LockedFileSet),
    Sets(Vec<LockedFileSet>),
}

impl Resolver<'_> {
    /// Resolves everything; the serial is the old one, or one more if anything changed.
    pub async fn resolve(&self, manifest: &Manifest) -> Result<Lock, ResolveError> {
        self.phase.expect(manifest.inputs() as u64);
        let mut lock = Lock::begin(manifest, self.time);
        for resolved in self.everything(manifest).await? {
            match resolved {
                Resolved::Image(image) => lock.images.push(image),
                Resolved::Chart(chart) => lock.charts.push(chart),
                Resolved::File(file) => lock.files.push(file),
                Resolved::Folder(folder) => lock.folders.push(folder),
                Resolved::Set(set) => lock.sets.push(set),
                Resolved::Sets(sets) => lock.sets.extend(sets),
            }
        }
        lock.sort();
        refuse_twins(&lock)?;
        self.warn_of_pinned_indexes(&lock).await?;
        if let Some(old) = self.old {
            lock.follow(old);
        }
        Ok(lock)
    }

    async fn everything(&self, manifest: &Manifest) -> Result<Vec<Resolved>, ResolveError> {
        let repositories = &Repositories::default();
        let images = manifest.images.iter().map(|image| {
            let name = image.reference.to_string();
            let resolving = async move { self.image(image).await.map(Resolved::Image) };
            self.one(name, Box::pin(resolving))
        });
        let charts = manifest.charts.iter().map(|chart| {
            let resolving =
                async move { self.chart(chart, repositories).await.map(Resolved::Chart) };
            self.one(chart::name_of(chart), Box::pin(resolving))
        });
        let files = manifest.files.iter().map(|file| {
            let resolving = async move { self.file(file).await.map(Resolved::File) };
            self.one(file.name.to_string(), Box::pin(resolving))
        });
        let folders = manifest.folders.iter().map(|folder| {
            let resolving = async move { self.folder(folder).await.map(Resolved::Folder) };
            self.one(folder.reference.to_string(), Box::pin(resolving))
        });
        let downloads = manifest.downloads.iter().map(|set| {
            let resolving = async move {
                match set.kind {
                    SetKind::Rke2 => self.rke2(set).await,
                    _ => self.downloads(set).await,
                }
                .map(Resolved::Set)
            };
            self.one(format!("{} {}", set.name, set.version), Box::pin(resolving))
        });
        let mirrored = manifest.mirrored.iter().map(|input| {
            let resolving = async move { self.mirrored(input).await.map(Resolved::Sets) };
            self.one(input.title(), Box::pin(resolving))
        });
        let rpms = manifest.rpms.iter().map(|set| {
            let resolving = async move {
                let failed =
                    |source| ResolveError::Rpm { name: set.name.clone(), source: Box::new(source) };
                self.rpm(set).await.map(Resolved::Set).map_err(failed)
            };
            self.one(format!("rpm {}", set.name), Box::pin(resolving))
        });
        let debs = manifest.debs.iter().map(|wanted| {
            let resolving = async move { self.deb(wanted).await.map(Resolved::Set) };
            self.one(format!("packages {}", wanted.name), Box::pin(resolving))
        });
        let commits = manifest.commits.iter().map(|commit| {
            let resolving = async move { self.git(commit).await.map(Resolved::Set) };
            self.one(format!("{} {}", commit.name, commit.version), Box::pin(resolving))
        });
        let all = images.chain(charts).chain(files).chain(folders).chain(commits).chain(downloads);
        let all = all.chain(mirrored).chain(rpms).chain(debs);
        let results: Vec<_> = stream::iter(all).buffer_unordered(AT_ONCE).collect().await;
        let (resolved, failed): (Vec<_>, Vec<_>) = results.into_iter().partition(Result::is_ok);
        match ResolveError::together(failed.into_iter().filter_map(Result::err).collect()) {
            Some(error) => Err(error),
            None => Ok(resolved.into_iter().filter_map(Result::ok).collect()),
        }
    }

    async fn one(
        &self,
        name: String,
        resolving: std::pin::Pin<
            Box<dyn Future<Output = Result<Resolved, ResolveError>> + Send + '_>,
        >,
    ) -> Result<Resolved, ResolveError> {
        let step = self.phase.step(name);
        let resolved = resolving.await?;
        self.phase.advance(1);
        step.done();
        Ok(resolved)
    }

    async fn image(&self, image: &Image) -> Result<LockedImage, ResolveError> {
        let reference = &image.reference;
        let old = self.old.and_then(|old| old.images.iter().find(|it| it.reference == *reference));
        let known = old.filter(|old| old.platforms == image.platforms).map(artifact::Known::from);
        let wanted = artifact::Wanted {
            platforms: &image.platforms,
            signatures: image.signature_repository.as_ref(),
        };
        let found = self.artifact(reference, wanted, known).await?;
        self.confirm(reference, found.root.digest)?;
        let pinned = reference.digest().map(|_| Verification::Manifest);
        Ok(LockedImage {
            reference: reference.clone(),
            root: found.root,
            platforms: image.platforms.clone(),
            manifests: found.manifests,
            absent: found.absent,
            referrers: found.referrers,
            bytes: found.bytes,
            source: found.source,
            verified: pinned.into_iter().collect(),
        })
    }

    /// Fetches something small whole; `None` where the server says 404.
    async fn small(&self, url: &SourceUrl, limit: u64) -> Result<Option<Bytes>, TransportError> {
        self.small_answer(&Request::get(url.as_url().clone()), limit).await
    }

    async fn small_answer(
        &self,
        request: &Request,
        limit: u64,
    ) -> Result<Option<Bytes>, TransportError> {
        let response = self.upstreams.transport().send(request).await?;
        match response.status().as_u16() {
            200 => response.whole(limit).await.map(Some),
            404 => Ok(None),
            _ => Err(response.into_error().await),
        }
    }

    /// Downloads something of unknown size into the cache.
    async fn keep(
        &self,
        url: &SourceUrl,
        limit: u64,
    ) -> Result<(sre_format::Digest, u64), ResolveError> {
        let failed = |source| ResolveError::Server { what: url.to_string(), source };
        let request = Request::get(url.as_url().clone());
        let mut download = self.upstreams.transport().download(request, 0, limit);
        let (mut writer, mut size) = (self.cache.writer()?, 0);
        while let Some(piece) = download.next().await.map_err(failed)? {
            size += piece.len() as u64;
            tokio::task::block_in_place(|| writer.write(&piece))?;
        }
        Ok((tokio::task::block_in_place(|| writer.keep())?, size))
    }
}

/// Two inputs may come to the same name only after they are resolved.
fn refuse_twins(lock: &Lock) -> Result<(), ResolveError> {
    let mut names = std::collections::BTreeSet::new();
    let images = lock.images.iter().map(|image| &image.reference);
    let charts = lock.charts.iter().map(|chart| &chart.reference);
    let folders = lock.folders.iter().map(|folder| &folder.reference);
    for reference in images.chain(charts).chain(folders) {
        if !names.insert(reference) {
            return Err(ResolveError::Twins { reference: reference.clone() });
        }
    }
    Ok(())
}
