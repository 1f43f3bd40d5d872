//! Tools: a program for each platform.

use sre_format::lock::{Archive, FileSource, LockedFileSet, PlacedFile, PlacedOrigin, SetKind};
use sre_format::manifest::{Program, Tool};

use super::file::Origin;
use super::{ResolveError, Resolver};
use crate::fetch::{bring, take_out};

/// Programs shrink to less than half, so they are stored compressed.
const MEDIA_TYPE: &str = "application/x-executable";

impl Resolver<'_> {
    pub(super) async fn tool(&self, tool: &Tool) -> Result<LockedFileSet, ResolveError> {
        let (mut files, mut verified) = (Vec::new(), Vec::new());
        for program in &tool.programs {
            let download = self.origin(&program.download).await?;
            verified.extend(download.verified.iter().cloned());
            files.push(self.program(program, download).await?);
        }
        verified.sort();
        verified.dedup();
        Ok(LockedFileSet {
            kind: SetKind::Tool,
            name: tool.name.clone(),
            version: tool.version.clone(),
            files,
            images: Vec::new(),
            verified,
        })
    }

    async fn program(
        &self,
        program: &Program,
        download: Origin,
    ) -> Result<PlacedFile, ResolveError> {
        let Origin { source, digest, size, .. } = download;
        let path = program.path.clone();
        let media_type = MEDIA_TYPE.to_owned();
        let (url, member) = match (source, &program.member) {
            (FileSource::Url(url), Some(member)) => (url, member.clone()),
            (FileSource::Url(url), None) => {
                let origin = PlacedOrigin::Url(url);
                return Ok(PlacedFile { path, digest, size, media_type, origin });
            }
            (FileSource::Path(_), _) => return Err(ResolveError::Task),
        };
        let of = Archive { url, digest, size };
        let origin = PlacedOrigin::Member { of: of.clone(), path: member.clone() };
        if let Some(known) = self.known_file(&program.path, &origin) {
            return Ok(known);
        }
        bring(self.upstreams, self.cache, &of).await?;
        let (digest, size) = take_out(self.cache, &of, &member).await?;
        Ok(PlacedFile { path, digest, size, media_type, origin })
    }

    /// Finds what the old lock knows of a file that comes out of the very same archive.
    fn known_file(
        &self,
        path: &sre_format::bundle::BundlePath,
        origin: &PlacedOrigin,
    ) -> Option<PlacedFile> {
        let mut files = self.old?.sets.iter().flat_map(|set| &set.files);
        files.find(|file| file.path == *path && file.origin == *origin).cloned()
    }
}
