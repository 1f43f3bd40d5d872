//! What a bundle carries, by the repository in which it lands.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use sre_format::bundle::{INDEX_PATH, VerifiedBundle};
use sre_format::contents::image_signatures;
use sre_format::{Digest, ImageReference};
use sre_oci::media_type::OCI_INDEX;
use sre_oci::names::{NameMap, Prefix};
use sre_oci::{Descriptor, Manifest, Platform};

use super::SeedError;

/// The annotation that names what a descriptor of the index stands for (image-spec, "Annotations").
const REFERENCE_NAME: &str = "org.opencontainers.image.ref.name";
/// The deepest nest of indexes that is walked; real ones have two levels.
const MAX_DEPTH: usize = 8;

/// Everything of a bundle that belongs into a registry.
#[derive(Debug, Default)]
pub struct Catalog {
    /// The repositories, by their names in the target.
    pub repositories: Vec<Repository>,
}

/// One repository of the target.
#[derive(Debug, Default)]
pub struct Repository {
    /// Its name in the target, prefix included.
    pub target: String,
    /// The name that the images came with, such as `docker.io/library/nginx`.
    pub source: String,
    /// The manifests, each after its children and its subject.
    pub manifests: Vec<Carried>,
    /// The blobs with their sizes.
    pub blobs: BTreeMap<Digest, u64>,
    /// The tags with the digests that they name.
    pub tags: BTreeMap<String, Digest>,
}

/// One manifest that the bundle carries.
#[derive(Debug)]
pub struct Carried {
    /// Its type, digest and size.
    pub descriptor: Descriptor,
    /// The children of an index that the bundle carries too.
    pub children: Vec<Digest>,
    /// The children of an index that the bundle leaves out.
    pub absent: usize,
    /// The child that stands for the index where the target refuses it.
    pub platform_child: Option<(Digest, Platform)>,
    /// The manifest that it says something about, and how a list of referrers names it.
    pub referrer: Option<(Digest, Box<Descriptor>)>,
    /// How many manifests stand in the longest chain of children and subjects below it.
    pub level: usize,
}

impl Catalog {
    /// Reads the index of a bundle and walks all that it names.
    pub fn read(bundle: &VerifiedBundle, prefix: &Prefix) -> Result<Self, SeedError> {
        let tops = tops(bundle)?;
        NameMap::new(prefix, tops.iter().map(|(reference, _)| reference))?;
        let mut repositories: BTreeMap<String, Walk<'_>> = BTreeMap::new();
        for (reference, descriptor) in &tops {
            let target = prefix.repository_of(reference)?;
            let walk = repositories
                .entry(target.clone())
                .or_insert_with(|| Walk::new(bundle, target, reference.name()));
            walk.visit(descriptor, MAX_DEPTH)?;
            if let Some(tag) = reference.tag() {
                walk.tag(tag, descriptor.digest)?;
            }
        }
        let repositories = repositories.into_values().map(Walk::finish).collect();
        Ok(Self { repositories })
    }
}

#[derive(serde::Deserialize)]
struct Index {
    manifests: Vec<Descriptor>,
}

fn tops(bundle: &VerifiedBundle) -> Result<Vec<(ImageReference, Descriptor)>, SeedError> {
    // A bundle of plain files alone has nothing for a registry.
    let Some(entry) = bundle.entry(INDEX_PATH) else { return Ok(Vec::new()) };
    let incomplete = |what: String| SeedError::Incomplete { what };
    // Not read as a manifest: it may list more things than any index of a registry.
    let index: Index = serde_json::from_slice(&bundle.read_whole(entry)?)
        .map_err(|error| incomplete(format!("`{INDEX_PATH}` is not `{OCI_INDEX}`: {error}")))?;
    let named = index.manifests.into_iter().map(|descriptor| {
        let name = descriptor.annotations.get(REFERENCE_NAME).cloned().unwrap_or_default();
        let reference = name
            .parse()
            .map_err(|_| incomplete(format!("{} has no full name", descriptor.digest)))?;
        Ok((reference, descriptor))
    });
    with_signatures(named.collect::<Result<_, SeedError>>()?, bundle)
}

/// Adds the signatures that the bundle's keys made. Where upstream has some under the same tag, ours hold
/// them, too, and have it.
fn with_signatures(
    mut tops: Vec<(ImageReference, Descriptor)>,
    bundle: &VerifiedBundle,
) -> Result<Vec<(ImageReference, Descriptor)>, SeedError> {
    let signatures = image_signatures(bundle)?;
    let tagged: BTreeSet<&ImageReference> =
        signatures.iter().map(|signature| &signature.reference).collect();
    for (reference, descriptor) in &mut tops {
        if reference.tag().is_some() && tagged.contains(reference) {
            *reference = reference.at_digest(descriptor.digest);
        }
    }
    for signature in signatures {
        let mut descriptor =
            Descriptor::new(signature.media_type, signature.digest, signature.size);
        descriptor.artifact_type = signature.artifact_type;
        tops.push((signature.reference, descriptor));
    }
    Ok(tops)
}

