//! Writing and signing trust files.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use sre_format::signature::{SigningRequest, Statement};
use sre_format::trust::{ReadTrustError, StoredTrustFile, TrustFile};
use sre_format::{Explain, Fault};
use sre_steps::{Readers, write_atomically};

use crate::keys::{KeyError, ReleaseKey, sign};

/// Says why a trust file cannot be written or signed.
#[derive(Debug, thiserror::Error)]
pub enum TrustFilesError {
    /// The trust file is wrong, or cannot be read.
    #[error(transparent)]
    Read(#[from] ReadTrustError),
    /// Something cannot be written.
    #[error("cannot write {}", .path.display())]
    Write {
        /// Path of the file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file is there already.
    #[error("{} is there already", .path.display())]
    Exists {
        /// Path of the file.
        path: PathBuf,
    },
    /// A key cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
}

/// Writes a new trust file, without signatures; nothing is overwritten.
pub fn write_new(path: &Path, file: TrustFile) -> Result<StoredTrustFile, TrustFilesError> {
    if path.symlink_metadata().is_ok() {
        return Err(TrustFilesError::Exists { path: path.to_owned() });
    }
    let wrong = |error| ReadTrustError::File { path: path.to_owned(), source: Box::new(error) };
    let file = file.checked().map_err(wrong)?;
    write(path, file.to_toml().as_bytes())?;
    Ok(StoredTrustFile::read(path)?)
}

/// Signs a trust file with keys, beside the signatures that are there.
pub fn sign_stored(stored: &StoredTrustFile, keys: &[ReleaseKey]) -> Result<(), TrustFilesError> {
    let statement = Statement::of_trust_file(stored.file.version, &stored.bytes);
    let files = sign(&SigningRequest::new(&stored.bytes, statement), keys)?;
    let folder = StoredTrustFile::signatures_of(&stored.path);
    fs::create_dir_all(&folder)
        .map_err(|source| TrustFilesError::Write { path: folder.clone(), source })?;
    files.iter().try_for_each(|file| write(&folder.join(&file.name), &file.bytes))
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), TrustFilesError> {
    write_atomically(path, bytes, Readers::Everyone)
        .map_err(|source| TrustFilesError::Write { path: path.to_owned(), source })
}

impl Explain for TrustFilesError {
    fn fault(&self) -> Fault {
        match self {
            Self::Read(error) => error.fault(),
            Self::Write { source, .. } => Fault::of_io(source),
            Self::Exists { .. } => Fault::Conflict,
            Self::Key(error) => error.fault(),
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Read(error) => error.hint(),
            Self::Key(error) => error.hint(),
            Self::Write { .. } => {
                Some("name a folder that exists and that this user may write to".to_owned())
            }
            Self::Exists { path } => Some(format!(
                "a trust file is never overwritten: name another with `--out`, and this one with \
                 `--after {}`",
                path.display()
            )),
        }
    }
}
