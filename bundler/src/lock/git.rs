//! Commits of git repositories.

use std::path::Path;

use sre_format::lock::{
    GitCommit, LockedFileSet, ObjectId, PlacedFile, PlacedOrigin, SetKind, Verification,
};
use sre_format::manifest::Git;

use super::{ResolveError, Resolver};
use crate::git::{GitError, address, find, pack_commit};

/// A commit's archive is packed already.
const ARCHIVE_TYPE: &str = "application/gzip";

impl Resolver<'_> {
    pub(super) async fn git(&self, wanted: &Git) -> Result<LockedFileSet, ResolveError> {
        let (folder, job) = (self.folder.to_owned(), wanted.clone());
        let finding = tokio::task::spawn_blocking(move || commit(&job, &folder));
        let commit = finding.await.map_err(|_| ResolveError::Task)??;
        let file = match self.known_commit(wanted, &commit) {
            Some(known) => known,
            None => self.packed(wanted, commit).await?,
        };
        let verified = wanted.commit.iter().map(|_| Verification::Manifest).collect();
        let (kind, name, version) = (SetKind::Git, wanted.name.clone(), wanted.version.clone());
        Ok(LockedFileSet { kind, name, version, files: vec![file], images: Vec::new(), verified })
    }

    async fn packed(&self, wanted: &Git, commit: ObjectId) -> Result<PlacedFile, ResolveError> {
        let address = address(&wanted.repository, self.folder);
        let (name, cache, id) = (wanted.name.clone(), self.cache.clone(), commit.clone());
        let packing = move || pack_commit(&address, &id, &name, &cache);
        let packed =
            tokio::task::spawn_blocking(packing).await.map_err(|_| ResolveError::Task)??;
        let (repository, reference) = (wanted.repository.clone(), wanted.reference.clone());
        let origin =
            PlacedOrigin::Git(GitCommit { repository, reference, commit, tree: packed.tree });
        let (path, media_type) = (wanted.path.clone(), ARCHIVE_TYPE.to_owned());
        Ok(PlacedFile { path, digest: packed.digest, size: packed.size, media_type, origin })
    }

    /// What the old lock knows of the very same commit.
    fn known_commit(&self, wanted: &Git, commit: &ObjectId) -> Option<PlacedFile> {
        let files = self.old?.sets.iter().flat_map(|set| &set.files);
        let mut same = files.filter(|file| match &file.origin {
            PlacedOrigin::Git(old) => {
                (&old.repository, &old.reference, &old.commit)
                    == (&wanted.repository, &wanted.reference, commit)
            }
            _ => false,
        });
        same.find(|file| file.path == wanted.path).cloned()
    }
}

/// Finds the commit that is meant; a tag or branch must lead to the commit that stands beside it.
fn commit(wanted: &Git, folder: &Path) -> Result<ObjectId, GitError> {
    let address = address(&wanted.repository, folder);
    let found = match (&wanted.reference, &wanted.commit) {
        (Some(reference), _) => find(&address, reference)?,
        (None, Some(commit)) => commit.clone(),
        (None, None) => {
            return Err(GitError::NoReference { repository: address, reference: String::new() });
        }
    };
    match (&wanted.reference, &wanted.commit) {
        (Some(reference), Some(expected)) if *expected != found => Err(GitError::Moved {
            repository: address,
            reference: reference.clone(),
            who: "the manifest",
            expected: expected.clone(),
            found,
        }),
        _ => Ok(found),
    }
}
