//! What refers to an artifact: signatures, attestations, SBOMs, and what refers to those.
//!
//! Found by the referrers API, else by the tag that stands for it, and by the tags of cosign.
//! Only a 404 means that there is nothing; a registry that refuses is an error, because a
//! signature that was left behind is missed too late.

use std::collections::BTreeSet;

use futures_util::future::try_join_all;
use sre_format::lock::LockedReferrer;
use sre_format::{Digest, ImageReference};
use sre_oci::Descriptor;
use sre_oci::client::{Reference, cosign_tags};

use super::artifact::{Artifact, Blobs, Place};
use super::{ResolveError, Resolver};

/// The most referrers of one artifact; more are an accident or an attack.
const MAX_REFERRERS: usize = 2000;

/// A referrer as a registry lists it.
struct Listed {
    descriptor: Descriptor,
    subject: Digest,
    tag: Option<String>,
    /// The repository that has it, where that is not its subject's.
    repository: Option<ImageReference>,
}

impl Resolver<'_> {
    /// Says whether the registry lists what the old lock has.
    pub(super) async fn referrers_are_the_same(
        &self,
        place: &Place<'_>,
        signatures: Option<&ImageReference>,
        known: &Artifact,
    ) -> Result<bool, ResolveError> {
        let carried = known.manifests.iter().map(|it| it.digest);
        let subjects: Vec<_> = std::iter::once(known.root.digest).chain(carried).collect();
        let mut listed = BTreeSet::new();
        for place in self.places(place, signatures)?.iter().chain([place]) {
            let found = list(place, subjects.clone()).await?.into_iter();
            listed
                .extend(found.map(|it| (it.subject, it.descriptor.digest, it.tag, it.repository)));
        }
        let locked = known.referrers.iter();
        let locked: BTreeSet<_> = locked
            .map(|it| (it.subject, it.digest, it.tag.clone(), it.repository.clone()))
            .collect();
        Ok(listed == locked)
    }

    /// Gives the other repository that has signatures, as a place.
    fn places<'a>(
        &'a self,
        own: &Place<'_>,
        signatures: Option<&'a ImageReference>,
    ) -> Result<Option<Place<'a>>, ResolveError> {
        let other = signatures.filter(|it| it.name() != own.reference.name());
        let place = other.map(|reference| Ok(Place { elsewhere: true, ..self.place(reference)? }));
        place.transpose()
    }

    /// Finds and fetches the manifests of everything that refers to the subjects.
    pub(super) async fn referrers(
        &self,
        place: &Place<'_>,
        signatures: Option<&ImageReference>,
        subjects: Vec<Digest>,
        blobs: &mut Blobs,
    ) -> Result<Vec<LockedReferrer>, ResolveError> {
        let mut referrers = Vec::new();
        if let Some(other) = self.places(place, signatures)? {
            self.referrers_in(&other, subjects.clone(), blobs, &mut referrers).await?;
        }
        self.referrers_in(place, subjects, blobs, &mut referrers).await?;
        Ok(referrers)
    }

    async fn referrers_in(
        &self,
        place: &Place<'_>,
        subjects: Vec<Digest>,
        blobs: &mut Blobs,
        referrers: &mut Vec<LockedReferrer>,
    ) -> Result<(), ResolveError> {
        for listed in list(place, subjects).await? {
            let manifest = match listed.tag {
                // What a tag names is the word of a header, which proxies are known to spoil.
                Some(_) => place.by_digest(listed.descriptor.digest).await?,
                None => place.named(&listed.descriptor).await?,
            };
            blobs.add(&manifest, place)?;
            referrers.push(LockedReferrer {
                digest: manifest.digest(),
                size: manifest.size(),
                media_type: manifest.media_type().to_owned(),
                artifact_type: manifest.artifact_type().unwrap_or_default().to_owned(),
                subject: listed.subject,
                tag: listed.tag,
                repository: listed.repository,
            });
        }
        Ok(())
    }
}

/// Lists referrers, and referrers of referrers, each once.
async fn list(place: &Place<'_>, subjects: Vec<Digest>) -> Result<Vec<Listed>, ResolveError> {
    let mut asked: BTreeSet<Digest> = subjects.iter().copied().collect();
    let tagged = try_join_all(subjects.iter().map(|subject| by_cosign_tags(place, *subject)));
    let mut found: Vec<Listed> = tagged.await?.into_iter().flatten().collect();
    let mut open: Vec<Digest> = subjects;
    open.extend(found.iter().map(|it| it.descriptor.digest).filter(|it| asked.insert(*it)));
    while !open.is_empty() {
        let round = try_join_all(open.iter().map(|subject| by_api(place, *subject))).await?;
        open.clear();
        for listed in round.into_iter().flatten() {
            let digest = listed.descriptor.digest;
            let twice =
                |it: &Listed| it.descriptor.digest == digest && it.subject == listed.subject;
            if found.iter().any(twice) {
                continue;
            }
            if asked.insert(digest) {
                open.push(digest);
            }
            found.push(listed);
        }
        if found.len() > MAX_REFERRERS {
            let reference = place.reference.clone();
            return Err(ResolveError::TooMany { reference, what: "referrers" });
        }
    }
    Ok(found)
}

async fn by_api(place: &Place<'_>, subject: Digest) -> Result<Vec<Listed>, ResolveError> {
    let listed = place.client.referrers(place.repository(), subject).await;
    let listed = listed.map_err(place.failed())?.into_iter();
    let repository = place.named_apart();
    let named =
        |descriptor| Listed { descriptor, subject, tag: None, repository: repository.clone() };
    Ok(listed.map(named).collect())
}

async fn by_cosign_tags(place: &Place<'_>, subject: Digest) -> Result<Vec<Listed>, ResolveError> {
    let tags = cosign_tags(subject);
    let heads = try_join_all(tags.iter().map(|tag| async move {
        place.client.head_manifest(place.repository(), &Reference::tag(tag.as_str())).await
    }));
    let heads = heads.await.map_err(place.failed())?;
    let found = tags.into_iter().zip(heads);
    let found = found.filter_map(|(tag, head)| {
        let repository = place.named_apart();
        head.map(|descriptor| Listed { descriptor, subject, tag: Some(tag), repository })
    });
    Ok(found.collect())
}
