//! The manifest: what a person wants in the bundle.
//!
//! `manifest.toml` goes through three hands: `raw` says which tables there are (and with them the
//! JSON schema that editors use), [`shape`](crate::shape) finds every key that none of them has, `check`
//! turns the rest into a [`Manifest`] that can only be valid. Each table has a file of its own. Each
//! problem is shown with its line, all of them at once. `docs/manifest.md` describes each key.
//!
//! Deliberately absent: digests of anything but what the manifest itself pins, which the lock has.

mod ansible;
mod bundle;
mod chart;
mod check;
mod deb;
mod download;
mod error;
mod file;
mod folder;
mod git;
mod image;
mod kubernetes;
mod mirrored;
mod os_image;
mod packer_plugin;
mod raw;
mod registry;
mod rendering;
mod repository;
mod rke2;
mod rpm;
mod tofu_provider;
mod tool;

#[cfg(test)]
mod tests;

pub use ansible::{
    Ansible, Python, PythonPackage, Role, WantedCollection, is_collection_word, normal_python_name,
};
pub use bundle::ImageSigning;
pub use chart::{Chart, ChartSource};
pub use deb::{DebBase, DebPackage, DebRepository, DebUpstream, DebWeak};
pub use download::{Download, DownloadedSet};
pub use error::ManifestError;
pub use file::{File, FileOrigin};
pub use folder::Folder;
pub use git::Git;
pub use image::Image;
pub use kubernetes::Kubernetes;
pub use mirrored::Mirrored;
pub use packer_plugin::PackerPlugin;
pub use registry::{Protocol, RegistryOptions};
pub use rendering::Rendering;
pub use repository::{Repository, RepositoryPlaces};
pub use rpm::{RpmBase, RpmSet, WeakChoice};
pub use tofu_provider::{PackageForPlatform, TofuProvider};

use std::collections::BTreeMap;

use crate::Digest;
use crate::lock::LockedBundle;

/// The most bytes of a manifest.
pub const MAX_MANIFEST_BYTES: usize = 4 << 20;

/// What a person wants in the bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// The digest of its bytes.
    pub digest: Digest,
    /// What the bundle is called.
    pub bundle: LockedBundle,
    /// Whether its images get signatures of its keys.
    pub image_signing: ImageSigning,
    /// What is special about a host, by `host` or `host:port`.
    pub registries: BTreeMap<String, RegistryOptions>,
    /// The cluster that the bundle is for, where the manifest says so.
    pub kubernetes: Option<Kubernetes>,
    /// The images.
    pub images: Vec<Image>,
    /// The charts.
    pub charts: Vec<Chart>,
    /// The files.
    pub files: Vec<File>,
    /// The folders.
    pub folders: Vec<Folder>,
    /// The commits of git repositories.
    pub commits: Vec<Git>,
    /// What is downloaded for each platform: tools, images of operating systems.
    pub downloads: Vec<DownloadedSet>,
    /// What is laid out as a mirror of the registry that it comes from.
    pub mirrored: Vec<Mirrored>,
    /// RPM packages with what they need, each set a repository of its own.
    pub rpms: Vec<RpmSet>,
    /// Packages of Debian and its kin.
    pub debs: Vec<DebRepository>,
}

impl Manifest {
    /// Gives how many inputs it names.
    #[must_use]
    pub fn inputs(&self) -> usize {
        let named = self.images.len() + self.charts.len() + self.files.len() + self.folders.len();
        let mirrored = self.mirrored.len() + self.rpms.len() + self.debs.len();
        named + self.commits.len() + self.downloads.len() + mirrored
    }

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
