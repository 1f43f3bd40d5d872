//! Which children of an index are carried.
//!
//! Those of the wanted platforms; those without a platform, because nothing says that they are
//! not needed; and the attestations that `BuildKit` hangs on a carried child.

use std::collections::BTreeSet;

use sre_format::lock::LockedManifest;
use sre_format::{Digest, PlatformName};
use sre_oci::{Content, Descriptor, Manifest, Platform};

use super::ResolveError;
use super::artifact::{Blobs, Place};

/// The most indexes within indexes.
const MAX_DEPTH: usize = 3;

/// The annotation by which `BuildKit` says what an attestation is about.
const ATTESTED: &str = "vnd.docker.reference.digest";

/// The children of an index, in its order.
#[derive(Default)]
pub(super) struct Children {
    pub carried: Vec<LockedManifest>,
    pub absent: Vec<LockedManifest>,
}

/// Says whether a child of an index serves a platform.
pub(super) fn serves(platform: &Platform, wanted: &PlatformName) -> bool {
    wanted.as_str().parse().is_ok_and(|wanted| platform.serves(&wanted))
}

/// Chooses the children and fetches those that are carried.
pub(super) async fn children(
    place: &Place<'_>,
    index: &Manifest,
    platforms: &[PlatformName],
    blobs: &mut Blobs,
) -> Result<Children, ResolveError> {
    let mut children = Children::default();
    let mut served = BTreeSet::new();
    let mut indexes = vec![(index.clone(), 0)];
    let mut offered = BTreeSet::new();
    while let Some((index, depth)) = indexes.pop() {
        let chosen = choose(index.children(), platforms);
        for child in index.children() {
            offered.extend(
                child.platform.iter().filter(|it| it.os != "unknown").map(ToString::to_string),
            );
            if !chosen.contains(&child.digest) {
                children.absent.push(locked(child));
                continue;
            }
            let manifest = place.named(child).await?;
            blobs.add(&manifest, place)?;
            children.carried.push(locked(child));
            served.extend(
                child.platform.iter().flat_map(|platform| {
                    platforms.iter().filter(|wanted| serves(platform, wanted))
                }),
            );
            if matches!(manifest.content(), Content::Index { .. }) {
                if depth + 1 >= MAX_DEPTH {
                    let reference = place.reference.clone();
                    return Err(ResolveError::TooMany {
                        reference,
                        what: "indexes within indexes",
                    });
                }
                indexes.push((manifest, depth + 1));
            }
        }
    }
    let unserved = platforms.iter().find(|wanted| !served.contains(wanted));
    // An index of artifacts names no platform at all.
    if let Some(wanted) = unserved.filter(|_| !offered.is_empty()) {
        return Err(ResolveError::NoPlatform {
            reference: place.reference.clone(),
            wanted: wanted.clone(),
            offered: offered.into_iter().collect(),
        });
    }
    Ok(children)
}

fn choose(children: &[Descriptor], platforms: &[PlatformName]) -> BTreeSet<Digest> {
    let wanted = |child: &&Descriptor| match &child.platform {
        // Whoever names none wants all.
        Some(platform) if !platforms.is_empty() => {
            platforms.iter().any(|wanted| serves(platform, wanted))
        }
        _ => true,
    };
    let chosen: BTreeSet<_> = children.iter().filter(wanted).map(|child| child.digest).collect();
    let attests = |child: &&Descriptor| {
        let subject = child.annotations.get(ATTESTED).and_then(|text| text.parse().ok());
        subject.is_some_and(|subject: Digest| chosen.contains(&subject))
    };
    let attestations: Vec<_> = children.iter().filter(attests).map(|it| it.digest).collect();
    chosen.into_iter().chain(attestations).collect()
}

fn locked(child: &Descriptor) -> LockedManifest {
    LockedManifest {
        digest: child.digest,
        size: child.size,
        media_type: child.media_type.clone(),
        platform: child.platform.as_ref().and_then(|platform| platform.to_string().parse().ok()),
    }
}
