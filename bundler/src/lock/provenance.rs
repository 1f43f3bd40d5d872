//! Helm provenance: a clear-signed file beside a chart that names the digest of its archive
//! (<https://helm.sh/docs/topics/provenance>).

use std::collections::BTreeMap;

use serde::Deserialize;
use sre_format::lock::Verification;
use sre_format::manifest::Chart;
use sre_format::{Digest, ImageReference, Timestamp};
use sre_oci::{Content, Descriptor};

use super::file::check;
use super::helm::MAX_PROVENANCE;
use super::{ResolveError, Resolver};
use crate::publisher_keys::read_keyring;

/// The media type of a provenance file in a registry.
const PROVENANCE: &str = "application/vnd.cncf.helm.chart.provenance.v1.prov";
/// The media type of an archive in a registry.
const CONTENT: &str = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";

/// The second document of a provenance file.
#[derive(Deserialize)]
struct Sums {
    files: BTreeMap<String, String>,
}

impl Resolver<'_> {
    /// Checks the provenance file of an archive, where the manifest names keys for the chart.
    pub(super) fn check_provenance(
        &self,
        chart: &Chart,
        name: &str,
        archive: Digest,
        provenance: Option<&[u8]>,
    ) -> Result<Option<Verification>, ResolveError> {
        let Some(path) = &chart.keyring else { return Ok(None) };
        let missing = || ResolveError::NoProvenance { chart: name.to_owned() };
        let document = provenance.ok_or_else(missing)?;
        let keyring = read_keyring(self.folder, [path])?;
        let signed = keyring.verify_clear_signed(document, Timestamp::now());
        let signed =
            signed.map_err(|source| ResolveError::Provenance { chart: name.to_owned(), source })?;
        let malformed = |reason: &str| ResolveError::Malformed {
            what: format!("the provenance file of {name}"),
            reason: reason.to_owned(),
        };
        // Helm parts the metadata from the sums by the end mark of YAML.
        let (_, sums) =
            signed.text.split_once("\n...\n").ok_or_else(|| malformed("it has no sums"))?;
        let sums: Sums =
            serde_saphyr::from_str(sums).map_err(|error| malformed(&error.to_string()))?;
        let mut named = sums.files.values();
        let (Some(sum), None) = (named.next(), named.next()) else {
            return Err(malformed("it must name one archive"));
        };
        let promised =
            sum.parse().map_err(|_| malformed("the digest of the archive is no SHA-256"))?;
        check(name, "its provenance file", Some(promised), archive)?;
        let key = signed.signatures.first().map(|good| good.certificate.to_string());
        Ok(key.map(|key| Verification::ChartProvenance { key }))
    }

    /// The same for a chart in a registry, where the file is a layer of the artifact.
    pub(super) async fn check_oci_provenance(
        &self,
        chart: &Chart,
        reference: &ImageReference,
        digest: Digest,
    ) -> Result<Option<Verification>, ResolveError> {
        if chart.keyring.is_none() {
            return Ok(None);
        }
        let place = self.place(reference)?;
        let manifest = place.by_digest(digest).await?;
        let Content::Image { layers, .. } = manifest.content() else {
            let found = manifest.media_type().to_owned();
            return Err(ResolveError::NoChart { reference: reference.clone(), found });
        };
        let layer = |wanted: &str| layers.iter().find(|layer| layer.media_type == wanted);
        let archive = layer(CONTENT).ok_or_else(|| ResolveError::NoChart {
            reference: reference.clone(),
            found: manifest.media_type().to_owned(),
        })?;
        let provenance = match layer(PROVENANCE) {
            Some(file) => Some(self.provenance_layer(reference, file).await?),
            None => None,
        };
        self.check_provenance(chart, &reference.to_string(), archive.digest, provenance.as_deref())
    }

    async fn provenance_layer(
        &self,
        reference: &ImageReference,
        layer: &Descriptor,
    ) -> Result<bytes::Bytes, ResolveError> {
        let place = self.place(reference)?;
        let bytes = place.client.whole_blob(place.repository(), layer, MAX_PROVENANCE).await;
        bytes.map_err(place.failed())
    }
}
