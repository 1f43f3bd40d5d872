//! Following a trust file by its next version.

use std::path::PathBuf;

use sre_format::trust::StoredTrustFile;
use sre_steps::{Readers, write_atomically};

use super::{TrustFolders, TrustSourceError};

/// A trust file that took the place of an older one.
#[derive(Debug)]
pub struct Rotated {
    /// Path of the file in use.
    pub path: PathBuf,
    /// The version that was in use.
    pub from: u64,
    /// The version that is in use now.
    pub to: StoredTrustFile,
}

impl TrustFolders {
    /// Puts the next version of a trust file in place of the one with the same file name.
    ///
    /// Enough keys of both must have signed it; otherwise nothing changes. Keys that another
    /// trust file of this machine revokes do not count.
    pub fn rotate(&self, next: StoredTrustFile) -> Result<Rotated, TrustSourceError> {
        let name = next.path.file_name().map(PathBuf::from).unwrap_or_default();
        let current = self.paths().map(|folder| folder.join(&name)).find(|path| path.exists());
        let path = current.ok_or(TrustSourceError::NothingToRotate { name })?;
        let old = StoredTrustFile::read(&path)?;
        next.check_after(&old.file, &self.read()?)?;
        write_atomically(&path, &next.bytes, Readers::Everyone)
            .map_err(|source| TrustSourceError::Keep { path: path.clone(), source })?;
        Ok(Rotated { path, from: old.file.version, to: next })
    }
}
