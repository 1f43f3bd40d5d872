//! A manifest and its lock, read from the disk.

use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sre_format::lock::{Lock, LockError, MAX_LOCK_BYTES};
use sre_format::manifest::{MAX_MANIFEST_BYTES, Manifest, ManifestError, Protocol};
use sre_format::{Digest, Explain, Fault, Problem};
use sre_oci::transport::{HostOptions, Scheme, TransportOptions};
use sre_steps::PhaseReporter;

/// Says why a manifest or a lock cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ProjectError {
    /// A file cannot be read.
    #[error("cannot read {}", .path.display())]
    Read {
        /// Path of the file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// There is no lock yet.
    #[error("there is no lock at {}", .path.display())]
    NoLock {
        /// Path where it was looked for.
        path: PathBuf,
    },
    /// The manifest is wrong.
    #[error(transparent)]
    Manifest(ManifestError),
    /// The lock is wrong.
    #[error(transparent)]
    Lock(LockError),
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
}

impl Explain for ProjectError {
    fn fault(&self) -> Fault {
        match self {
            Self::Read { source, .. } if source.kind() == io::ErrorKind::NotFound => Fault::Input,
            Self::Read { source, .. } => Fault::of_io(source),
            Self::NoLock { .. } | Self::Stale { .. } => Fault::Input,
            Self::Manifest(error) => error.fault(),
            Self::Lock(error) => error.fault(),
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Read { .. } => Some("check the path that was given".into()),
            Self::NoLock { .. } | Self::Stale { .. } => {
                Some("run `sre-bundle lock`, and look at what it changed".into())
            }
            Self::Manifest(error) => error.hint(),
            Self::Lock(error) => error.hint(),
        }
    }

    fn problems(&self) -> &[Problem] {
        match self {
            Self::Manifest(error) => error.problems(),
            Self::Lock(error) => error.problems(),
            _ => &[],
        }
    }
}

/// Where a manifest and its lock are.
#[derive(Clone, Debug, clap::Args)]
pub struct ProjectFiles {
    /// Read what goes into the bundle from here
    #[arg(long, value_name = "FILE", default_value = "manifest.toml")]
    pub manifest: PathBuf,
    /// Read what that resolved to from here
    #[arg(long, value_name = "FILE", default_value = "images.lock")]
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
    /// Gives the folder to which paths of the manifest are relative.
    #[must_use]
    pub fn folder(&self) -> PathBuf {
        self.manifest.parent().map(Path::to_owned).unwrap_or_default()
    }

    /// Reads the manifest.
    pub fn read_manifest(&self) -> Result<(Manifest, Vec<u8>), ProjectError> {
        let bytes = read(&self.manifest, MAX_MANIFEST_BYTES)?;
        let name = self.manifest.display().to_string();
        let manifest = Manifest::parse(&name, &bytes).map_err(ProjectError::Manifest)?;
        Ok((manifest, bytes))
    }

    /// Reads the lock; nothing where there is none.
    pub fn read_lock(&self) -> Result<Option<(Lock, Vec<u8>)>, ProjectError> {
        let bytes = match read(&self.lock, MAX_LOCK_BYTES) {
            Err(ProjectError::Read { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
                return Ok(None);
            }
            other => other?,
        };
        let name = self.lock.display().to_string();
        let lock = Lock::parse(&name, &bytes).map_err(ProjectError::Lock)?;
        Ok(Some((lock, bytes)))
    }

    /// Reads both; the lock must be the one of this manifest.
    pub fn read(&self) -> Result<Project, ProjectError> {
        let (manifest, manifest_bytes) = self.read_manifest()?;
        let no_lock = || ProjectError::NoLock { path: self.lock.clone() };
        let (lock, lock_bytes) = self.read_lock()?.ok_or_else(no_lock)?;
        if lock.manifest != manifest.digest {
            return Err(ProjectError::Stale {
                manifest: self.manifest.clone(),
                lock: self.lock.clone(),
                found: manifest.digest,
                locked: lock.manifest,
            });
        }
        Ok(Project { manifest, manifest_bytes, lock, lock_bytes, folder: self.folder() })
    }
}

/// Reads a file of limited size; a longer one is cut one byte after the limit, which the parsers refuse.
fn read(path: &Path, limit: usize) -> Result<Vec<u8>, ProjectError> {
    let failed = |source| ProjectError::Read { path: path.to_owned(), source };
    let file = std::fs::File::open(path).map_err(failed)?;
    let mut bytes = Vec::new();
    file.take(limit as u64 + 1).read_to_end(&mut bytes).map_err(failed)?;
    Ok(bytes)
}

/// Gives the transport what the manifest says about hosts; retries are reported in the phase.
#[must_use]
pub fn transport_options(
    manifest: &Manifest,
    folder: &Path,
    phase: &PhaseReporter,
) -> TransportOptions {
    let hosts = manifest.registries.iter().map(|(host, options)| {
        let scheme = match options.protocol {
            Protocol::Https => Scheme::Https,
            Protocol::PlainHttp => Scheme::PlainHttp,
        };
        let options = HostOptions {
            scheme,
            ca_files: options.ca_file.iter().map(|path| folder.join(path)).collect(),
            mirrors: options.mirrors.iter().map(|url| url.as_url().clone()).collect(),
            ..HostOptions::default()
        };
        (host.clone(), options)
    });
    let phase = phase.clone();
    TransportOptions {
        hosts: hosts.collect(),
        on_retry: Some(Arc::new(move |retry| {
            phase.retry(&retry.url.to_string(), retry.attempt, retry.wait, &retry.reason);
        })),
        ..TransportOptions::default()
    }
}
