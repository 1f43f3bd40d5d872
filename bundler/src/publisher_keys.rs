//! Files of OpenPGP keys that the manifest names: those of publishers, who sign what is fetched.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use sre_format::{Explain, Fault};
use sre_openpgp::{Keyring, KeyringError};

/// The most bytes of a file of keys; Debian's largest keyring has less than one MiB.
const MAX_KEYS: u64 = 4 << 20;

/// Says why a file of keys cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PublisherKeysError {
    /// It cannot be read.
    #[error("cannot read the keys in {}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// It is none.
    #[error(transparent)]
    Unusable(#[from] KeyringError),
}

/// Reads keys from files, of which any may have signed; paths are relative to `folder`.
pub fn read_keyring<'a>(
    folder: &Path,
    files: impl IntoIterator<Item = &'a String>,
) -> Result<Keyring, PublisherKeysError> {
    let mut keyring = Keyring::default();
    for file in files {
        keyring.extend(Keyring::parse(file, &read_key_file(folder, file)?)?);
    }
    Ok(keyring)
}

/// Reads the bytes of one file of keys, whose path is relative to `folder`.
pub fn read_key_file(folder: &Path, file: &str) -> Result<Vec<u8>, PublisherKeysError> {
    let path = folder.join(file);
    let mut bytes = Vec::new();
    // One byte more than the limit lets the keyring itself say that it is too large.
    let read = File::open(&path).and_then(|file| file.take(MAX_KEYS + 1).read_to_end(&mut bytes));
    match read {
        Ok(_) => Ok(bytes),
        Err(source) => Err(PublisherKeysError::Unreadable { path, source }),
    }
}

impl Explain for PublisherKeysError {
    fn fault(&self) -> Fault {
        match self {
            Self::Unreadable { source, .. } => match Fault::of_named_file(source) {
                Fault::Usage => Fault::Input,
                fault => fault,
            },
            Self::Unusable(error) => error.fault(),
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Unreadable { .. } => Some(
                "put the publisher's public key there, once you have compared its fingerprint; the path is \
                 relative to the manifest"
                    .into(),
            ),
            Self::Unusable(error) => error.hint(),
        }
    }
}
