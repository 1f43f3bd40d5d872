//! The keys that the manifest names for a repository.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use sre_format::manifest::Repository;
use sre_openpgp::Keyring;

use super::error::RpmError;

/// The most bytes of a file of keys; the parser refuses what is larger than any keyring.
const MAX_KEYS: u64 = 4 << 20;

/// Reads the keys of which one must have signed each package of a repository.
pub(crate) fn keys_of(repository: &Repository, folder: &Path) -> Result<Keyring, RpmError> {
    let mut keys = Keyring::default();
    for file in &repository.keys {
        let bytes = read_key_file(folder, file)?;
        let more = Keyring::parse(file, &bytes)
            .map_err(|source| RpmError::Keys { repository: repository.name.clone(), source })?;
        keys.extend(more);
    }
    Ok(keys)
}

/// Reads a file of keys; its path is relative to the manifest.
pub(crate) fn read_key_file(folder: &Path, file: &str) -> Result<Vec<u8>, RpmError> {
    let path = folder.join(file);
    let mut bytes = Vec::new();
    let read = File::open(&path).and_then(|file| file.take(MAX_KEYS + 1).read_to_end(&mut bytes));
    match read {
        Ok(_) => Ok(bytes),
        Err(source) => Err(RpmError::KeyFile { path, source }),
    }
}
