//! Files: from a URL with a digest or a checksum file, or from this machine.

use std::io::Read as _;
use std::path::Path;

use http::Method;
use sre_format::bundle::CheckpointHasher;
use sre_format::lock::{FileSource, LockedFile, Verification};
use sre_format::manifest::{File, FileOrigin};
use sre_format::{Digest, SourceUrl};
use sre_oci::transport::Request;

use super::checksum::{self, MAX_CHECKSUM_FILE};
use super::{ResolveError, Resolver, media_type};

/// The most bytes of a file whose size no upstream tells.
const MAX_UNSIZED: u64 = 1 << 40;

/// What a file is, and by whose word.
pub(super) struct Origin {
    pub source: FileSource,
    pub digest: Digest,
    pub size: u64,
    pub verified: Vec<Verification>,
}

impl Resolver<'_> {
    pub(super) async fn file(&self, file: &File) -> Result<LockedFile, ResolveError> {
        let Origin { source, digest, size, verified } = self.origin(&file.source).await?;
        let media_type = media_type::of_name(file.name.as_str()).to_owned();
        Ok(LockedFile { name: file.name.clone(), source, digest, size, media_type, verified })
    }

    /// Finds out what a file is, and by whose word.
    pub(super) async fn origin(&self, origin: &FileOrigin) -> Result<Origin, ResolveError> {
        let (source, digest, size, verified) = match origin {
            FileOrigin::Pinned(url, digest) => {
                let size = self.size(url, *digest, "the manifest").await?;
                (FileSource::Url(url.clone()), *digest, size, vec![Verification::Manifest])
            }
            FileOrigin::Checksummed(url, sums) => {
                let (digest, verification) = self.listed(url, sums).await?;
                let size = self.size(url, digest, &sums.to_string()).await?;
                (FileSource::Url(url.clone()), digest, size, vec![verification])
            }
            FileOrigin::Local(path, pinned) => {
                let (digest, size) = self.local(path).await?;
                if let Some(expected) = pinned.filter(|expected| *expected != digest) {
                    let path = self.folder.join(path);
                    return Err(ResolveError::OtherFile { path, expected, found: digest });
                }
                let verified = pinned.iter().map(|_| Verification::Manifest).collect();
                (FileSource::Path(path.clone()), digest, size, verified)
            }
        };
        Ok(Origin { source, digest, size, verified })
    }

    /// Asks for the size; a server that does not tell is asked for the bytes, which are kept.
    async fn size(&self, url: &SourceUrl, digest: Digest, who: &str) -> Result<u64, ResolveError> {
        let request = Request::new(Method::HEAD, url.as_url().clone());
        let answer = self.upstreams.transport().send(&request).await;
        let failed = |source| ResolveError::Server { what: url.to_string(), source };
        let answer = answer.map_err(failed)?;
        match (answer.status().as_u16(), answer.content_length()) {
            (200, Some(size)) => return Ok(size),
            (404, _) => return Err(ResolveError::NoFile { url: url.clone() }),
            // Some servers sign URLs for GET alone, or do not know HEAD; GET tells what is true.
            _ => {}
        }
        let (found, size) = self.keep(url, MAX_UNSIZED).await?;
        check(&url.to_string(), who, Some(digest), found)?;
        Ok(size)
    }

    async fn listed(
        &self,
        url: &SourceUrl,
        sums: &SourceUrl,
    ) -> Result<(Digest, Verification), ResolveError> {
        let text = self.small(sums, MAX_CHECKSUM_FILE).await;
        let text =
            text.map_err(|source| ResolveError::Server { what: sums.to_string(), source })?;
        let text = text.ok_or_else(|| ResolveError::NoFile { url: sums.clone() })?;
        let name = url.file_name().unwrap_or_default().to_owned();
        let digest = checksum::find(&String::from_utf8_lossy(&text), &name)
            .ok_or_else(|| ResolveError::NotListed { sums: sums.clone(), name })?;
        let file = Verification::ChecksumFile { url: sums.clone(), digest: Digest::of(&text) };
        Ok((digest, file))
    }

    async fn local(&self, path: &str) -> Result<(Digest, u64), ResolveError> {
        let path = self.folder.join(path);
        let hashing = tokio::task::spawn_blocking(move || hash(&path));
        hashing.await.map_err(|_| ResolveError::Task)?
    }
}

fn hash(path: &Path) -> Result<(Digest, u64), ResolveError> {
    let failed = |source| ResolveError::Local { path: path.to_owned(), source };
    let mut file = std::fs::File::open(path).map_err(failed)?;
    let (mut hasher, mut size) = (CheckpointHasher::default(), 0);
    let mut buffer = vec![0; 1 << 20];
    loop {
        match file.read(&mut buffer).map_err(failed)? {
            0 => return Ok((hasher.finish().0, size)),
            read => {
                hasher.update(&buffer[..read]);
                size += read as u64;
            }
        }
    }
}

/// Refuses bytes with another digest than promised.
pub(super) fn check(
    what: &str,
    who: &str,
    expected: Option<Digest>,
    found: Digest,
) -> Result<(), ResolveError> {
    match expected {
        Some(expected) if expected != found => {
            let (what, who) = (what.to_owned(), who.to_owned());
            Err(ResolveError::WrongDigest { what, who, expected, found })
        }
        _ => Ok(()),
    }
}
