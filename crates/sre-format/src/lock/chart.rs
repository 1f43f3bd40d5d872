//! Locked Helm charts.
//!
//! A chart is always carried as an OCI artifact. One from an HTTP repository is made into the
//! artifact that `helm push` would make of it, but with the same bytes every time: the
//! configuration stands in the lock, and the manifest follows from the lock alone.

use serde::Serialize;
use serde_json::json;

use super::{CarriedManifest, LockedManifest, LockedReferrer, Verification};
use crate::{Digest, ImageReference, SourceUrl};

/// Media type of the configuration of a chart: its `Chart.yaml` as JSON.
const CONFIG_TYPE: &str = "application/vnd.cncf.helm.config.v1+json";
/// Media type of the archive of a chart.
const CONTENT_TYPE: &str = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";
/// Media type of the provenance file of a chart.
const PROVENANCE_TYPE: &str = "application/vnd.cncf.helm.chart.provenance.v1.prov";
/// Media type of the manifest.
const MANIFEST_TYPE: &str = "application/vnd.oci.image.manifest.v1+json";

/// Says whether a chart may have this name: letters, digits, `-`, `_` and `.`, the first one no sign.
///
/// It becomes a part of tags and of names of files, and a word of command lines.
#[must_use]
pub fn is_chart_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    name.len() <= MAX_CHART_NAME
        && bytes.next().is_some_and(|first| first.is_ascii_alphanumeric())
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}

/// The longest name of a chart, in bytes, as helm has it.
const MAX_CHART_NAME: usize = 250;

/// A Helm chart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LockedChart {
    /// The name of the chart.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The reference under which it is carried.
    pub reference: ImageReference,
    /// The manifest of the artifact.
    #[serde(flatten)]
    pub root: LockedManifest,
    /// Signatures and other artifacts that refer to it.
    pub referrers: Vec<LockedReferrer>,
    /// Bytes of all distinct blobs, manifest included.
    pub bytes: u64,
    /// The registry, mirror or repository that it was resolved from.
    pub source: SourceUrl,
    /// Where its bytes come from.
    #[serde(flatten)]
    pub form: ChartForm,
    /// What was checked.
    pub verified: Vec<Verification>,
}

/// Where the bytes of a chart come from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "form", rename_all = "lowercase")]
pub enum ChartForm {
    /// It is an OCI artifact already.
    Oci,
    /// It is an archive in an HTTP repository.
    Http(Box<HttpChart>),
}

/// A chart in an HTTP repository.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HttpChart {
    /// The archive.
    pub archive: Archive,
    /// The provenance file beside it, where the repository has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provenance: Option<Archive>,
    /// The configuration of the artifact: `Chart.yaml` as JSON.
    pub config: String,
}

/// A file at a URL.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Archive {
    /// Where it lies.
    pub url: SourceUrl,
    /// The digest of its bytes.
    pub digest: Digest,
    /// The count of its bytes.
    pub size: u64,
}

/// A blob whose bytes follow from the lock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArtifactBlob {
    /// What kind of thing it is.
    pub media_type: &'static str,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl ArtifactBlob {
    /// Describes a blob that is a manifest, as a lock does.
    pub(super) fn as_manifest(&self) -> LockedManifest {
        LockedManifest {
            digest: Digest::of(&self.bytes),
            size: self.bytes.len() as u64,
            media_type: self.media_type.into(),
            platform: None,
        }
    }
}

impl LockedChart {
    /// Gives the manifests that are carried: the artifact and its referrers.
    pub fn carried(&self) -> impl Iterator<Item = CarriedManifest<'_>> {
        let root = self.root.carried(&self.reference);
        let referrers = self.referrers.iter().map(|one| one.carried(&self.reference));
        std::iter::once(root).chain(referrers)
    }

    pub(super) fn sort(&mut self) {
        self.referrers.sort_by(LockedReferrer::order);
    }
}

impl HttpChart {
    /// Gives the fetched files with the media types that they have as layers.
    pub fn archives(&self) -> impl Iterator<Item = (&'static str, &Archive)> {
        let provenance = self.provenance.iter().map(|file| (PROVENANCE_TYPE, file));
        std::iter::once((CONTENT_TYPE, &self.archive)).chain(provenance)
    }

    /// Makes manifest and configuration of the artifact; its other blobs are the archives.
    #[must_use]
    pub fn artifact(&self) -> [ArtifactBlob; 2] {
        let layer = |media_type: &str, archive: &Archive| json!({ "mediaType": media_type, "digest": archive.digest, "size": archive.size });
        let mut layers = vec![layer(CONTENT_TYPE, &self.archive)];
        layers.extend(self.provenance.iter().map(|file| layer(PROVENANCE_TYPE, file)));
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": MANIFEST_TYPE,
            "config": {
                "mediaType": CONFIG_TYPE,
                "digest": Digest::of(self.config.as_bytes()),
                "size": self.config.len(),
            },
            "layers": layers,
        });
        [
            ArtifactBlob { media_type: MANIFEST_TYPE, bytes: manifest.to_string().into_bytes() },
            ArtifactBlob { media_type: CONFIG_TYPE, bytes: self.config.clone().into_bytes() },
        ]
    }

    /// Gives the manifest of the artifact as the lock names it.
    #[must_use]
    pub fn root(&self) -> LockedManifest {
        let [manifest, _] = self.artifact();
        manifest.as_manifest()
    }

    /// Gives the bytes of all blobs of the artifact.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        let made: usize = self.artifact().iter().map(|blob| blob.bytes.len()).sum();
        let provenance = self.provenance.as_ref().map_or(0, |file| file.size);
        made as u64 + self.archive.size + provenance
    }
}

/// Gives the tag of a chart version: tags cannot hold the `+` of a build (helm pushes so, too).
#[must_use]
pub fn chart_tag(version: &str) -> String {
    version.replace('+', "_")
}
