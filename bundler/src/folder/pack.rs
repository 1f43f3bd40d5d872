//! A folder as a tar in gzip, with nothing of this machine in it.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use rustix::fs::OFlags;
use sre_format::Digest;
use sre_format::lock::FolderLayer;

use super::FolderError;
use super::walk::{Carried, MAX_BYTES, carried};
use crate::archive::{AppendError, ArchiveWriter, Mode};
use crate::fetch::BlobCache;

/// A packed folder, whose layer is in the cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packed {
    /// How many files it has.
    pub files: u64,
    /// The digest of the plain tar.
    pub content: Digest,
    /// The tar in gzip.
    pub layer: FolderLayer,
}

/// Packs a folder into the cache; `ignore` is what the manifest leaves out.
pub fn pack(root: &Path, ignore: &[String], cache: &BlobCache) -> Result<Packed, FolderError> {
    let files = carried(root, ignore)?;
    let mut archive = ArchiveWriter::new(cache)?;
    let mut left = MAX_BYTES;
    for file in &files {
        left = append(&mut archive, file, left, root)?;
    }
    let made = archive.finish().map_err(|error| failed(root, error))?;
    let layer = FolderLayer { digest: made.digest, size: made.size };
    Ok(Packed { files: files.len() as u64, content: made.content, layer })
}

/// Appends one file; gives how many bytes the files after it may have.
fn append(
    archive: &mut ArchiveWriter<'_>,
    file: &Carried,
    left: u64,
    root: &Path,
) -> Result<u64, FolderError> {
    let read = |source| FolderError::Read { path: file.path.clone(), source };
    let opened = open(&file.path).map_err(read)?;
    let found = opened.metadata().map_err(read)?;
    if !found.is_file() {
        return Err(FolderError::Special { path: file.path.clone() });
    }
    let size = found.len();
    let left = left.checked_sub(size).ok_or_else(|| FolderError::TooLarge { path: root.into() })?;
    let runs = found.permissions().mode() & 0o111 != 0;
    let mode = if runs { Mode::Executable } else { Mode::Plain };
    let mut content = opened.take(size);
    let appended = archive.file(&file.name, mode, size, &mut content);
    appended.map_err(|error| failed(&file.path, error))?;
    if content.limit() > 0 {
        return Err(FolderError::Torn { path: file.path.clone() });
    }
    Ok(left)
}

/// Opens a file and follows no link that took its place meanwhile.
fn open(path: &Path) -> io::Result<File> {
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    OpenOptions::new().read(true).custom_flags(flags.bits().cast_signed()).open(path)
}

fn failed(path: &Path, error: AppendError) -> FolderError {
    match error {
        AppendError::Cache(error) => error.into(),
        AppendError::Content(source) => FolderError::Read { path: path.to_owned(), source },
    }
}
