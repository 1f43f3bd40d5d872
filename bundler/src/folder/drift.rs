//! Folders that are not what was locked.

use std::path::{Path, PathBuf};

use sre_format::lock::{Lock, LockedFolder};

use super::{ChangedFolder, FolderError, pack};
use crate::fetch::BlobCache;

/// Packs every folder of a lock into the cache, and refuses those that have changed, all at once.
///
/// `folder` is where the manifest stands, to which local paths are relative.
pub fn check_folders(lock: &Lock, folder: &Path, cache: &BlobCache) -> Result<(), FolderError> {
    let mut changed = Vec::new();
    for locked in &lock.folders {
        match layer_of(locked, &folder.join(&locked.path), cache) {
            Err(FolderError::Changed(one)) => changed.extend(one),
            other => other?,
        }
    }
    if changed.is_empty() { Ok(()) } else { Err(FolderError::Changed(changed)) }
}

/// Brings the layer of a folder into the cache.
pub fn layer_of(locked: &LockedFolder, path: &Path, cache: &BlobCache) -> Result<(), FolderError> {
    let packed = pack(path, &locked.ignore, cache)?;
    if (packed.content, packed.layer) == (locked.content, locked.layer) {
        return Ok(());
    }
    let path = PathBuf::from(path);
    let (locked, found) = (locked.content, packed.content);
    Err(FolderError::Changed(vec![ChangedFolder { path, locked, found }]))
}
