//! Trust files on disk, with the signatures that lie beside them.
//!
//! The signatures of `trust.toml` are the files of the folder `trust.toml.signatures`, in the same
//! forms as a bundle's. They are over the file's bytes, so a single changed space voids them.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::read::read_bytes;
use super::{ReadTrustError, Trust, TrustFile, TrustFileError};
use crate::signature::SignatureFile;

/// The most files of a folder of signatures: three for each of eighty keys.
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
        let bytes = read_bytes(path)?;
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
        let vouched = self.file.vouch(&self.file, &self.bytes, &self.signatures, &Trust::default());
        let version = self.file.version;
        vouched
            .map(drop)
            .map_err(|source| wrong(&self.path, TrustFileError::New { version, source }))
    }

    /// Checks that the file may follow an older one; keys that `others` revoke do not count.
    pub fn check_after(&self, old: &TrustFile, others: &Trust) -> Result<(), ReadTrustError> {
        let rotated = old.rotate(&self.bytes, &self.signatures, others);
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
    for entry in entries {
        let entry = entry.map_err(failed)?;
        if files.len() == MAX_SIGNATURES {
            let many = format!("it has more than {MAX_SIGNATURES} files");
            return Err(failed(io::Error::other(many)));
        }
        let name = entry.file_name().to_string_lossy().into_owned();
        files.push(SignatureFile { name, bytes: read_bytes(&entry.path())? });
    }
    files.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(files)
}
