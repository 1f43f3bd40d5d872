//! The lock: every input of a bundle resolved to a digest.
//!
//! `sre-bundle lock` writes `images.lock`; everything later obeys it. [`Lock::parse`] reads it
//! strictly, [`Lock`]'s `Display` writes it: sorted, one thing a line, the same bytes for the same
//! lock. `docs/lock.md` describes each field.
//!
//! A kind of input that becomes files of its own is a variant of [`SetKind`], a table in `raw`, and
//! the arms that the compiler then asks for; anything else is a variant of [`Kind`] and of [`Input`].
//!
//! Deliberately absent: resolving, which talks to upstreams and is `sre-bundle`'s.

mod chart;
mod error;
mod file;
mod file_set;
mod folder;
mod git;
mod image;
mod kind;
mod raw;
mod raw_folder;
mod raw_set;
mod unconfirmed;
mod verification;
mod write;
mod write_folder;
mod write_set;

#[cfg(test)]
mod tests;

pub use chart::{
    Archive, ArtifactBlob, ChartForm, HttpChart, LockedChart, chart_tag, is_chart_name,
};
pub use error::LockError;
pub use file::{FILES_FOLDER, FileSource, LockedFile};
pub use file_set::{LockedFileSet, Made, PlacedFile, PlacedOrigin, SetKind, bytes_of};
pub use folder::{FolderLayer, LockedFolder};
pub use git::{GitCommit, ObjectId, ParseObjectIdError};
pub use image::{CarriedManifest, LockedImage, LockedManifest, LockedReferrer};
pub use kind::{Input, Kind};
pub use unconfirmed::Unconfirmed;
pub use verification::Verification;

use crate::manifest::Manifest;

use serde::Serialize;

use crate::{Digest, PlatformName, Timestamp, Word};

/// The version of the lock that this program writes.
pub const LOCK_VERSION: u32 = 1;

/// The most bytes of a lock: room for about 30,000 multi-platform images.
pub const MAX_LOCK_BYTES: usize = 32 << 20;

/// Every input of a bundle, resolved to digests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Lock {
    /// The number that is raised whenever anything changed.
    pub serial: u64,
    /// When it was written; every time stamp of the bundle.
    pub time: Timestamp,
    /// The digest of the bytes of the manifest that it was resolved from.
    pub manifest: Digest,
    /// What the bundle is called.
    pub bundle: LockedBundle,
    /// The images, sorted by reference.
    pub images: Vec<LockedImage>,
    /// The charts, sorted by reference.
    pub charts: Vec<LockedChart>,
    /// The files, sorted by name.
    pub files: Vec<LockedFile>,
    /// The folders, sorted by reference.
    pub folders: Vec<LockedFolder>,
    /// The file sets, sorted by kind, name and version.
    pub sets: Vec<LockedFileSet>,
    /// Images that no upstream has been asked for yet, sorted by reference; nothing is built with any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unconfirmed: Vec<Unconfirmed>,
}

/// What the bundle is called, as the manifest said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LockedBundle {
    /// The name of the product.
    pub name: Word,
    /// The version that people give.
    pub version: Word,
    /// The line of releases whose serials are compared.
    pub channel: Word,
    /// The platforms that images are carried for unless they say otherwise.
    pub platforms: Vec<PlatformName>,
}

impl Lock {
    /// Begins a lock of a manifest, without any input yet and with the first serial.
    #[must_use]
    pub fn begin(manifest: &Manifest, time: Timestamp) -> Self {
        Self {
            serial: 1,
            time,
            manifest: manifest.digest,
            bundle: manifest.bundle.clone(),
            images: Vec::new(),
            charts: Vec::new(),
            files: Vec::new(),
            folders: Vec::new(),
            sets: Vec::new(),
            unconfirmed: Vec::new(),
        }
    }

    /// Reads a lock strictly; `name` is what messages call it.
    pub fn parse(name: &str, bytes: &[u8]) -> Result<Self, LockError> {
        raw::read(name, bytes)
    }

    /// Gives every input, images first.
    pub fn inputs(&self) -> impl Iterator<Item = Input<'_>> {
        let images = self.images.iter().map(Input::Image);
        let charts = self.charts.iter().map(Input::Chart);
        let files = self.files.iter().map(Input::File);
        let folders = self.folders.iter().map(Input::Folder);
        let sets = self.sets.iter().map(Input::Set);
        images.chain(charts).chain(files).chain(folders).chain(sets)
    }

    /// Gives the inputs of one kind.
    pub fn inputs_of(&self, kind: Kind) -> impl Iterator<Item = Input<'_>> {
        self.inputs().filter(move |input| input.kind() == kind)
    }

    /// Puts everything into the order in which it is written.
    pub fn sort(&mut self) {
        self.images.sort_by_cached_key(|image| image.reference.to_string());
        self.charts.sort_by_cached_key(|chart| chart.reference.to_string());
        self.files.sort_by(|one, other| one.name.cmp(&other.name));
        self.folders.sort_by_cached_key(|folder| folder.reference.to_string());
        self.sets.sort_by(|one, other| {
            (one.kind, &one.name, &one.version).cmp(&(other.kind, &other.name, &other.version))
        });
        self.unconfirmed.sort_by_cached_key(|image| image.reference.to_string());
        self.images.iter_mut().for_each(LockedImage::sort);
        self.charts.iter_mut().for_each(LockedChart::sort);
        self.sets.iter_mut().for_each(LockedFileSet::sort);
    }

    /// Follows the lock that stood there before: serial and time stay while the things do.
    pub fn follow(&mut self, old: &Self) {
        let same = self.carries_the_same_as(old);
        self.serial = if same { old.serial } else { old.serial + 1 };
        self.time = if same { old.time } else { self.time.max(old.time) };
    }

    /// Says whether two locks carry the same things; serial and time are no things.
    #[must_use]
    pub fn carries_the_same_as(&self, other: &Self) -> bool {
        let Self {
            serial: _,
            time: _,
            manifest,
            bundle,
            images,
            charts,
            files,
            folders,
            sets,
            unconfirmed,
        } = self;
        (manifest, bundle, images) == (&other.manifest, &other.bundle, &other.images)
            && (charts, files) == (&other.charts, &other.files)
            && (folders, sets, unconfirmed) == (&other.folders, &other.sets, &other.unconfirmed)
    }
}
