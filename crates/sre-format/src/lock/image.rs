//! Locked images.

use serde::Serialize;

use super::Verification;
use crate::{Digest, ImageReference, PlatformName, SourceUrl};

/// An image: the manifest that its reference names, what of it is carried, and what hangs on it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LockedImage {
    /// The reference as the manifest has it.
    pub reference: ImageReference,
    /// The manifest or index that it names.
    #[serde(flatten)]
    pub root: LockedManifest,
    /// The platforms that are carried; none when all are that the index names.
    pub platforms: Vec<PlatformName>,
    /// Children of an index that are carried, in the order of the index.
    pub manifests: Vec<LockedManifest>,
    /// Children of an index that are not carried; the index names them all the same.
    pub absent: Vec<LockedManifest>,
    /// Signatures, attestations, SBOMs and other artifacts of the root and its carried children.
    pub referrers: Vec<LockedReferrer>,
    /// Bytes of all distinct blobs, manifests included.
    pub bytes: u64,
    /// The registry or mirror that it was resolved from.
    pub source: SourceUrl,
    /// What was checked.
    pub verified: Vec<Verification>,
}

/// A manifest or index.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LockedManifest {
    /// The digest of its bytes.
    pub digest: Digest,
    /// The count of its bytes.
    pub size: u64,
    /// Its media type, exactly as upstream serves it.
    pub media_type: String,
    /// The platform that an index names for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub platform: Option<PlatformName>,
}

/// An artifact that refers to a manifest.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LockedReferrer {
    /// The digest of its manifest.
    pub digest: Digest,
    /// The count of the bytes of its manifest.
    pub size: u64,
    /// The media type of its manifest.
    pub media_type: String,
    /// What kind of artifact it is; empty where its manifest does not say.
    pub artifact_type: String,
    /// The manifest that it refers to.
    pub subject: Digest,
    /// The tag under which it is known, such as cosign's `sha256-<hex>.sig`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// The repository that has it, without a tag, where that is not the one of its subject.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repository: Option<ImageReference>,
}

/// A manifest that is carried, and where it is fetched from.
#[derive(Clone, Copy, Debug)]
pub struct CarriedManifest<'a> {
    /// A reference into the repository that has it.
    pub repository: &'a ImageReference,
    /// The digest of its bytes.
    pub digest: Digest,
    /// The count of its bytes.
    pub size: u64,
    /// Its media type.
    pub media_type: &'a str,
}

impl LockedImage {
    /// Gives the manifests that are carried: root, children, referrers, each once.
    pub fn carried(&self) -> impl Iterator<Item = CarriedManifest<'_>> {
        let manifests = std::iter::once(&self.root).chain(&self.manifests);
        let manifests = manifests.map(|one| one.carried(&self.reference));
        manifests.chain(self.referrers.iter().map(|one| one.carried(&self.reference)))
    }

    /// Says whether it is an index of which some children are left out.
    #[must_use]
    pub fn is_sparse(&self) -> bool {
        !self.absent.is_empty()
    }

    pub(super) fn sort(&mut self) {
        self.platforms.sort();
        self.referrers.sort_by(LockedReferrer::order);
    }
}

impl LockedManifest {
    /// Gives what is fetched, and that it lies in a repository.
    #[must_use]
    pub fn carried<'a>(&'a self, repository: &'a ImageReference) -> CarriedManifest<'a> {
        let Self { digest, size, media_type, .. } = self;
        CarriedManifest { repository, digest: *digest, size: *size, media_type }
    }
}

impl LockedReferrer {
    /// Gives the repository that has it, given the reference of its subject.
    #[must_use]
    pub fn repository<'a>(&'a self, subject: &'a ImageReference) -> &'a ImageReference {
        self.repository.as_ref().unwrap_or(subject)
    }

    /// Gives what is fetched, and where it lies.
    #[must_use]
    pub fn carried<'a>(&'a self, subject: &'a ImageReference) -> CarriedManifest<'a> {
        let Self { digest, size, media_type, .. } = self;
        let repository = self.repository(subject);
        CarriedManifest { repository, digest: *digest, size: *size, media_type }
    }

    pub(super) fn order(&self, other: &Self) -> std::cmp::Ordering {
        let key = |one: &Self| (one.subject, one.tag.clone(), one.digest, one.repository.clone());
        key(self).cmp(&key(other))
    }
}
