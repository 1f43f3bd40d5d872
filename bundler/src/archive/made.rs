//! Archives that are made here: a tar in gzip with nothing of this machine in it, into the cache.

use std::io::{self, Read, Write};

use flate2::Compression;
use flate2::write::GzEncoder;
use sre_format::Digest;
use sre_format::bundle::CheckpointHasher;

use crate::fetch::{BlobCache, CacheWriter, FetchError};

/// An archive on its way into the cache; the same files in the same order give the same bytes.
pub(crate) struct ArchiveWriter<'a> {
    tar: tar::Builder<Hashed<GzEncoder<Sink<'a>>>>,
}

/// A finished archive, which is in the cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MadeArchive {
    /// The digest of the plain tar.
    pub content: Digest,
    /// The digest of its bytes.
    pub digest: Digest,
    /// The count of its bytes.
    pub size: u64,
}

/// What of a file's mode is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// A file.
    Plain,
    /// A file that may be run.
    Executable,
}

/// Says why a file cannot be put into an archive.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AppendError {
    /// The cache failed.
    #[error(transparent)]
    Cache(FetchError),
    /// The content cannot be read.
    #[error("the content cannot be read")]
    Content(#[source] io::Error),
}

impl<'a> ArchiveWriter<'a> {
    /// Begins an archive.
    pub(crate) fn new(cache: &'a BlobCache) -> Result<Self, FetchError> {
        let sink = Sink { writer: cache.writer()?, size: 0 };
        let gzip = GzEncoder::new(sink, Compression::best());
        let tar = tar::Builder::new(Hashed { to: gzip, hasher: CheckpointHasher::default() });
        Ok(Self { tar })
    }

    /// Appends a file of `size` bytes; the caller sees to it that `content` gives as many.
    pub(crate) fn file(
        &mut self,
        name: &str,
        mode: Mode,
        size: u64,
        content: &mut dyn Read,
    ) -> Result<(), AppendError> {
        let mut header = header(if mode == Mode::Plain { 0o644 } else { 0o755 });
        header.set_size(size);
        self.tar.append_data(&mut header, name, content).map_err(AppendError::of)
    }

    /// Appends a symbolic link.
    pub(crate) fn link(&mut self, name: &str, target: &str) -> Result<(), AppendError> {
        let mut header = header(0o777);
        header.set_entry_type(tar::EntryType::Symlink);
        header.set_size(0);
        self.tar.append_link(&mut header, name, target).map_err(AppendError::of)
    }

    /// Ends the archive and keeps it.
    pub(crate) fn finish(self) -> Result<MadeArchive, AppendError> {
        let Hashed { to, hasher } = self.tar.into_inner().map_err(AppendError::of)?;
        let Sink { writer, size } = to.finish().map_err(AppendError::of)?;
        let digest = writer.keep().map_err(AppendError::Cache)?;
        Ok(MadeArchive { content: hasher.finish().0, digest, size })
    }
}

fn header(mode: u32) -> tar::Header {
    let mut header = tar::Header::new_gnu();
    header.set_mode(mode);
    header.set_mtime(0);
    header.set_uid(0);
    header.set_gid(0);
    header
}

impl AppendError {
    /// Tells a cache that fails from a content that does.
    fn of(error: io::Error) -> Self {
        match error.downcast::<CacheFailure>() {
            Ok(CacheFailure(error)) => Self::Cache(error),
            Err(error) => Self::Content(error),
        }
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
