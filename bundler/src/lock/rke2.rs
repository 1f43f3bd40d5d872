//! Releases of RKE2: what every download is, the sums that say so, and the images in the archives.

use std::collections::BTreeSet;

use sre_format::bundle::BundlePath;
use sre_format::lock::{Archive, LockedFileSet, PlacedFile, PlacedOrigin};
use sre_format::manifest::{DownloadedSet, FileOrigin};
use sre_format::{Digest, ImageReference, SourceUrl};

use super::checksum::MAX_CHECKSUM_FILE;
use super::{ResolveError, Resolver, media_type};
use crate::archive::images_within;
use crate::fetch::bring;

impl Resolver<'_> {
    pub(super) async fn rke2(&self, wanted: &DownloadedSet) -> Result<LockedFileSet, ResolveError> {
        let mut set = self.downloads(wanted).await?;
        for sums in sums_of(wanted) {
            let file = self.sums_file(wanted, sums, &set).await?;
            set.files.push(file);
        }
        set.images = match self.known_images(&set) {
            Some(known) => known,
            None => self.images_of(&set).await?,
        };
        Ok(set)
    }

    /// Carries the sums, too: the installation script wants them beside what it installs.
    async fn sums_file(
        &self,
        wanted: &DownloadedSet,
        sums: &SourceUrl,
        set: &LockedFileSet,
    ) -> Result<PlacedFile, ResolveError> {
        let bytes = self.small(sums, MAX_CHECKSUM_FILE).await;
        let bytes =
            bytes.map_err(|source| ResolveError::Server { what: sums.to_string(), source })?;
        let bytes = bytes.ok_or_else(|| ResolveError::NoFile { url: sums.clone() })?;
        let digest = Digest::of(&bytes);
        // Every file was looked up in them; sums that change meanwhile are those of no release.
        super::file::check(&sums.to_string(), "the lock", digest_of(set, sums), digest)?;
        let name = sums.file_name().unwrap_or_default();
        let path = format!("{}/{}/{name}", wanted.kind.folder(), wanted.version);
        let path: BundlePath = path.parse().map_err(|error| ResolveError::Malformed {
            what: sums.to_string(),
            reason: format!("the name of the sums: {error}"),
        })?;
        let (size, media_type) = (bytes.len() as u64, media_type::of_name(name).to_owned());
        let origin = PlacedOrigin::Url(sums.clone());
        Ok(PlacedFile { path, digest, size, media_type, origin })
    }

    /// What the old lock knows of the very same archives.
    fn known_images(&self, set: &LockedFileSet) -> Option<Vec<ImageReference>> {
        let same = |old: &&LockedFileSet| {
            (old.kind, &old.name, &old.version) == (set.kind, &set.name, &set.version)
        };
        let old = self.old?.sets.iter().find(same)?;
        let digests = |set: &LockedFileSet| -> BTreeSet<Digest> {
            set.files.iter().filter(|file| holds_images(file)).map(|file| file.digest).collect()
        };
        (digests(old) == digests(set)).then(|| old.images.clone())
    }

    async fn images_of(&self, set: &LockedFileSet) -> Result<Vec<ImageReference>, ResolveError> {
        let mut images = BTreeSet::new();
        for file in set.files.iter().filter(|file| holds_images(file)) {
            let PlacedOrigin::Url(url) = &file.origin else { continue };
            let (url, digest, size) = (url.clone(), file.digest, file.size);
            let of = Archive { url, digest, size };
            bring(self.upstreams, self.cache, &of).await?;
            let opened = self.cache.reader(&digest).ok_or(ResolveError::Task)?;
            let reading = tokio::task::spawn_blocking(move || images_within(&opened));
            let found = reading.await.map_err(|_| ResolveError::Task)?;
            let malformed = |error: crate::archive::ImageListError| ResolveError::Malformed {
                what: of.url.to_string(),
                reason: sre_steps::with_causes(&error),
            };
            images.extend(found.map_err(malformed)?);
        }
        Ok(images.into_iter().collect())
    }
}

fn sums_of(wanted: &DownloadedSet) -> BTreeSet<&SourceUrl> {
    let sums = wanted.downloads.iter().filter_map(|download| match &download.origin {
        FileOrigin::Checksummed(_, sums) => Some(sums),
        _ => None,
    });
    sums.collect()
}

/// Gives the digest that the sums had when the files were looked up in them.
fn digest_of(set: &LockedFileSet, sums: &SourceUrl) -> Option<Digest> {
    use sre_format::lock::Verification;
    set.verified.iter().find_map(|verified| match verified {
        Verification::ChecksumFile { url, digest } if url == sums => Some(*digest),
        _ => None,
    })
}

fn holds_images(file: &PlacedFile) -> bool {
    let name = file.path.as_str().rsplit('/').next().unwrap_or_default();
    name.starts_with("rke2-images-")
}
