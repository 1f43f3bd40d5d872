//! Where the archives of charts come from: the cache, upstream, or a finished bundle.

use sre_format::bundle::VerifiedBundle;
use sre_format::lock::{Archive, ChartForm, LockedChart};
use sre_oci::client::{ClientError, Reference};
use sre_oci::manifest::MAX_MANIFEST;
use sre_oci::{Content, Descriptor, Manifest};
use tokio::task::block_in_place;

use super::CheckError;
use crate::fetch::{BlobCache, Upstreams, bring};

/// The most bytes of the archive of a chart.
const MAX_ARCHIVE: u64 = 256 << 20;

/// Where charts stand.
pub enum Shelf {
    /// In the cache; what is not there is fetched, unless nothing may be.
    Project {
        /// The cache.
        cache: BlobCache,
        /// Where the rest comes from.
        upstreams: Option<Upstreams>,
    },
    /// In a bundle.
    Bundle(VerifiedBundle),
}

impl Shelf {
    /// Gives the archive of a chart, checked against the lock.
    pub(super) async fn archive(&self, chart: &LockedChart) -> Result<Vec<u8>, CheckError> {
        match (self, &chart.form) {
            (Self::Bundle(bundle), ChartForm::Http(http)) => carried(bundle, chart, &http.archive),
            (Self::Bundle(bundle), ChartForm::Oci) => {
                let manifest = bundle.blob(&chart.root.digest).ok_or_else(|| not_carried(chart))?;
                let layer = layer(chart, &bundle.read_whole(manifest)?)?;
                let entry = bundle.blob(&layer.digest).ok_or_else(|| not_carried(chart))?;
                Ok(block_in_place(|| bundle.read_whole(entry))?)
            }
            (Self::Project { cache, upstreams }, ChartForm::Http(http)) => {
                let archive = &http.archive;
                if archive.size > MAX_ARCHIVE {
                    let reason = format!("its archive has more than {} MiB", MAX_ARCHIVE >> 20);
                    return Err(CheckError::NoChart { chart: title(chart), reason });
                }
                if let Some(bytes) = cache.read(&archive.digest, MAX_ARCHIVE) {
                    return Ok(bytes);
                }
                let upstreams = upstreams.as_ref().ok_or_else(|| not_cached(chart))?;
                bring(upstreams, cache, archive).await?;
                cache.read(&archive.digest, MAX_ARCHIVE).ok_or_else(|| not_cached(chart))
            }
            (Self::Project { cache, upstreams }, ChartForm::Oci) => {
                artifact(cache, upstreams.as_ref(), chart).await
            }
        }
    }
}

fn carried(
    bundle: &VerifiedBundle,
    chart: &LockedChart,
    archive: &Archive,
) -> Result<Vec<u8>, CheckError> {
    let entry = bundle.blob(&archive.digest).ok_or_else(|| not_carried(chart))?;
    Ok(block_in_place(|| bundle.read_whole(entry))?)
}

/// Gives the archive of a chart that is an artifact of a registry.
async fn artifact(
    cache: &BlobCache,
    upstreams: Option<&Upstreams>,
    chart: &LockedChart,
) -> Result<Vec<u8>, CheckError> {
    let failed = |source| CheckError::Registry { chart: title(chart), source };
    let client = |upstreams: &Upstreams| {
        upstreams.registry(chart.reference.host()).map_err(|error| failed(ClientError::from(error)))
    };
    let repository = chart.reference.repository();
    let manifest = if let Some(bytes) = cache.read(&chart.root.digest, MAX_MANIFEST) {
        bytes
    } else {
        let client = client(upstreams.ok_or_else(|| not_cached(chart))?)?;
        let digest = Reference::Digest(chart.root.digest);
        let found = client.manifest(repository, &digest).await.map_err(failed)?;
        let gone = || CheckError::NoChart {
            chart: title(chart),
            reason: format!("{} no longer has {}", chart.reference.name(), chart.root.digest),
        };
        let bytes = found.ok_or_else(gone)?.bytes().to_vec();
        cache.keep(&bytes)?;
        bytes
    };
    let layer = layer(chart, &manifest)?;
    if let Some(bytes) = cache.read(&layer.digest, MAX_ARCHIVE) {
        return Ok(bytes);
    }
    let client = client(upstreams.ok_or_else(|| not_cached(chart))?)?;
    let bytes = client.whole_blob(repository, &layer, MAX_ARCHIVE).await.map_err(failed)?;
    cache.keep(&bytes)?;
    Ok(bytes.to_vec())
}

/// Finds the layer of an artifact that is the archive of a chart.
fn layer(chart: &LockedChart, manifest: &[u8]) -> Result<Descriptor, CheckError> {
    let wrong = |reason: String| CheckError::NoChart { chart: title(chart), reason };
    let manifest = Manifest::parse(manifest.to_vec().into(), &chart.root.media_type)
        .map_err(|error| wrong(error.to_string()))?;
    let Content::Image { layers, .. } = manifest.content() else {
        return Err(wrong("its manifest is an index".to_owned()));
    };
    let is_archive = |layer: &&Descriptor| layer.media_type.contains("tar+gzip");
    let found = layers.iter().find(is_archive).cloned();
    found.ok_or_else(|| wrong("its manifest names no archive".to_owned()))
}

/// Gives name and version, as people say them.
pub(super) fn title(chart: &LockedChart) -> String {
    format!("chart {} {}", chart.name, chart.version)
}

fn not_cached(chart: &LockedChart) -> CheckError {
    CheckError::NotCached { chart: title(chart) }
}

fn not_carried(chart: &LockedChart) -> CheckError {
    CheckError::NotCarried { chart: title(chart) }
}
