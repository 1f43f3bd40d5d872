//! A small content-addressed cache for what has no fixed place in the bundle before packing.
//!
//! It holds manifests, configurations and other content that gets compressed, and inputs whose
//! size no upstream tells. Content is believed by its digest when it is used, so a torn file from
//! a killed run costs a download and nothing else.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use sre_format::Digest;
use sre_format::bundle::CheckpointHasher;

use super::FetchError;

/// The cache, a folder with one file for each digest.
#[derive(Clone, Debug)]
pub struct BlobCache {
    folder: PathBuf,
}

impl BlobCache {
    /// Opens the cache in a folder, which is made where it is missing.
    pub fn open(folder: impl Into<PathBuf>) -> Result<Self, FetchError> {
        let folder = folder.into().join("sha256");
        fs::create_dir_all(&folder).map_err(FetchError::file("make the cache folder", &folder))?;
        Ok(Self { folder })
    }

    /// Gives the user's cache folder: `$XDG_CACHE_HOME/sre/blobs`, else `~/.cache/sre/blobs`.
    #[must_use]
    pub fn default_folder() -> PathBuf {
        let set =
            |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        set("XDG_CACHE_HOME")
            .or_else(|| set("HOME").map(|home| home.join(".cache")))
            .unwrap_or_else(std::env::temp_dir)
            .join("sre/blobs")
    }

    /// Gives the path of something that is kept beside the content.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.folder.with_file_name(name)
    }

    fn path(&self, digest: &Digest) -> PathBuf {
        self.folder.join(digest.hex())
    }

    /// Says whether content of this digest and size is there; it is read and hashed, because what
    /// was torn or altered must be fetched again now, not found out after everything else.
    #[must_use]
    pub fn has(&self, digest: &Digest, size: u64) -> bool {
        let path = self.path(digest);
        let fits = fs::metadata(&path).is_ok_and(|found| found.is_file() && found.len() == size);
        fits && File::open(path).and_then(Digest::of_reader).is_ok_and(|found| found == *digest)
    }

    /// Gives the size of content that is there and whole, where nobody else tells it.
    #[must_use]
    pub fn size(&self, digest: &Digest) -> Option<u64> {
        let size = fs::metadata(self.path(digest)).ok()?.len();
        self.has(digest, size).then_some(size)
    }

    /// Reads small content whole, if it is there and has this digest.
    #[must_use]
    pub fn read(&self, digest: &Digest, limit: u64) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        File::open(self.path(digest)).ok()?.take(limit + 1).read_to_end(&mut bytes).ok()?;
        (bytes.len() as u64 <= limit && Digest::of(&bytes) == *digest).then_some(bytes)
    }

    /// Opens content to be read in order; whoever reads it checks its digest.
    #[must_use]
    pub fn reader(&self, digest: &Digest) -> Option<File> {
        File::open(self.path(digest)).ok()
    }

    /// Forgets content that turned out to be something else.
    pub fn forget(&self, digest: &Digest) -> Result<(), FetchError> {
        let path = self.path(digest);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(FetchError::file("remove the damaged", path)(error))
            }
            _ => Ok(()),
        }
    }

    /// Keeps bytes that are all in memory.
    pub fn keep(&self, bytes: &[u8]) -> Result<Digest, FetchError> {
        let mut writer = self.writer()?;
        writer.write(bytes)?;
        writer.keep()
    }

    /// Begins content that is written in parts.
    pub fn writer(&self) -> Result<CacheWriter<'_>, FetchError> {
        let file = tempfile::NamedTempFile::new_in(&self.folder)
            .map_err(FetchError::file("write into", &self.folder))?;
        Ok(CacheWriter { cache: self, file, hasher: CheckpointHasher::default() })
    }
}

/// Content on its way into the cache.
pub struct CacheWriter<'a> {
    cache: &'a BlobCache,
    file: tempfile::NamedTempFile,
    hasher: CheckpointHasher,
}

impl CacheWriter<'_> {
    /// Adds bytes.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), FetchError> {
        self.hasher.update(bytes);
        self.file.write_all(bytes).map_err(FetchError::file("write", self.file.path()))
    }

    /// Puts the content under the digest that it turned out to have.
    pub fn keep(self) -> Result<Digest, FetchError> {
        let (digest, _) = self.hasher.finish();
        let path: &Path = &self.cache.path(&digest);
        self.file.persist(path).map_err(|error| FetchError::file("keep", path)(error.error))?;
        Ok(digest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_back_what_it_keeps_and_nothing_that_was_altered() {
        let folder = tempfile::tempdir().unwrap();
        let cache = BlobCache::open(folder.path()).unwrap();
        let digest = cache.keep(b"content").unwrap();
        assert!(cache.has(&digest, 7));
        assert_eq!(cache.size(&digest), Some(7));
        assert_eq!(cache.read(&digest, 7).unwrap(), b"content");
        assert_eq!(cache.read(&digest, 6), None);
        fs::write(cache.path(&digest), b"altered").unwrap();
        assert_eq!(cache.read(&digest, 100), None);
        assert!(!cache.has(&digest, 7));
        assert_eq!(cache.size(&digest), None);
        cache.forget(&digest).unwrap();
        cache.forget(&digest).unwrap();
        assert!(!cache.has(&digest, 7));
    }
}
