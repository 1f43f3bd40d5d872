//! Warnings where something pins an index that is carried in part.
//!
//! Registries such as Harbor and Distribution refuse an index whose children they do not have.
//! There, the platform's own manifest gets the tag; but what pins the digest of the index will
//! not find it.

use std::collections::BTreeMap;
use std::io::Read;

use sre_format::Digest;
use sre_format::lock::{ChartForm, Lock, LockedChart, LockedImage};
use sre_oci::client::Reference;
use sre_oci::{Content, Descriptor};

use super::helm::MAX_ARCHIVE;
use super::{ResolveError, Resolver};

/// The most bytes of an unpacked chart that are looked through.
const MAX_LOOK: u64 = 512 << 20;

impl Resolver<'_> {
    /// Warns of references and charts that pin a sparse index.
    pub(super) async fn warn_of_pinned_indexes(&self, lock: &Lock) -> Result<(), ResolveError> {
        let sparse: BTreeMap<String, &LockedImage> = lock
            .images
            .iter()
            .filter(|image| image.is_sparse())
            .map(|image| (image.root.digest.hex(), image))
            .collect();
        for image in sparse.values().filter(|image| image.reference.digest().is_some()) {
            self.phase.warn(sparse_warning(image, "the manifest"));
        }
        if sparse.is_empty() {
            return Ok(());
        }
        for chart in &lock.charts {
            let Some(archive) = self.chart_archive(chart).await? else { continue };
            let wanted: Vec<String> = sparse.keys().cloned().collect();
            let file = self.cache.reader(&archive).ok_or(ResolveError::Task)?;
            let looking = tokio::task::spawn_blocking(move || pinned(file, &wanted));
            for hex in looking.await.map_err(|_| ResolveError::Task)? {
                let pins = format!("the chart {} {}", chart.name, chart.version);
                self.phase.warn(sparse_warning(sparse[&hex], &pins));
            }
        }
        Ok(())
    }

    /// Brings the archive of a chart into the cache.
    pub(super) async fn chart_archive(
        &self,
        chart: &LockedChart,
    ) -> Result<Option<Digest>, ResolveError> {
        if let ChartForm::Http(http) = &chart.form {
            if !self.cache.has(&http.archive.digest, http.archive.size) {
                self.keep(&http.archive.url, MAX_ARCHIVE).await?;
            }
            return Ok(Some(http.archive.digest));
        }
        let reference = &chart.reference;
        let failed = |source| ResolveError::Registry { reference: reference.clone(), source };
        let client = self.upstreams.registry(reference.host()).map_err(|it| failed(it.into()))?;
        let digest = Reference::Digest(chart.root.digest);
        let manifest = client.manifest(reference.repository(), &digest).await.map_err(failed)?;
        let Some(Content::Image { layers, .. }) = manifest.as_ref().map(sre_oci::Manifest::content)
        else {
            return Ok(None);
        };
        let is_archive = |layer: &&Descriptor| layer.media_type.contains("tar+gzip");
        let Some(layer) = layers.iter().find(is_archive) else { return Ok(None) };
        if !self.cache.has(&layer.digest, layer.size) {
            let bytes = client.whole_blob(reference.repository(), layer, MAX_ARCHIVE).await;
            self.cache.keep(&bytes.map_err(failed)?)?;
        }
        Ok(Some(layer.digest))
    }
}

fn sparse_warning(image: &LockedImage, who: &str) -> String {
    let platforms: Vec<_> = image.platforms.iter().map(ToString::to_string).collect();
    format!(
        "{who} pins {}, an index that is carried for {} only: a registry that wants all children of \
         an index (Harbor, Distribution) will not have that digest; carry its other {} manifests with \
         `platforms`, or pin the platform's own digest {}",
        image.root.digest,
        platforms.join(", "),
        image.absent.len(),
        image.manifests.first().map_or(image.root.digest, |manifest| manifest.digest),
    )
}

/// Finds which of the digests a chart speaks of; what cannot be unpacked speaks of none.
fn pinned(archive: impl Read, wanted: &[String]) -> Vec<String> {
    let mut found = vec![false; wanted.len()];
    let Ok(mut reader) = sre_compression::unpack(archive, MAX_LOOK) else { return Vec::new() };
    let (mut buffer, mut kept) = (vec![0; 1 << 20], 0);
    while let Ok(read @ 1..) = reader.read(&mut buffer[kept..]) {
        let text = String::from_utf8_lossy(&buffer[..kept + read]).into_owned();
        for (hex, found) in wanted.iter().zip(&mut found) {
            *found |= text.contains(hex.as_str());
        }
        // A digest may lie across two reads.
        let end = kept + read;
        let start = end.saturating_sub(64);
        buffer.copy_within(start..end, 0);
        kept = end - start;
    }
    let hits = wanted.iter().zip(found).filter(|(_, found)| *found);
    hits.map(|(hex, _)| hex.clone()).collect()
}
