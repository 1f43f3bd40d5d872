//! Manifests and indexes, read strictly and kept byte for byte.
//!
//! A digest names bytes, not meaning: whoever parses a manifest and writes it again has made
//! another image. So [`Manifest`] keeps the bytes it was read from, and only looks into them.
//! It refuses what two readers could understand differently (image-spec, "Guidance on media
//! types"; CVE-2021-41190): a body with both `manifests` and `layers`, a `mediaType` that is not
//! the type it was delivered as, a key that differs from a known one only in case, and the first
//! schema of Docker, whose digest does not cover its bytes.

mod error;
mod keys;
mod raw;

use std::collections::BTreeMap;

use bytes::Bytes;
use sre_format::Digest;

pub use error::ManifestError;

use crate::descriptor::Descriptor;
use crate::media_type;

/// The largest manifest, in bytes: what registries must accept (distribution-spec, "Pushing manifests").
pub const MAX_MANIFEST: u64 = 4 << 20;
/// The most layers or children of one manifest; the longest real lists have some hundreds.
pub const MAX_DESCRIPTORS: usize = 4096;
/// The largest blob that a manifest may announce, in bytes (1 TiB): more is a lie or a mistake.
pub const MAX_BLOB: u64 = 1 << 40;

/// A manifest or index: its bytes as upstream had them, and what they say.
#[derive(Clone, Debug)]
pub struct Manifest {
    bytes: Bytes,
    media_type: String,
    digest: Digest,
    artifact_type: Option<String>,
    subject: Option<Descriptor>,
    annotations: BTreeMap<String, String>,
    content: Content,
}

/// What a manifest names.
#[derive(Clone, Debug)]
pub enum Content {
    /// An image or artifact: a config and its layers.
    Image {
        /// The config blob.
        config: Box<Descriptor>,
        /// The layers, lowest first.
        layers: Vec<Descriptor>,
    },
    /// A list of manifests, often one for each platform.
    Index {
        /// The children.
        manifests: Vec<Descriptor>,
    },
}

impl Manifest {
    /// Reads a manifest that was delivered as `media_type` (a `Content-Type` with or without parameters).
    pub fn parse(bytes: Bytes, media_type: &str) -> Result<Self, ManifestError> {
        if bytes.len() as u64 > MAX_MANIFEST {
            return Err(ManifestError::TooLong { size: bytes.len() as u64 });
        }
        let parts = raw::read(&bytes, media_type::without_parameters(media_type))?;
        Ok(Self {
            digest: Digest::of(&bytes),
            bytes,
            media_type: parts.media_type,
            artifact_type: parts.artifact_type,
            subject: parts.subject,
            annotations: parts.annotations,
            content: parts.content,
        })
    }

    /// Gives the bytes as they were read.
    #[must_use]
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// Gives the media type, one of [`media_type::MANIFESTS`].
    #[must_use]
    pub fn media_type(&self) -> &str {
        &self.media_type
    }

    /// Gives the digest of the bytes, computed here.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// Gives the count of the bytes.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.bytes.len() as u64
    }

    /// Gives what the manifest names.
    #[must_use]
    pub fn content(&self) -> &Content {
        &self.content
    }

    /// Gives the annotations of the manifest itself.
    #[must_use]
    pub fn annotations(&self) -> &BTreeMap<String, String> {
        &self.annotations
    }

    /// Gives the kind of artifact: `artifactType`, else the media type of the config
    /// (distribution-spec, "Listing referrers").
    #[must_use]
    pub fn artifact_type(&self) -> Option<&str> {
        match (&self.artifact_type, &self.content) {
            (Some(artifact_type), _) => Some(artifact_type),
            (None, Content::Image { config, .. }) => Some(&config.media_type),
            (None, Content::Index { .. }) => None,
        }
    }

    /// Gives a descriptor that names this manifest by type, digest and size.
    #[must_use]
    pub fn descriptor(&self) -> Descriptor {
        Descriptor::new(&self.media_type, self.digest, self.size())
    }

    /// Gives the descriptor that a list of referrers shows: with artifact type and annotations.
    #[must_use]
    pub fn referrer_descriptor(&self) -> Descriptor {
        Descriptor {
            artifact_type: self.artifact_type().map(str::to_owned),
            annotations: self.annotations.clone(),
            ..self.descriptor()
        }
    }

    /// Gives the manifest that this one says something about.
    #[must_use]
    pub fn subject(&self) -> Option<&Descriptor> {
        self.subject.as_ref()
    }

    /// Gives the blobs of an image, config first; an index has none.
    pub fn blobs(&self) -> impl Iterator<Item = &Descriptor> {
        let (config, layers) = match &self.content {
            Content::Image { config, layers } => (Some(config.as_ref()), layers.as_slice()),
            Content::Index { .. } => (None, [].as_slice()),
        };
        config.into_iter().chain(layers)
    }

    /// Gives the children of an index; an image has none.
    #[must_use]
    pub fn children(&self) -> &[Descriptor] {
        match &self.content {
            Content::Image { .. } => &[],
            Content::Index { manifests } => manifests,
        }
    }
}

#[cfg(test)]
mod tests;
