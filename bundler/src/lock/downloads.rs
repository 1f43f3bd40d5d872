//! What is downloaded for each platform: programs and images of operating systems.

use sre_format::bundle::BundlePath;
use sre_format::lock::{Archive, FileSource, LockedFileSet, PlacedFile, PlacedOrigin, SetKind};
use sre_format::manifest::{Download, DownloadedSet};

use super::file::Origin;
use super::{ResolveError, Resolver, media_type};
use crate::fetch::{bring, take_out};

/// Programs shrink to less than half, so they are stored compressed.
pub(super) const PROGRAM_TYPE: &str = "application/x-executable";

impl Resolver<'_> {
    pub(super) async fn downloads(
        &self,
        set: &DownloadedSet,
    ) -> Result<LockedFileSet, ResolveError> {
        let (mut files, mut verified) = (Vec::new(), Vec::new());
        for download in &set.downloads {
            let origin = self.origin(&download.origin).await?;
            verified.extend(origin.verified.iter().cloned());
            let media_type = match set.kind {
                SetKind::Tool => PROGRAM_TYPE,
                _ => media_type::of_name(download.path.as_str()),
            };
            files.push(self.placed(download, origin, media_type).await?);
        }
        verified.sort();
        verified.dedup();
        let (kind, name, version) = (set.kind, set.name.clone(), set.version.clone());
        Ok(LockedFileSet { kind, name, version, files, images: Vec::new(), verified })
    }

    async fn placed(
        &self,
        download: &Download,
        origin: Origin,
        media_type: &str,
    ) -> Result<PlacedFile, ResolveError> {
        let Origin { source, digest, size, .. } = origin;
        let (path, media_type) = (download.path.clone(), media_type.to_owned());
        let (url, member) = match (source, &download.member) {
            (FileSource::Url(url), Some(member)) => (url, member.clone()),
            (FileSource::Url(url), None) => {
                let origin = PlacedOrigin::Url(url);
                return Ok(PlacedFile { path, digest, size, media_type, origin });
            }
            // A download is never a path of this machine; the manifest has no word for it.
            (FileSource::Path(_), _) => return Err(ResolveError::Task),
        };
        let of = Archive { url, digest, size };
        let origin = PlacedOrigin::Member { of: of.clone(), path: member.clone() };
        if let Some(known) = self.known_file(&path, &origin) {
            return Ok(known);
        }
        bring(self.upstreams, self.cache, &of).await?;
        let (digest, size) = take_out(self.cache, &of, &member).await?;
        Ok(PlacedFile { path, digest, size, media_type, origin })
    }

    /// Finds what the old lock knows of a file that comes out of the very same archive.
    fn known_file(&self, path: &BundlePath, origin: &PlacedOrigin) -> Option<PlacedFile> {
        let mut files = self.old?.sets.iter().flat_map(|set| &set.files);
        files.find(|file| file.path == *path && file.origin == *origin).cloned()
    }
}
