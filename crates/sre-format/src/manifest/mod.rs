//! The manifest: what a person wants in the bundle.
//!
//! `manifest.toml` goes through three hands: `raw` says which keys there are (and with them the
//! JSON schema that editors use), `unknown` finds every key that is none of them, `check` turns
//! the rest into a [`Manifest`] that can only be valid. Each problem is shown with its line, all
//! of them at once. `docs/manifest.md` describes each key.
//!
//! Deliberately absent: digests of anything but what the manifest itself pins, which the lock has.

mod check;
mod error;
mod raw;
mod unknown;

#[cfg(test)]
mod tests;

pub use error::ManifestError;

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::bundle::BundlePath;
use crate::lock::LockedBundle;
use crate::{Digest, ImageReference, PlatformName, SourceUrl};

/// The most bytes of a manifest.
pub const MAX_MANIFEST_BYTES: usize = 4 << 20;

/// What a person wants in the bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// The digest of its bytes.
    pub digest: Digest,
    /// What the bundle is called.
    pub bundle: LockedBundle,
    /// What is special about a host, by `host` or `host:port`.
    pub registries: BTreeMap<String, RegistryOptions>,
    /// The images.
    pub images: Vec<Image>,
    /// The charts.
    pub charts: Vec<Chart>,
    /// The files.
    pub files: Vec<File>,
}

/// What is special about a host; it holds for images, charts and files alike.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RegistryOptions {
    /// How images and OCI charts are asked for.
    pub protocol: Protocol,
    /// A PEM file of certificates to trust beside those of the system, relative to the manifest.
    pub ca_file: Option<PathBuf>,
    /// Places to ask before the host itself, in this order.
    pub mirrors: Vec<SourceUrl>,
}

/// How a registry is asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Protocol {
    /// Over TLS with a certificate that is checked.
    #[default]
    Https,
    /// Over plain HTTP; digests still protect what is locked, nothing protects the first look.
    PlainHttp,
}

/// An image that is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// Its reference, with a tag, a digest or both.
    pub reference: ImageReference,
    /// The platforms that are wanted.
    pub platforms: Vec<PlatformName>,
}

/// A chart that is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chart {
    /// Where it is.
    pub source: ChartSource,
    /// Its version, exactly.
    pub version: String,
    /// The digest that it must have: of the manifest in a registry, of the archive elsewhere.
    pub pinned: Option<Digest>,
}

/// Where a chart is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChartSource {
    /// In a registry, under this name and the version as tag.
    Oci(ImageReference),
    /// In a repository with an `index.yaml`.
    Http {
        /// The address of the repository.
        repository: SourceUrl,
        /// The name of the chart in it.
        name: String,
    },
}

/// A file that is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its name inside the bundle, below `files/`.
    pub name: BundlePath,
    /// Where it comes from, and how it is known to be the right one.
    pub source: FileOrigin,
}

/// Where a file comes from, and how it is known to be the right one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileOrigin {
    /// A URL with the digest of what it gives.
    Pinned(SourceUrl, Digest),
    /// A URL with another that gives a checksum file.
    Checksummed(SourceUrl, SourceUrl),
    /// A path relative to the manifest, with the digest if the manifest names one.
    Local(String, Option<Digest>),
}

impl Manifest {
    /// Reads a manifest strictly; `name` is what messages call it.
    pub fn parse(name: &str, bytes: &[u8]) -> Result<Self, ManifestError> {
        check::read(name, bytes)
    }
}

/// Gives the JSON schema of the manifest, as `docs/schemas/manifest.schema.json` has it.
#[must_use]
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(raw::RawManifest).to_value()
}
