//! What gets signed: each root and carried child, once in each repository.

use std::collections::BTreeMap;

use sre_format::lock::{Lock, LockedManifest, LockedReferrer};
use sre_format::{Digest, ImageReference};

/// A manifest that gets signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Subject {
    /// The repository that it stands in, under the manifest's digest.
    pub reference: ImageReference,
    /// The manifest.
    pub manifest: LockedManifest,
    /// The manifest of the signatures that upstream has under the tag of ours.
    pub earlier: Option<Digest>,
}

/// Gives the tag under which cosign looks for signatures of a manifest.
pub(super) fn signature_tag(digest: Digest) -> String {
    format!("sha256-{}.sig", digest.hex())
}

/// Lists what gets signed, in the order of repositories and digests.
pub(super) fn subjects(lock: &Lock) -> Vec<Subject> {
    let mut found = Subjects::default();
    for image in &lock.images {
        for manifest in std::iter::once(&image.root).chain(&image.manifests) {
            found.add(&image.reference, manifest, &image.referrers);
        }
    }
    for chart in &lock.charts {
        found.add(&chart.reference, &chart.root, &chart.referrers);
    }
    for folder in &lock.folders {
        found.add(&folder.reference, &folder.root, &[]);
    }
    found.0.into_values().collect()
}

#[derive(Default)]
struct Subjects(BTreeMap<(String, Digest), Subject>);

impl Subjects {
    fn add(
        &mut self,
        reference: &ImageReference,
        manifest: &LockedManifest,
        referrers: &[LockedReferrer],
    ) {
        let digest = manifest.digest;
        let tag = signature_tag(digest);
        // Those in a repository of their own stay there, where nothing of ours has their tag.
        let stands_here = |referrer: &&LockedReferrer| {
            let elsewhere = referrer.repository.as_ref();
            elsewhere.is_none_or(|repository| repository.name() == reference.name())
        };
        let mut here = referrers.iter().filter(stands_here);
        let earlier = here.find(|referrer| referrer.tag.as_ref() == Some(&tag));
        let earlier = earlier.map(|referrer| referrer.digest);
        let key = (reference.name(), digest);
        let subject = self.0.entry(key).or_insert_with(|| Subject {
            reference: reference.at_digest(digest),
            manifest: manifest.clone(),
            earlier: None,
        });
        subject.earlier = subject.earlier.or(earlier);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_that_lie_in_another_repository_have_no_tag_in_common_with_ours() {
        let image: ImageReference = "ghcr.io/kyverno/kyverno:1".parse().unwrap();
        let media_type = "application/vnd.oci.image.manifest.v1+json".to_owned();
        let root = |digest| LockedManifest {
            digest,
            size: 1,
            media_type: media_type.clone(),
            platform: None,
        };
        let subject = Digest::of(b"image");
        let referrer = |content: &[u8], repository: Option<&str>| LockedReferrer {
            digest: Digest::of(content),
            size: 1,
            media_type: media_type.clone(),
            artifact_type: String::new(),
            subject,
            tag: Some(signature_tag(subject)),
            repository: repository.map(|name| name.parse().unwrap()),
        };
        let there = referrer(b"there", Some("ghcr.io/kyverno/signatures"));
        let here = referrer(b"here", None);
        for (referrers, expected) in
            [(vec![there.clone()], None), (vec![there, here.clone()], Some(here.digest))]
        {
            let mut found = Subjects::default();
            found.add(&image, &root(subject), &referrers);
            let found: Vec<_> = found.0.into_values().map(|subject| subject.earlier).collect();
            assert_eq!(found, [expected]);
        }
    }
}
