//! Keys and trust files by their paths.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use super::{Trust, TrustFile, TrustFileError};
use crate::signature::{PublicKey, PublicKeyError};
use crate::{Explain, Fault, file_hint};

/// The most bytes that are read of any file here: one more than the largest, a trust file, may have.
const MAX_FILE: u64 = super::file::MAX_SIZE as u64 + 1;

/// Says why a file does not tell whom to believe.
#[derive(Debug, thiserror::Error)]
pub enum ReadTrustError {
    /// The file cannot be read.
    #[error("cannot read {}", .path.display())]
    Read {
        /// Path of the file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file is no public key.
    #[error("the public key in {} cannot be used", .path.display())]
    Key {
        /// Path of the file.
        path: PathBuf,
        /// Why not.
        source: PublicKeyError,
    },
    /// The trust file is wrong.
    #[error("the trust file {} cannot be used", .path.display())]
    File {
        /// Path of the file.
        path: PathBuf,
        /// Why not.
        source: Box<TrustFileError>,
    },
}

impl Trust {
    /// Reads a public key in PEM, or a trust file if the name ends in `.toml`.
    pub fn read(path: &Path) -> Result<Self, ReadTrustError> {
        if path.extension().is_none_or(|extension| extension != "toml") {
            return Ok(Self::of_key(read_public_key(path)?));
        }
        let wrong = |source| ReadTrustError::File { path: path.to_owned(), source };
        let file = TrustFile::parse(&read_bytes(path)?);
        Ok(Self::of_file(&file.map_err(|error| wrong(Box::new(error)))?))
    }

    /// Reads several keys and trust files; whom any of them believes is believed.
    pub fn read_all(paths: &[PathBuf]) -> Result<Self, ReadTrustError> {
        paths.iter().try_fold(Self::default(), |trust, path| Ok(trust.or(Self::read(path)?)))
    }
}

/// Reads one public key in PEM.
pub fn read_public_key(path: &Path) -> Result<PublicKey, ReadTrustError> {
    let text = read_bytes(path)?;
    PublicKey::from_pem(&String::from_utf8_lossy(&text))
        .map_err(|source| ReadTrustError::Key { path: path.to_owned(), source })
}

/// Reads a file within the limit; whoever parses it refuses one that is larger.
pub(super) fn read_bytes(path: &Path) -> Result<Vec<u8>, ReadTrustError> {
    let failed = |source| ReadTrustError::Read { path: path.to_owned(), source };
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(failed)?;
    file.take(MAX_FILE).read_to_end(&mut bytes).map_err(failed)?;
    Ok(bytes)
}

impl Explain for ReadTrustError {
    fn fault(&self) -> Fault {
        match self {
            Self::Read { source, .. } => Fault::of_named_file(source),
            Self::Key { .. } => Fault::Input,
            Self::File { source, .. } => source.fault(),
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Key { source: PublicKeyError::Private, .. } => {
                Some("give the public key, the `.pub` beside it".to_owned())
            }
            Self::Key { .. } => Some(
                "give the `.pub` that `sre-bundle keygen` made, or a trust file whose name ends in `.toml`"
                    .to_owned(),
            ),
            Self::Read { source, .. } => file_hint(source),
            Self::File { source, .. } => source.hint(),
        }
    }
}
