//! Every entry of the bundle, each digest once.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry as Slot;
use std::path::Path;
use std::sync::Arc;

use sre_format::bundle::{
    BLOBS_FOLDER, BundlePath, Encoding, EntryKind, IMAGE_SIGNATURES_PATH, INDEX_PATH, Identity,
    LAYOUT_PATH, LOCK_PATH, ParsePathError, PlannedEntry, TableError,
};
use sre_format::lock::{
    Archive, ChartForm, FileSource, HttpChart, Lock, LockedFile, LockedFileSet, LockedFolder,
    PlacedOrigin, SetKind, bytes_of,
};
use sre_format::{Digest, Explain, Fault, ImageReference};
use sre_oci::{Descriptor, ManifestError};

use super::index::{OCI_LAYOUT, index_json};
use super::manifests::Manifests;
use crate::deb::{self, DebError};
use crate::fetch::{FetchError, Filling, Item, Source};
use crate::image_signatures::MadeSignatures;
use crate::repositories::MadeFile;

/// Says why the contents cannot be collected.
#[derive(Debug, thiserror::Error)]
pub enum ContentsError {
    /// A manifest cannot be fetched or kept.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// A manifest is not what the lock says it is.
    #[error("the manifest of {reference} is refused")]
    Manifest {
        /// Which manifest.
        reference: ImageReference,
        /// What is wrong with it.
        #[source]
        source: ManifestError,
    },
    /// A manifest came with another media type or size.
    #[error(
        "{reference} came as `{found}` of {bytes} bytes, and the lock names `{locked}` of {size} bytes"
    )]
    Differs {
        /// Which manifest.
        reference: ImageReference,
        /// Media type of the lock.
        locked: String,
        /// Size of the lock.
        size: u64,
        /// Media type of the answer.
        found: String,
        /// Size of the answer.
        bytes: u64,
    },
    /// The lock names a manifest and does not carry it.
    #[error("the lock contradicts itself: {reference} is named and not carried")]
    Missing {
        /// Which manifest.
        reference: ImageReference,
    },
    /// Two things give the same digest different sizes.
    #[error("{digest} is named with {one} bytes and with {other} bytes")]
    TwoSizes {
        /// Digest that both name.
        digest: Digest,
        /// Bytes of one.
        one: u64,
        /// Bytes of the other.
        other: u64,
    },
    /// The metadata of a package repository cannot be made.
    #[error("cannot make the repository `{set}`")]
    Deb {
        /// The repository.
        set: String,
        /// Why not.
        #[source]
        source: Box<DebError>,
    },
    /// A name cannot be a path.
    #[error("a name of the lock cannot stand in the bundle")]
    Path(#[from] ParsePathError),
    /// The contents contradict each other.
    #[error("the contents cannot be laid out")]
    Layout(#[from] TableError),
}

impl Explain for ContentsError {
    fn fault(&self) -> Fault {
        match self {
            Self::Fetch(error) => error.fault(),
            Self::Deb { source, .. } => source.fault(),
            Self::Manifest { .. } | Self::Differs { .. } | Self::TwoSizes { .. } => Fault::Upstream,
            Self::Missing { .. } | Self::Path(_) | Self::Layout(_) => Fault::Input,
        }
    }

    fn hint(&self) -> Option<String> {
        let text = match self {
            Self::Fetch(error) => return error.hint(),
            Self::Deb { source, .. } => return source.hint(),
            Self::Manifest { source, .. } => return source.hint(),
            Self::Missing { .. } | Self::Differs { .. } | Self::Layout(_) => {
                "run `sre-bundle lock` again"
            }
            Self::TwoSizes { .. } => {
                "one of the manifests that name it lies: have the image pushed again, or choose another"
            }
            Self::Path(_) => "give the file another name with `as = \"...\"` in the manifest",
        };
        Some(text.into())
    }
}

/// The evidence that a bundle carries about itself.
pub struct Evidence {
    /// Bytes of `manifest.toml`.
    pub manifest: Vec<u8>,
    /// Bytes of `images.lock`.
    pub lock: Vec<u8>,
}

/// Collects every entry with its source and lays the bundle out.
///
/// `folder` is where the manifest stands, to which local paths are relative; `signatures` are those of
/// the images, by the bundle's keys, `repository_signatures` those over package repositories.
pub fn contents(
    lock: &Lock,
    evidence: Evidence,
    manifests: &Manifests,
    folder: &Path,
    signatures: &MadeSignatures,
    repository_signatures: Vec<MadeFile>,
) -> Result<Filling, ContentsError> {
    let mut items = Items::default();
    for image in &lock.images {
        for carried in image.carried() {
            items.manifest(carried.repository, carried.digest, manifests)?;
        }
    }
    for chart in &lock.charts {
        let made = usize::from(matches!(chart.form, ChartForm::Http(_)));
        if let ChartForm::Http(http) = &chart.form {
            items.http_chart(http)?;
        }
        for carried in chart.carried().skip(made) {
            items.manifest(carried.repository, carried.digest, manifests)?;
        }
    }
    for file in &lock.files {
        items.file(file, folder)?;
    }
    for locked in &lock.folders {
        items.folder(locked, folder)?;
    }
    for set in &lock.sets {
        items.set(set, folder)?;
    }
    for MadeFile { path, bytes, media_type } in repository_signatures {
        items.made(path.as_str(), EntryKind::RepositorySignature, media_type, bytes)?;
    }
    items.made(LAYOUT_PATH, EntryKind::Layout, "application/json", OCI_LAYOUT.to_vec())?;
    items.made(INDEX_PATH, EntryKind::Layout, "application/json", index_json(lock))?;
    items.signatures(signatures)?;
    let lock_digest = Digest::of(&evidence.lock);
    items.made(
        "evidence/manifest.toml",
        EntryKind::Evidence,
        "application/toml",
        evidence.manifest,
    )?;
    items.made(LOCK_PATH, EntryKind::Evidence, "application/toml", evidence.lock)?;
    Ok(Filling::new(identity(lock, lock_digest), items.0.into_values().collect())?)
}

fn identity(lock: &Lock, digest: Digest) -> Identity {
    Identity {
        name: lock.bundle.name.clone(),
        version: lock.bundle.version.clone(),
        channel: lock.bundle.channel.clone(),
        serial: lock.serial,
        platforms: lock.bundle.platforms.clone(),
        lock: digest,
        created: lock.time,
    }
}

/// Makes what follows from the rows of a set alone; where upstreams are needed, too, `fetch` makes it.
fn made_of(set: &LockedFileSet) -> Result<BTreeMap<BundlePath, Vec<u8>>, ContentsError> {
    if set.kind != SetKind::Deb {
        return Ok(BTreeMap::new());
    }
    let failed = |source| ContentsError::Deb { set: set.name.clone(), source: Box::new(source) };
    let files = deb::metadata_of(set).map_err(failed)?;
    Ok(files.into_iter().map(|file| (file.path, file.bytes)).collect())
}

#[derive(Default)]
struct Items(BTreeMap<BundlePath, Item>);

impl Items {
    fn add(&mut self, entry: PlannedEntry, source: Source) -> Result<(), ContentsError> {
        match self.0.entry(entry.path.clone()) {
            Slot::Vacant(slot) => {
                slot.insert(Item { entry, source });
                Ok(())
            }
            Slot::Occupied(slot) if slot.get().entry.size == entry.size => Ok(()),
            Slot::Occupied(slot) => Err(ContentsError::TwoSizes {
                digest: entry.digest,
                one: slot.get().entry.size,
                other: entry.size,
            }),
        }
    }

    fn blob(
        &mut self,
        media_type: &str,
        digest: Digest,
        size: u64,
        source: Source,
    ) -> Result<(), ContentsError> {
        let entry = PlannedEntry {
            path: format!("{BLOBS_FOLDER}{}", digest.hex()).parse()?,
            kind: EntryKind::Blob,
            size,
            digest,
            media_type: Some(media_type.into()),
            encoding: Encoding::for_media_type(media_type),
        };
        self.add(entry, source)
    }

    fn manifest(
        &mut self,
        reference: &ImageReference,
        digest: Digest,
        manifests: &Manifests,
    ) -> Result<(), ContentsError> {
        let at = reference.at_digest(digest);
        let manifest = manifests
            .get(&digest)
            .ok_or_else(|| ContentsError::Missing { reference: at.clone() })?;
        self.blob(manifest.media_type(), digest, manifest.size(), Source::Manifest(at))?;
        for Descriptor { media_type, digest, size, .. } in manifest.blobs() {
            self.blob(media_type, *digest, *size, Source::Blob(reference.at_digest(*digest)))?;
        }
        Ok(())
    }

    fn http_chart(&mut self, chart: &HttpChart) -> Result<(), ContentsError> {
        for blob in chart.artifact() {
            let digest = Digest::of(&blob.bytes);
            self.blob(blob.media_type, digest, blob.bytes.len() as u64, Source::Made(blob.bytes))?;
        }
        for (media_type, archive) in chart.archives() {
            let Archive { url, digest, size } = archive;
            self.blob(media_type, *digest, *size, Source::Url(url.as_url().clone()))?;
        }
        Ok(())
    }

    fn file(&mut self, file: &LockedFile, folder: &Path) -> Result<(), ContentsError> {
        let entry = PlannedEntry {
            path: file.entry_path()?,
            kind: EntryKind::File,
            size: file.size,
            digest: file.digest,
            media_type: Some(file.media_type.as_str().into()),
            encoding: Encoding::for_media_type(&file.media_type),
        };
        let source = match &file.source {
            FileSource::Url(url) => Source::Url(url.as_url().clone()),
            FileSource::Path(path) => Source::Path(folder.join(path)),
        };
        self.add(entry, source)
    }

    fn folder(&mut self, locked: &LockedFolder, folder: &Path) -> Result<(), ContentsError> {
        for blob in locked.artifact() {
            let digest = Digest::of(&blob.bytes);
            self.blob(blob.media_type, digest, blob.bytes.len() as u64, Source::Made(blob.bytes))?;
        }
        let path = folder.join(&locked.path);
        let source = Source::Folder { locked: Arc::new(locked.clone()), path };
        self.blob(LockedFolder::layer_type(), locked.layer.digest, locked.layer.size, source)
    }

    fn set(&mut self, set: &LockedFileSet, folder: &Path) -> Result<(), ContentsError> {
        let shared = Arc::new(set.clone());
        let mut made = made_of(set)?;
        for file in &set.files {
            let entry = PlannedEntry {
                path: file.path.clone(),
                kind: set.kind.entry_kind(),
                size: file.size,
                digest: file.digest,
                media_type: Some(file.media_type.as_str().into()),
                encoding: Encoding::for_media_type(&file.media_type),
            };
            let source = match &file.origin {
                PlacedOrigin::Url(url) | PlacedOrigin::Package { url, .. } => {
                    Source::Url(url.as_url().clone())
                }
                PlacedOrigin::Path(path) => Source::Path(folder.join(path)),
                PlacedOrigin::Member { of, path } => {
                    Source::Member { of: of.clone(), path: path.clone() }
                }
                PlacedOrigin::Lines(lines) => Source::Made(bytes_of(lines)),
                PlacedOrigin::Made(_) => match made.remove(&file.path) {
                    Some(bytes) => Source::Made(bytes),
                    None => Source::MadeFor(Arc::clone(&shared)),
                },
                PlacedOrigin::Git(commit) => Source::Git {
                    locked: Arc::new(commit.clone()),
                    name: set.name.clone(),
                    folder: folder.to_owned(),
                },
            };
            self.add(entry, source)?;
        }
        Ok(())
    }

    /// Comes after everything else: what is carried anyway keeps its kind.
    fn signatures(&mut self, made: &MadeSignatures) -> Result<(), ContentsError> {
        let kind = EntryKind::ImageSignature;
        for (digest, blob) in made.blobs() {
            let path = format!("{BLOBS_FOLDER}{}", digest.hex());
            self.made(&path, kind, blob.media_type, blob.bytes.clone())?;
        }
        if made.is_empty() {
            return Ok(());
        }
        self.made(IMAGE_SIGNATURES_PATH, kind, "application/json", made.index())
    }

    fn made(
        &mut self,
        path: &str,
        kind: EntryKind,
        media_type: &str,
        bytes: Vec<u8>,
    ) -> Result<(), ContentsError> {
        let entry = PlannedEntry {
            path: path.parse()?,
            kind,
            size: bytes.len() as u64,
            digest: Digest::of(&bytes),
            media_type: Some(media_type.into()),
            encoding: Encoding::for_media_type(media_type),
        };
        self.add(entry, Source::Made(bytes))
    }
}
