//! The images, charts and artifacts of a bundle, from its OCI index and their manifests.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::bundle::{INDEX_PATH, ReadError, VerifiedBundle};
use crate::{Digest, Explain, Fault};

/// Annotation that names a thing in `oci/index.json`.
const REFERENCE: &str = "org.opencontainers.image.ref.name";
/// Indexes within indexes that are followed (OCI allows any depth, nobody makes more than two).
const MAX_DEPTH: usize = 4;
/// The type of the configuration that makes a manifest a Helm chart.
const CHART_CONFIG: &str = "application/vnd.cncf.helm.config.v1+json";

/// One thing that the OCI layout of a bundle carries under a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Carried {
    /// Full reference, such as `docker.io/library/nginx:1.27`.
    pub reference: String,
    /// What it is.
    pub kind: CarriedKind,
    /// Digest of its manifest or index.
    pub digest: Digest,
    /// Media type of its manifest or index.
    pub media_type: String,
    /// Platforms that are carried, for an index.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub platforms: Vec<String>,
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
    /// A thing is named and not there.
    #[error("the bundle names `{reference}` and does not hold its manifest {digest}")]
    Absent {
        /// Name of the thing.
        reference: String,
        /// Digest of the manifest.
        digest: Digest,
    },
}

#[derive(Deserialize)]
struct Index {
    manifests: Vec<Descriptor>,
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Descriptor {
    media_type: String,
    digest: Digest,
    size: u64,
    #[serde(default)]
    annotations: BTreeMap<String, String>,
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
pub fn named(bundle: &VerifiedBundle) -> Result<Vec<(String, Digest)>, ImagesError> {
    let named = index(bundle)?.into_iter().map(|(reference, row)| (reference, row.digest));
    Ok(named.collect())
}

/// Lists what the OCI layout carries, in the order of the references.
///
/// Reads the index and every carried manifest, each checked; layers are not touched.
pub fn images(bundle: &VerifiedBundle) -> Result<Vec<Carried>, ImagesError> {
    let mut carried = Vec::new();
    for (reference, row) in index(bundle)? {
        let mut walk = Walk { bundle, seen: BTreeMap::new(), platforms: BTreeSet::new() };
        let manifest = walk.manifest(&row)?;
        let Some(manifest) = manifest else {
            return Err(ImagesError::Absent { reference, digest: row.digest });
        };
        let kind = kind(&manifest);
        walk.follow(&manifest, 0)?;
        carried.push(Carried {
            reference,
            kind,
            digest: row.digest,
            media_type: row.media_type,
            platforms: walk.platforms.into_iter().collect(),
            blobs: walk.seen.len(),
            bytes: walk.seen.values().sum(),
        });
    }
    Ok(carried)
}

fn index(bundle: &VerifiedBundle) -> Result<Vec<(String, Descriptor)>, ImagesError> {
    let Some(entry) = bundle.entry(INDEX_PATH) else { return Ok(Vec::new()) };
    let bytes = bundle.read_whole(entry)?;
    let index: Index = serde_json::from_slice(&bytes).map_err(ImagesError::Index)?;
    let mut rows: Vec<_> = index
        .manifests
        .into_iter()
        .map(|row| (row.annotations.get(REFERENCE).cloned().unwrap_or_default(), row))
        .collect();
    rows.sort_by(|one, other| one.0.cmp(&other.0));
    Ok(rows)
}

/// One thing with everything below it.
struct Walk<'a> {
    bundle: &'a VerifiedBundle,
    seen: BTreeMap<Digest, u64>,
    platforms: BTreeSet<String>,
}

impl Walk<'_> {
    /// Reads a manifest that is carried; an index may name children that are not.
    fn manifest(&mut self, row: &Descriptor) -> Result<Option<Manifest>, ImagesError> {
        let Some(entry) = self.bundle.blob(&row.digest) else { return Ok(None) };
        let bytes = self.bundle.read_whole(entry)?;
        self.seen.insert(row.digest, entry.size);
        let digest = row.digest;
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
            let Some(child) = self.manifest(row)? else { continue };
            self.platforms.extend(row.platform.as_ref().map(Platform::name));
            self.follow(&child, depth + 1)?;
        }
        Ok(())
    }
}

impl Platform {
    fn name(&self) -> String {
        let variant = self.variant.as_ref().map(|variant| format!("/{variant}"));
        format!("{}/{}{}", self.os, self.architecture, variant.unwrap_or_default())
    }
}

fn kind(manifest: &Manifest) -> CarriedKind {
    let config = manifest.config.as_ref().map(|config| config.media_type.as_str());
    match config {
        _ if manifest.subject.is_some() => CarriedKind::Referrer,
        Some(CHART_CONFIG) => CarriedKind::Chart,
        _ if manifest.artifact_type.is_some() => CarriedKind::Artifact,
        Some(
            "application/vnd.oci.image.config.v1+json"
            | "application/vnd.docker.container.image.v1+json",
        )
        | None => CarriedKind::Image,
        Some(_) => CarriedKind::Artifact,
    }
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
