//! What an upstream holds.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use bytes::Bytes;
use sre_format::Digest;

use super::uploads::Upload;
use crate::Content;

/// Repositories, blobs, files and unfinished uploads.
#[derive(Default)]
pub(super) struct Store {
    pub(super) repositories: BTreeMap<String, Repository>,
    pub(super) contents: HashMap<Digest, Content>,
    pub(super) uploads: HashMap<String, Arc<tokio::sync::Mutex<Upload>>>,
    pub(super) files: BTreeMap<String, File>,
    pub(super) next_upload: u64,
}

/// One repository.
#[derive(Default)]
pub(super) struct Repository {
    pub(super) manifests: BTreeMap<Digest, Manifest>,
    pub(super) tags: BTreeMap<String, Digest>,
    pub(super) blobs: BTreeSet<Digest>,
}

/// A manifest with the media type under which it was pushed.
#[derive(Clone, Debug)]
pub struct Manifest {
    /// The media type.
    pub media_type: String,
    /// The bytes as they were pushed.
    pub bytes: Bytes,
}

/// A file outside of `/v2/`.
#[derive(Clone)]
pub(super) struct File {
    pub(super) media_type: String,
    pub(super) content: Content,
}

impl Store {
    pub(super) fn manifest(&self, repository: &str, reference: &str) -> Option<(Digest, Manifest)> {
        let repository = self.repositories.get(repository)?;
        let digest = match reference.parse() {
            Ok(digest) => digest,
            Err(_) => *repository.tags.get(reference)?,
        };
        Some((digest, repository.manifests.get(&digest)?.clone()))
    }

    pub(super) fn blob(&self, repository: &str, digest: &Digest) -> Option<Content> {
        let holds = self.repositories.get(repository)?.blobs.contains(digest);
        holds.then(|| self.contents.get(digest).cloned()).flatten()
    }

    pub(super) fn put_blob(&mut self, repository: &str, digest: Digest, content: Content) {
        self.contents.insert(digest, content);
        self.repositories.entry(repository.to_owned()).or_default().blobs.insert(digest);
    }

    pub(super) fn put_manifest(&mut self, repository: &str, reference: &str, manifest: Manifest) {
        let digest = Digest::of(&manifest.bytes);
        let repository = self.repositories.entry(repository.to_owned()).or_default();
        repository.manifests.insert(digest, manifest);
        if reference.parse::<Digest>().is_err() {
            repository.tags.insert(reference.to_owned(), digest);
        }
    }
}