struct Walk<'a> {
    bundle: &'a VerifiedBundle,
    platforms: Vec<Platform>,
    repository: Repository,
    seen: BTreeSet<Digest>,
}

impl<'a> Walk<'a> {
    fn new(bundle: &'a VerifiedBundle, target: String, source: String) -> Self {
        let chosen = &bundle.table().identity.platforms;
        Self {
            bundle,
            platforms: chosen.iter().filter_map(|name| name.as_str().parse().ok()).collect(),
            repository: Repository { target, source, ..Repository::default() },
            seen: BTreeSet::new(),
        }
    }

    fn tag(&mut self, tag: &str, digest: Digest) -> Result<(), SeedError> {
        match self.repository.tags.insert(tag.to_owned(), digest) {
            Some(other) if other != digest => Err(SeedError::Incomplete {
                what: format!("{}:{tag} names two things", self.repository.source),
            }),
            _ => Ok(()),
        }
    }

    fn visit(&mut self, descriptor: &Descriptor, depth: usize) -> Result<(), SeedError> {
        if !self.seen.insert(descriptor.digest) {
            return Ok(());
        }
        if depth == 0 {
            let what = format!("{} is nested too deeply", descriptor.digest);
            return Err(SeedError::Incomplete { what });
        }
        let manifest = read_manifest(self.bundle, descriptor)?;
        for blob in manifest.blobs() {
            self.blob(blob)?;
        }
        let (carried, absent): (Vec<&Descriptor>, Vec<&Descriptor>) =
            manifest.children().iter().partition(|child| self.bundle.blob(&child.digest).is_some());
        for child in &carried {
            if child.is_manifest() {
                self.visit(child, depth - 1)?;
            } else {
                self.blob(child)?;
            }
        }
        self.repository.manifests.push(Carried {
            descriptor: manifest.descriptor(),
            children: carried.iter().map(|child| child.digest).collect(),
            absent: absent.len(),
            platform_child: self.platform_child(&carried),
            referrer: manifest
                .subject()
                .map(|subject| (subject.digest, Box::new(manifest.referrer_descriptor()))),
            level: 0,
        });
        Ok(())
    }

    fn blob(&mut self, blob: &Descriptor) -> Result<(), SeedError> {
        match self.bundle.blob(&blob.digest) {
            Some(entry) if entry.size == blob.size => {
                self.repository.blobs.insert(blob.digest, blob.size);
                Ok(())
            }
            Some(entry) => Err(SeedError::Incomplete {
                what: format!("{} has {} bytes and not {}", blob.digest, entry.size, blob.size),
            }),
            // Registries take a manifest without these; whether that is enough was decided by `lock`.
            None if blob.is_foreign() => Ok(()),
            None => Err(SeedError::Incomplete {
                what: format!("{} of {} is missing", blob.digest, self.repository.source),
            }),
        }
    }

    fn platform_child(&self, carried: &[&Descriptor]) -> Option<(Digest, Platform)> {
        self.platforms.iter().find_map(|wanted| {
            let child = carried
                .iter()
                .find(|child| child.platform.as_ref().is_some_and(|own| own.serves(wanted)))?;
            Some((child.digest, wanted.clone()))
        })
    }

    fn finish(self) -> Repository {
        let mut repository = self.repository;
        set_levels(&mut repository.manifests);
        repository.manifests.sort_by_key(|carried| carried.level);
        repository
    }
}

/// Puts each manifest above its children and its subject.
///
/// A child may have a subject itself, as attestations of `BuildKit` do, so neither all referrers nor
/// all indexes can come last. A circle would have to name digests before they are known; the count of rounds is
/// a bound all the same.
fn set_levels(manifests: &mut [Carried]) {
    let mut levels: BTreeMap<Digest, usize> =
        manifests.iter().map(|carried| (carried.descriptor.digest, 0)).collect();
    for _ in 0..manifests.len() {
        let mut settled = true;
        for carried in &mut *manifests {
            let subject = carried.referrer.iter().map(|(subject, _)| subject);
            let below = carried.children.iter().chain(subject);
            let level = below.filter_map(|digest| levels.get(digest)).max();
            carried.level = level.map_or(0, |level| level + 1);
            settled &=
                levels.insert(carried.descriptor.digest, carried.level) == Some(carried.level);
        }
        if settled {
            return;
        }
    }
}

/// Reads a manifest of the bundle, checked against its descriptor.
pub(super) fn read_manifest(
    bundle: &VerifiedBundle,
    descriptor: &Descriptor,
) -> Result<Manifest, SeedError> {
    let digest = descriptor.digest;
    let Some(entry) = bundle.blob(&digest) else {
        return Err(SeedError::Incomplete { what: format!("the manifest {digest} is missing") });
    };
    let bytes = Bytes::from(bundle.read_whole(entry)?);
    Manifest::parse(bytes, &descriptor.media_type)
        .map_err(|source| SeedError::Manifest { digest, source })
}
