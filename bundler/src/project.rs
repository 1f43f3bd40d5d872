//! A manifest and the lock that was made from it.

use std::path::PathBuf;

use sre_format::lock::Lock;
use sre_format::manifest::Manifest;
use sre_format::{Digest, Explain, Fault, ImageReference, Problem};

use crate::inputs::{InputError, folder_of, read_lock, read_manifest};

/// The manifest, unless another one is named.
const MANIFEST: &str = "manifest.toml";
/// The lock, unless another one is named.
const LOCK: &str = "images.lock";

/// Says why a manifest and its lock cannot be used together.
#[derive(Debug, thiserror::Error)]
pub enum ProjectError {
    /// One of the two files is missing or wrong.
    #[error(transparent)]
    Input(#[from] InputError),
    /// The manifest was changed after it was locked.
    #[error("{} was changed after it was locked: it has {found}, and {} was made from {locked}", .manifest.display(), .lock.display())]
    Stale {
        /// Path of the manifest.
        manifest: PathBuf,
        /// Path of the lock.
        lock: PathBuf,
        /// Digest of the manifest as it is.
        found: Digest,
        /// Digest of the manifest that was locked.
        locked: Digest,
    },
    /// Upstream has not been asked for everything.
    #[error("{} holds what no upstream has confirmed:{}", .lock.display(), list(.images))]
    Unconfirmed {
        /// Path of the lock.
        lock: PathBuf,
        /// The images.
        images: Vec<ImageReference>,
    },
}

fn list(images: &[ImageReference]) -> String {
    images.iter().flat_map(|image| ["\n  ".to_owned(), image.to_string()]).collect()
}

impl Explain for ProjectError {
    fn fault(&self) -> Fault {
        match self {
            Self::Input(error) => error.fault(),
            Self::Stale { .. } | Self::Unconfirmed { .. } => Fault::Input,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Input(error) => error.hint(),
            Self::Stale { .. } => Some("run `sre-bundle lock`, and look at what it changed".into()),
            Self::Unconfirmed { .. } => Some(
                "run `sre-bundle lock` where the upstreams can be reached: it compares each with \
                 what is stated"
                    .into(),
            ),
        }
    }

    fn problems(&self) -> &[Problem] {
        match self {
            Self::Input(error) => error.problems(),
            Self::Stale { .. } | Self::Unconfirmed { .. } => &[],
        }
    }
}

/// Where a manifest and its lock are.
#[derive(Clone, Debug, clap::Args)]
pub struct ProjectFiles {
    /// Read what goes into the bundle from here
    #[arg(long, value_name = "FILE", default_value = MANIFEST)]
    pub manifest: PathBuf,
    /// Read what that resolved to from here
    #[arg(long, value_name = "FILE", default_value = LOCK)]
    pub lock: PathBuf,
}

/// A manifest with the lock that was made from it.
#[derive(Clone, Debug)]
pub struct Project {
    /// The manifest.
    pub manifest: Manifest,
    /// Its bytes.
    pub manifest_bytes: Vec<u8>,
    /// The lock.
    pub lock: Lock,
    /// Its bytes.
    pub lock_bytes: Vec<u8>,
    /// The folder of the manifest, to which its paths are relative.
    pub folder: PathBuf,
}

impl ProjectFiles {
    /// Gives the options that name these files, for commands that are shown: nothing where they
    /// are the usual ones, else each with a space before it.
    #[must_use]
    pub fn shown(&self) -> String {
        let files = [("--manifest", &self.manifest, MANIFEST), ("--lock", &self.lock, LOCK)];
        let unusual = files.into_iter().filter(|(_, path, usual)| path.as_os_str() != *usual);
        let words = unusual.map(|(option, path, _)| format!(" {option} {}", path.display()));
        words.collect::<Vec<_>>().concat()
    }

    /// Reads both; the lock must be the one of this manifest, and all of it confirmed by upstreams.
    pub fn read(&self) -> Result<Project, ProjectError> {
        let project = self.read_unconfirmed()?;
        let images = project.lock.unconfirmed.iter().map(|image| image.reference.clone());
        let images: Vec<_> = images.collect();
        if images.is_empty() {
            return Ok(project);
        }
        Err(ProjectError::Unconfirmed { lock: self.lock.clone(), images })
    }

    /// Reads both; the lock must be the one of this manifest.
    pub fn read_unconfirmed(&self) -> Result<Project, ProjectError> {
        let (manifest, manifest_bytes) = read_manifest(&self.manifest)?;
        let (lock, lock_bytes) = read_lock(&self.lock)?;
        if lock.manifest != manifest.digest {
            return Err(ProjectError::Stale {
                manifest: self.manifest.clone(),
                lock: self.lock.clone(),
                found: manifest.digest,
                locked: lock.manifest,
            });
        }
        let folder = folder_of(&self.manifest).to_owned();
        Ok(Project { manifest, manifest_bytes, lock, lock_bytes, folder })
    }
}
