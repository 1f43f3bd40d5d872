//! Trust files on disk, with the signatures that lie beside them.
//!
//! The signatures of `trust.toml` are the files of the folder `trust.toml.signatures`, in the same
//! forms as a bundle's. They are over the file's bytes, so a single changed space voids them.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use super::{ReadTrustError, TrustFile, TrustFileError};
use crate::signature::SignatureFile;

/// The most bytes of a trust file or a signature that are read.
const MAX_FILE: u64 = 256 * 1024 + 1;
/// The most files of a folder of signatures that are read.
const MAX_SIGNATURES: usize = 256;

/// A trust file with its bytes and its signatures.
#[derive(Clone, Debug)]
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

impl StoredTrustFile {
    /// Reads a trust file and the signatures beside it.
    pub fn read(path: &Path) -> Result<Self, ReadTrustError> {
        let bytes = read(path)?;
        let file = TrustFile::parse(&bytes).map_err(|error| wrong(path, error))?;
        let signatures = read_signatures(&Self::signatures_of(path))?;
        Ok(Self { path: path.to_owned(), file, bytes, signatures })
    }

    /// Gives the folder of the signatures of a trust file.
    #[must_use]
    pub fn signatures_of(path: &Path) -> PathBuf {
        let mut folder = path.as_os_str().to_owned();
        folder.push(".signatures");
        folder.into()
    }

    /// Checks that enough of the file's own keys signed it.
    pub fn check(&self) -> Result<(), ReadTrustError> {
        let vouched = self.file.vouch(&self.file, &self.bytes, &self.signatures);
        let version = self.file.version;
        vouched
            .map(drop)
            .map_err(|source| wrong(&self.path, TrustFileError::New { version, source }))
    }

    /// Checks that the file may follow an older one.
    pub fn check_after(&self, old: &TrustFile) -> Result<(), ReadTrustError> {
        let rotated = old.rotate(&self.bytes, &self.signatures);
        rotated.map(drop).map_err(|error| wrong(&self.path, error))
    }
}

fn wrong(path: &Path, error: TrustFileError) -> ReadTrustError {
    ReadTrustError::File { path: path.to_owned(), source: error.into() }
}

fn read_signatures(folder: &Path) -> Result<Vec<SignatureFile>, ReadTrustError> {
    let failed = |source| ReadTrustError::Read { path: folder.to_owned(), source };
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(failed)?,
    };
    let mut files = Vec::new();
    for entry in entries.take(MAX_SIGNATURES) {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        files.push(SignatureFile { name, bytes: read(&entry.path())? });
    }
    files.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(files)
}

fn read(path: &Path) -> Result<Vec<u8>, ReadTrustError> {
    let failed = |source| ReadTrustError::Read { path: path.to_owned(), source };
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(failed)?;
    file.take(MAX_FILE).read_to_end(&mut bytes).map_err(failed)?;
    Ok(bytes)
}
