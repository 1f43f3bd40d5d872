//! Tags and branches that no longer lead to the commit of the lock.

use std::path::Path;

use sre_format::lock::{FileSource, GitCommit, Lock, PlacedOrigin};

use super::{GitError, find, pack_commit};
use crate::fetch::BlobCache;

/// Asks every repository where the tags and branches of the lock lead now.
pub fn check_commits(lock: &Lock, folder: &Path) -> Result<(), GitError> {
    let files = lock.sets.iter().flat_map(|set| &set.files);
    for file in files {
        let PlacedOrigin::Git(locked) = &file.origin else { continue };
        let Some(reference) = &locked.reference else { continue };
        let repository = address(&locked.repository, folder);
        let found = find(&repository, reference)?;
        if found != locked.commit {
            return Err(GitError::Moved {
                repository,
                reference: reference.clone(),
                who: "the lock",
                expected: locked.commit.clone(),
                found,
            });
        }
    }
    Ok(())
}

/// Gives the address of a repository as `git` takes it. A path gets a scheme, so that it can be neither an
/// option nor the short form of a host.
#[must_use]
pub fn address(repository: &FileSource, folder: &Path) -> String {
    match repository {
        FileSource::Url(url) => url.to_string(),
        FileSource::Path(path) => {
            let path = folder.join(path);
            let whole = std::path::absolute(&path).unwrap_or(path);
            format!("file://{}", whole.display())
        }
    }
}

/// Brings the archive of a locked commit into the cache.
pub fn archive_of(
    locked: &GitCommit,
    name: &str,
    digest: sre_format::Digest,
    folder: &Path,
    cache: &BlobCache,
) -> Result<(), GitError> {
    let repository = address(&locked.repository, folder);
    let packed = pack_commit(&repository, &locked.commit, name, cache)?;
    if (packed.digest, &packed.tree) == (digest, &locked.tree) {
        return Ok(());
    }
    Err(GitError::OtherArchive { what: locked.to_string() })
}
