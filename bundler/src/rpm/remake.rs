//! Makes the files of a locked repository again, where the cache does not have them.

use sre_format::Digest;
use sre_format::lock::{LockedFileSet, Made, PlacedFile, PlacedOrigin};
use tokio::task::block_in_place;

use super::error::RpmError;
use super::place::repodata_path;
use super::repodata::{Kind, Upstream, make};
use crate::fetch::{BlobCache, Upstreams, bring};

/// Brings every made file of a locked repository into the cache; gives the bytes that came.
pub(crate) async fn remake(
    set: &LockedFileSet,
    upstreams: &Upstreams,
    cache: &BlobCache,
) -> Result<u64, RpmError> {
    let made: Vec<(&PlacedFile, &Made)> = set.files.iter().filter_map(made_file).collect();
    let is_here = |file: &PlacedFile| cache.has(&file.digest, file.size);
    if block_in_place(|| made.iter().all(|(file, _)| is_here(file))) {
        return Ok(0);
    }
    let (mut upstream, mut came) = (Upstream::new(), 0);
    for (file, made) in &made {
        for archive in &made.from {
            came += bring(upstreams, cache, archive).await?;
        }
        if let Some(kind) = Kind::of_path(file.path.as_str()) {
            upstream.insert(kind, made.from.clone());
        }
    }
    block_in_place(|| {
        for file in make(&set.name, &set.files, &upstream, cache)? {
            let path = repodata_path(&set.name, &file.path)?;
            let found = Digest::of(&file.bytes);
            match made.iter().find(|(one, _)| one.path == path) {
                Some((one, _)) if one.digest == found => cache.keep(&file.bytes)?,
                Some((one, _)) => {
                    return Err(RpmError::Differs { path, locked: one.digest, found });
                }
                // A file of the repository is named for its digest, so another name is another digest.
                None => {
                    let locked = made.first().map_or(found, |(one, _)| one.digest);
                    return Err(RpmError::Differs { path, locked, found });
                }
            };
        }
        Ok(came)
    })
}

fn made_file(file: &PlacedFile) -> Option<(&PlacedFile, &Made)> {
    match &file.origin {
        PlacedOrigin::Made(made) => Some((file, made)),
        _ => None,
    }
}
