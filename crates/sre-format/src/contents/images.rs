//! The images, charts and artifacts of a bundle, from its OCI index and their manifests.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::bundle::{IMAGE_SIGNATURES_PATH, INDEX_PATH, ReadError, VerifiedBundle};
use crate::{Digest, Explain, Fault, ImageReference, PlatformName};

/// Indexes within indexes that are followed (OCI allows any depth, nobody makes more than two).
const MAX_DEPTH: usize = 4;
/// The type of the configuration that makes a manifest a Helm chart.
const CHART_CONFIG: &str = "application/vnd.cncf.helm.config.v1+json";

/// One thing that the OCI layout of a bundle carries under a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Carried {
    /// Full reference, such as `docker.io/library/nginx:1.27`.
    pub reference: ImageReference,
    /// What it is.
    pub kind: CarriedKind,
    /// Digest of its manifest or index.
    pub digest: Digest,
    /// Media type of its manifest or index.
    pub media_type: String,
    /// Platforms that are carried, for an index.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub platforms: Vec<PlatformName>,
    /// Count of its distinct blobs, manifests included.
    pub blobs: usize,
    /// Sum of their sizes in bytes; blobs that images share count for each of them.
    pub bytes: u64,
}

/// What a carried thing is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CarriedKind {
    /// A container image, or an index of them.
    Image,
    /// A Helm chart.
    Chart,
    /// Something that refers to another thing: a signature, an SBOM, an attestation.
    Referrer,
    /// Any other OCI artifact.
    Artifact,
}

