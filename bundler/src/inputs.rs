//! The two files that people keep in version control, and the upstreams that they speak of.

use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sre_format::lock::{Lock, LockError, MAX_LOCK_BYTES};
use sre_format::manifest::{MAX_MANIFEST_BYTES, Manifest, ManifestError, Protocol};
use sre_format::{Explain, Fault, Problem};
use sre_oci::credentials::CredentialStore;
use sre_oci::transport::{
    HostOptions, RetryNotice, Scheme, SkipNotice, Transport, TransportOptions,
};
use sre_steps::PhaseReporter;

use crate::fetch::Upstreams;

/// Says why manifest or lock cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    /// The file itself cannot be read.
    #[error("cannot read {path}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the file is.
        what: Input,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// The manifest is wrong.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// The lock is wrong.
    #[error(transparent)]
    Lock(#[from] LockError),
}

/// One of the two files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    /// `manifest.toml`.
    Manifest,
    /// `images.lock`.
    Lock,
}

impl Explain for InputError {
    fn fault(&self) -> Fault {
        match self {
            Self::File { source, .. } => match Fault::of_named_file(source) {
                Fault::Usage => Fault::Input,
                fault => fault,
            },
            Self::Manifest(error) => error.fault(),
            Self::Lock(error) => error.fault(),
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::File { what: Input::Lock, path, .. } => {
                Some(format!("`sre-bundle lock --lock {}` writes it", path.display()))
            }
            Self::File { what: Input::Manifest, .. } => {
                Some("give the manifest with `--manifest FILE`".into())
            }
            Self::Manifest(error) => error.hint(),
            Self::Lock(error) => error.hint(),
        }
    }

    fn problems(&self) -> &[Problem] {
        match self {
            Self::File { .. } => &[],
            Self::Manifest(error) => error.problems(),
            Self::Lock(error) => error.problems(),
        }
    }
}

/// Reads the manifest; gives its bytes, too, which a bundle carries.
pub fn read_manifest(path: &Path) -> Result<(Manifest, Vec<u8>), InputError> {
    let bytes = read(path, Input::Manifest, MAX_MANIFEST_BYTES)?;
    Ok((Manifest::parse(&path.to_string_lossy(), &bytes)?, bytes))
}

/// Reads the lock; gives its bytes, too, which a bundle carries.
pub fn read_lock(path: &Path) -> Result<(Lock, Vec<u8>), InputError> {
    let bytes = read(path, Input::Lock, MAX_LOCK_BYTES)?;
    Ok((Lock::parse(&path.to_string_lossy(), &bytes)?, bytes))
}

/// Reads the lock where there is one.
pub fn read_lock_if_any(path: &Path) -> Result<Option<Lock>, InputError> {
    match read_lock(path) {
        Ok((lock, _)) => Ok(Some(lock)),
        Err(InputError::File { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// Gives the folder to which the paths in a manifest are relative.
#[must_use]
pub fn folder_of(manifest: &Path) -> &Path {
    match manifest.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// Reaches the upstreams of a manifest as it says, with the credentials that the user has;
/// retries and mirrors that fail are reported.
#[must_use]
pub fn upstreams(manifest: &Manifest, folder: &Path, phase: &PhaseReporter) -> Upstreams {
    let (told, warned) = (phase.clone(), phase.clone());
    let retry = move |notice: &RetryNotice| {
        told.retry(&notice.url.to_string(), notice.attempt, notice.wait, &notice.reason);
    };
    let skip = move |notice: &SkipNotice| {
        let SkipNotice { mirror, reason } = notice;
        warned.warn(format!("the mirror {mirror} fails and is passed over: {reason}"));
    };
    let hosts = manifest.registries.iter().map(|(host, registry)| {
        let scheme = match registry.protocol {
            Protocol::Https => Scheme::Https,
            Protocol::PlainHttp => Scheme::PlainHttp,
        };
        let options = HostOptions {
            scheme,
            ca_files: registry.ca_file.iter().map(|path| folder.join(path)).collect(),
            mirrors: registry.mirrors.iter().map(|url| url.as_url().clone()).collect(),
            trusted_realms: registry.trusted_realms.clone(),
            ..HostOptions::default()
        };
        (host.clone(), options)
    });
    let options = TransportOptions {
        hosts: hosts.collect(),
        on_retry: Some(Arc::new(retry)),
        on_skip: Some(Arc::new(skip)),
        ..TransportOptions::default()
    };
    Upstreams::new(Transport::new(options), CredentialStore::from_environment())
}

fn read(path: &Path, what: Input, limit: usize) -> Result<Vec<u8>, InputError> {
    let failed = |source| InputError::File { path: path.to_owned(), what, source };
    let file = std::fs::File::open(path).map_err(failed)?;
    let mut bytes = Vec::new();
    // One byte more than the limit is enough for the parser to refuse it.
    file.take(limit as u64 + 1).read_to_end(&mut bytes).map_err(failed)?;
    Ok(bytes)
}
