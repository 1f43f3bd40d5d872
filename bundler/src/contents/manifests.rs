//! The manifests of everything that the lock names, from the cache or from upstream.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use sre_format::lock::{ChartForm, Lock, LockedImage};
use sre_format::{Digest, ImageReference};
use sre_oci::Manifest;
use sre_oci::manifest::MAX_MANIFEST;

use super::ContentsError;
use crate::fetch::{BlobCache, Source, Upstreams};

/// Manifests that are asked for at the same time.
const AT_ONCE: usize = 8;

/// Every manifest that the lock carries, by digest.
#[derive(Debug, Default)]
pub struct Manifests {
    by_digest: BTreeMap<Digest, Manifest>,
}

/// A manifest that the lock names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Wanted {
    digest: Digest,
    size: u64,
    media_type: String,
    reference: ImageReference,
}

impl Manifests {
    /// Fetches what the cache does not have.
    pub async fn fetch(
        lock: &Lock,
        upstreams: &Upstreams,
        cache: &BlobCache,
    ) -> Result<Self, ContentsError> {
        let wanted = wanted(lock);
        let fetching = stream::iter(wanted).map(|wanted| async move {
            let manifest = get(&wanted, upstreams, cache).await?;
            Ok::<_, ContentsError>((wanted.digest, manifest))
        });
        let by_digest = fetching.buffer_unordered(AT_ONCE).try_collect().await?;
        Ok(Self { by_digest })
    }

    /// Gives a manifest that the lock names.
    #[must_use]
    pub fn get(&self, digest: &Digest) -> Option<&Manifest> {
        self.by_digest.get(digest)
    }
}

fn wanted(lock: &Lock) -> BTreeSet<Wanted> {
    let images = lock.images.iter().flat_map(LockedImage::carried);
    let charts = lock.charts.iter().flat_map(|chart| {
        // The manifest of a chart from an HTTP repository is made here, not fetched.
        let made = usize::from(matches!(chart.form, ChartForm::Http(_)));
        chart.carried().skip(made)
    });
    images
        .chain(charts)
        .map(|carried| Wanted {
            digest: carried.digest,
            size: carried.size,
            media_type: carried.media_type.to_owned(),
            reference: carried.repository.at_digest(carried.digest),
        })
        .collect()
}

async fn get(
    wanted: &Wanted,
    upstreams: &Upstreams,
    cache: &BlobCache,
) -> Result<Manifest, ContentsError> {
    let manifest = if let Some(bytes) = cache.read(&wanted.digest, MAX_MANIFEST) {
        Manifest::parse(bytes.into(), &wanted.media_type).map_err(|source| {
            ContentsError::Manifest { reference: wanted.reference.clone(), source }
        })?
    } else {
        let source = Source::Manifest(wanted.reference.clone());
        let manifest = upstreams.manifest(&wanted.reference.name(), &source).await?;
        cache.keep(manifest.bytes())?;
        manifest
    };
    if (manifest.media_type(), manifest.size()) != (wanted.media_type.as_str(), wanted.size) {
        return Err(ContentsError::Differs {
            reference: wanted.reference.clone(),
            locked: wanted.media_type.clone(),
            size: wanted.size,
            found: manifest.media_type().to_owned(),
            bytes: manifest.size(),
        });
    }
    Ok(manifest)
}