/// Says why the OCI layout of a bundle cannot be listed.
#[derive(Debug, thiserror::Error)]
pub enum ImagesError {
    /// An entry cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A manifest or index is no JSON of its kind.
    #[error("`{digest}` in the bundle is no manifest")]
    Manifest {
        /// Digest of the manifest.
        digest: Digest,
        /// Why it is none.
        source: serde_json::Error,
    },
    /// The OCI index is no JSON of its kind.
    #[error("`{INDEX_PATH}` cannot be understood")]
    Index(#[source] serde_json::Error),
    /// The index of signatures is no JSON of its kind.
    #[error("`{IMAGE_SIGNATURES_PATH}` cannot be understood")]
    SignatureIndex(#[source] serde_json::Error),
    /// The index of signatures names something else.
    #[error("`{IMAGE_SIGNATURES_PATH}` names `{reference}`, which is no signature")]
    NoSignature {
        /// The name.
        reference: ImageReference,
    },
    /// The lock that the bundle carries cannot be read.
    #[error(transparent)]
    Lock(#[from] crate::lock::LockError),
    /// A thing is named and not there.
    #[error("the bundle names `{reference}` and does not hold its manifest {digest}")]
    Absent {
        /// Name of the thing.
        reference: ImageReference,
        /// Digest of the manifest.
        digest: Digest,
    },
}

#[derive(Deserialize)]
struct Index {
    manifests: Vec<Row>,
}

/// One thing of the index; its name is read as one, so that nobody's text is shown instead.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    media_type: String,
    digest: Digest,
    annotations: Annotations,
}

#[derive(Deserialize)]
struct Annotations {
    /// A full reference (image-spec, "Pre-Defined Annotation Keys").
    #[serde(rename = "org.opencontainers.image.ref.name")]
    reference: ImageReference,
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Descriptor {
    media_type: String,
    digest: Digest,
    size: u64,
    platform: Option<Platform>,
}

#[derive(Clone, Deserialize)]
struct Platform {
    os: String,
    architecture: String,
    variant: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Manifest {
    config: Option<Descriptor>,
    #[serde(default)]
    layers: Vec<Descriptor>,
    #[serde(default)]
    manifests: Vec<Descriptor>,
    subject: Option<Descriptor>,
    artifact_type: Option<String>,
}

/// Lists what the OCI layout carries by name, without reading any manifest.
pub fn named(bundle: &VerifiedBundle) -> Result<Vec<(ImageReference, Digest)>, ImagesError> {
    let named = index(bundle)?.into_iter().map(|row| (row.annotations.reference, row.digest));
    Ok(named.collect())
}

/// Lists what the OCI layout carries, in the order of the references.
///
/// Reads the index and every carried manifest, each checked; layers are not touched.
pub fn images(bundle: &VerifiedBundle) -> Result<Vec<Carried>, ImagesError> {
    let mut carried = Vec::new();
    for Row { media_type, digest, annotations } in index(bundle)? {
        let reference = annotations.reference;
        let mut walk = Walk { bundle, seen: BTreeMap::new(), platforms: BTreeSet::new() };
        let Some(manifest) = walk.manifest(digest)? else {
            return Err(ImagesError::Absent { reference, digest });
        };
        let kind = kind(&manifest);
        walk.follow(&manifest, 0)?;
        carried.push(Carried {
            reference,
            kind,
            digest,
            media_type,
            platforms: walk.platforms.into_iter().collect(),
            blobs: walk.seen.len(),
            bytes: walk.seen.values().sum(),
        });
    }
    Ok(carried)
}

fn index(bundle: &VerifiedBundle) -> Result<Vec<Row>, ImagesError> {
    let Some(entry) = bundle.entry(INDEX_PATH) else { return Ok(Vec::new()) };
    let bytes = bundle.read_whole(entry)?;
    let index: Index = serde_json::from_slice(&bytes).map_err(ImagesError::Index)?;
    let mut rows = index.manifests;
    rows.sort_by(|one, other| one.annotations.reference.cmp(&other.annotations.reference));
    Ok(rows)
}

/// One thing with everything below it.
struct Walk<'a> {
    bundle: &'a VerifiedBundle,
    seen: BTreeMap<Digest, u64>,
    platforms: BTreeSet<PlatformName>,
}

impl Walk<'_> {
    /// Reads a manifest that is carried; an index may name children that are not.
    fn manifest(&mut self, digest: Digest) -> Result<Option<Manifest>, ImagesError> {
        let Some(entry) = self.bundle.blob(&digest) else { return Ok(None) };
        let bytes = self.bundle.read_whole(entry)?;
        self.seen.insert(digest, entry.size);
        let parsed = serde_json::from_slice(&bytes);
        parsed.map(Some).map_err(|source| ImagesError::Manifest { digest, source })
    }

    fn follow(&mut self, manifest: &Manifest, depth: usize) -> Result<(), ImagesError> {
        for blob in manifest.config.iter().chain(&manifest.layers) {
            if self.bundle.blob(&blob.digest).is_some() {
                self.seen.insert(blob.digest, blob.size);
            }
        }
        for row in manifest.manifests.iter().filter(|_| depth < MAX_DEPTH) {
            if self.seen.contains_key(&row.digest) {
                continue;
            }
            let Some(child) = self.manifest(row.digest)? else { continue };
            self.platforms.extend(row.platform.as_ref().and_then(Platform::name));
            self.follow(&child, depth + 1)?;
        }
        Ok(())
    }
}

impl Platform {
    /// Gives the name, where the index says something that can be one.
    fn name(&self) -> Option<PlatformName> {
        let variant = self.variant.as_ref().map(|variant| format!("/{variant}"));
        let name = format!("{}/{}{}", self.os, self.architecture, variant.unwrap_or_default());
        name.parse().ok()
    }
}

fn kind(manifest: &Manifest) -> CarriedKind {
    let config = manifest.config.as_ref().map(|config| config.media_type.as_str());
    match config {
        _ if manifest.subject.is_some() => CarriedKind::Referrer,
        Some(CHART_CONFIG) => CarriedKind::Chart,
        _ if manifest.artifact_type.is_some() => CarriedKind::Artifact,
        // Signatures under a tag wear the configuration of an image.
        _ if manifest.layers.iter().any(|layer| is_attached(&layer.media_type)) => {
            CarriedKind::Artifact
        }
        Some(
            "application/vnd.oci.image.config.v1+json"
            | "application/vnd.docker.container.image.v1+json",
        )
        | None => CarriedKind::Image,
        Some(_) => CarriedKind::Artifact,
    }
}

/// Says whether a layer is a signature, an attestation or an SBOM, as cosign attaches them by tag.
fn is_attached(media_type: &str) -> bool {
    const ATTACHED: [&str; 4] = [
        "application/vnd.dev.cosign.",
        "application/vnd.dsse.envelope.",
        "application/vnd.cyclonedx",
        "text/spdx",
    ];
    ATTACHED.iter().any(|start| media_type.starts_with(start))
}

impl CarriedKind {
    /// Gives the word that lists show.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Chart => "chart",
            Self::Referrer => "referrer",
            Self::Artifact => "artifact",
        }
    }
}

impl Explain for ImagesError {
    fn fault(&self) -> Fault {
        match self {
            Self::Read(error) => error.fault(),
            _ => Fault::Integrity,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Read(error) => error.hint(),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind_of(layer: &str) -> CarriedKind {
        let digest = Digest::of(b"");
        let manifest = serde_json::json!({
            "config": { "mediaType": "application/vnd.oci.image.config.v1+json", "digest": digest, "size": 0 },
            "layers": [{ "mediaType": layer, "digest": digest, "size": 0 }],
        });
        kind(&serde_json::from_value(manifest).unwrap())
    }

    #[test]
    fn what_is_attached_by_tag_is_no_image() {
        assert_eq!(kind_of("application/vnd.oci.image.layer.v1.tar+gzip"), CarriedKind::Image);
        for attached in [
            "application/vnd.dev.cosign.simplesigning.v1+json",
            "application/vnd.dsse.envelope.v1+json",
            "application/vnd.cyclonedx+json",
            "text/spdx+json",
        ] {
            assert_eq!(kind_of(attached), CarriedKind::Artifact, "{attached}");
        }
    }
}
