//! Trust files on disk, with the signatures that lie beside them.
//!
//! The signatures of `trust.toml` are the files of the folder `trust.toml.signatures`, in the same
//! forms as a bundle's. They are over the file's bytes, so a single changed space voids them.

use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use sre_format::signature::{SignatureFile, SigningRequest, Statement};
use sre_format::trust::{TrustError, TrustFile, TrustFileError};
use sre_format::{Explain, Fault};
use sre_steps::{Readers, write_atomically};

use crate::keys::{KeyError, ReleaseKey, sign};

/// Says what is wrong with a trust file or what lies beside it.
#[derive(Debug, thiserror::Error)]
pub enum TrustFilesError {
    /// Something cannot be read.
    #[error("cannot read {}", .path.display())]
    Read {
        /// Path of the file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
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
    /// The trust file is wrong, or its signatures do not suffice.
    #[error("the trust file {} cannot be used", .path.display())]
    File {
        /// Path of the file.
        path: PathBuf,
        /// Why not.
        source: Box<TrustFileError>,
    },
    /// Its own keys do not vouch for it.
    #[error("the keys of {} do not vouch for it", .path.display())]
    Signatures {
        /// Path of the file.
        path: PathBuf,
        /// What is missing.
        source: TrustError,
    },
    /// A key cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
}

/// A trust file with its bytes and its signatures.
pub struct StoredTrustFile {
    /// Path of the file.
    pub path: PathBuf,
    /// What it says.
    pub file: TrustFile,
    /// The bytes that are signed.
    pub bytes: Vec<u8>,
    /// What lies beside it.
    pub signatures: Vec<SignatureFile>,
}

/// The most bytes of a trust file or a signature that are read.
const MAX_FILE: u64 = 256 * 1024 + 1;

impl StoredTrustFile {
    /// Reads a trust file and the signatures beside it.
    pub fn read(path: &Path) -> Result<Self, TrustFilesError> {
        let bytes = read(path)?;
        let file = TrustFile::parse(&bytes).map_err(|error| wrong(path, error))?;
        let signatures = read_signatures(&folder(path))?;
        Ok(Self { path: path.to_owned(), file, bytes, signatures })
    }

    /// Writes a new trust file, without signatures; nothing is overwritten.
    pub fn write_new(path: &Path, file: TrustFile) -> Result<Self, TrustFilesError> {
        if path.symlink_metadata().is_ok() {
            return Err(TrustFilesError::Exists { path: path.to_owned() });
        }
        let file = file.checked().map_err(|error| wrong(path, error))?;
        let bytes = file.to_toml().into_bytes();
        write(path, &bytes)?;
        Ok(Self { path: path.to_owned(), file, bytes, signatures: Vec::new() })
    }

    /// Signs the file with keys, beside the signatures that are there.
    pub fn sign(&self, keys: &[ReleaseKey]) -> Result<Vec<SignatureFile>, TrustFilesError> {
        let statement = Statement::of_trust_file(self.file.version, &self.bytes);
        let files = sign(&SigningRequest::new(&self.bytes, statement), keys)?;
        let folder = folder(&self.path);
        fs::create_dir_all(&folder)
            .map_err(|source| TrustFilesError::Write { path: folder.clone(), source })?;
        for file in &files {
            write(&folder.join(&file.name), &file.bytes)?;
        }
        Ok(files)
    }

    /// Checks that enough of the file's own keys signed it.
    pub fn check(&self) -> Result<(), TrustFilesError> {
        let vouched = self.file.vouch(&self.file, &self.bytes, &self.signatures);
        let missing = |source| TrustFilesError::Signatures { path: self.path.clone(), source };
        vouched.map(drop).map_err(missing)
    }

    /// Checks that the file may follow an older one.
    pub fn check_after(&self, old: &TrustFile) -> Result<(), TrustFilesError> {
        let rotated = old.rotate(&self.bytes, &self.signatures);
        rotated.map(drop).map_err(|error| wrong(&self.path, error))
    }
}

fn wrong(path: &Path, error: TrustFileError) -> TrustFilesError {
    TrustFilesError::File { path: path.to_owned(), source: error.into() }
}

fn folder(path: &Path) -> PathBuf {
    let mut folder = path.as_os_str().to_owned();
    folder.push(".signatures");
    folder.into()
}

fn read_signatures(folder: &Path) -> Result<Vec<SignatureFile>, TrustFilesError> {
    let failed = |source| TrustFilesError::Read { path: folder.to_owned(), source };
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(failed)?,
    };
    let mut files = Vec::new();
    for entry in entries {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        files.push(SignatureFile { name, bytes: read(&entry.path())? });
    }
    files.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(files)
}

fn read(path: &Path) -> Result<Vec<u8>, TrustFilesError> {
    let failed = |source| TrustFilesError::Read { path: path.to_owned(), source };
    let mut bytes = Vec::new();
    let file = fs::File::open(path).map_err(failed)?;
    file.take(MAX_FILE).read_to_end(&mut bytes).map_err(failed)?;
    Ok(bytes)
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), TrustFilesError> {
    write_atomically(path, bytes, Readers::Everyone)
        .map_err(|source| TrustFilesError::Write { path: path.to_owned(), source })
}

impl Explain for TrustFilesError {
    fn fault(&self) -> Fault {
        match self {
            Self::Read { source, .. } if source.kind() == io::ErrorKind::NotFound => Fault::Usage,
            Self::Read { source, .. } | Self::Write { source, .. } => Fault::of_io(source),
            Self::Exists { .. } => Fault::Conflict,
            Self::File { source, .. } => source.fault(),
            Self::Signatures { source, .. } => source.fault(),
            Self::Key(error) => error.fault(),
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::File { source, .. } => source.hint(),
            Self::Signatures { path, .. } => Some(format!(
                "holders of its keys sign with `sre-bundle trust sign {} --key K`",
                path.display()
            )),
            Self::Key(error) => error.hint(),
            _ => None,
        }
    }
}
