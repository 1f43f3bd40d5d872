//! A folder as a tar in gzip, with nothing of this machine in it.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use rustix::fs::OFlags;
use sre_format::Digest;
use sre_format::bundle::CheckpointHasher;
use sre_format::lock::FolderLayer;

use super::FolderError;
use super::walk::{Carried, MAX_BYTES, carried};
use crate::fetch::{BlobCache, CacheWriter, FetchError};

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
    let sink = Sink { writer: cache.writer()?, size: 0 };
    let gzip = GzEncoder::new(sink, Compression::best());
    let mut tar = tar::Builder::new(Hashed { to: gzip, hasher: CheckpointHasher::default() });
    let mut left = MAX_BYTES;
    for file in &files {
        left = append(&mut tar, file, left, root)?;
    }
    let ended = tar.into_inner().and_then(|Hashed { to, hasher }| Ok((to.finish()?, hasher)));
    let (sink, hasher) = ended.map_err(|error| write_failed(root, error))?;
    let Sink { writer, size } = sink;
    let layer = FolderLayer { digest: writer.keep()?, size };
    Ok(Packed { files: files.len() as u64, content: hasher.finish().0, layer })
}

type Tar<'a> = tar::Builder<Hashed<GzEncoder<Sink<'a>>>>;

/// Appends one file; gives how many bytes the files after it may have.
fn append(tar: &mut Tar<'_>, file: &Carried, left: u64, root: &Path) -> Result<u64, FolderError> {
    let read = |source| FolderError::Read { path: file.path.clone(), source };
    let opened = open(&file.path).map_err(read)?;
    let found = opened.metadata().map_err(read)?;
    if !found.is_file() {
        return Err(FolderError::Special { path: file.path.clone() });
    }
    let size = found.len();
    let left = left.checked_sub(size).ok_or_else(|| FolderError::TooLarge { path: root.into() })?;
    let mut header = tar::Header::new_gnu();
    header.set_size(size);
    header.set_mode(if found.permissions().mode() & 0o111 == 0 { 0o644 } else { 0o755 });
    header.set_mtime(0);
    header.set_uid(0);
    header.set_gid(0);
    let mut content = opened.take(size);
    tar.append_data(&mut header, &file.name, &mut content)
        .map_err(|error| write_failed(&file.path, error))?;
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

/// Tells a cache that fails from a file that does.
fn write_failed(path: &Path, error: io::Error) -> FolderError {
    match error.downcast::<CacheFailure>() {
        Ok(CacheFailure(error)) => error.into(),
        Err(source) => FolderError::Read { path: PathBuf::from(path), source },
    }
}

/// Hashes what passes.
struct Hashed<W> {
    to: W,
    hasher: CheckpointHasher,
}

impl<W: Write> Write for Hashed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.to.write_all(bytes)?;
        self.hasher.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

/// The cache as the end of a chain of writers.
struct Sink<'a> {
    writer: CacheWriter<'a>,
    size: u64,
}

/// Carries the error of the cache through a chain of writers that know only those of the system.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
struct CacheFailure(FetchError);

impl Write for Sink<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writer.write(bytes).map_err(|error| io::Error::other(CacheFailure(error)))?;
        self.size += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
