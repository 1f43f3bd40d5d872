//! The images of a bundle, as the registry server looks them up.
//!
//! At the start only `oci/index.json` is read: it names every tag. Manifests are read when they are
//! asked for, and all of them once when referrers first are, because only a manifest itself says
//! what its subject is; so the first answer takes the same short time for any bundle.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use serde::Deserialize;
use sre_format::bundle::{Entry, IMAGE_SIGNATURES_PATH, INDEX_PATH, VerifiedBundle};
use sre_format::contents::read_image_signatures;
use sre_format::{Digest, ImageReference};
use sre_oci::media_type::is_manifest;
use sre_oci::names::Prefix;
use sre_oci::server::{Directory, Library, Thing};
use sre_oci::{Descriptor, Manifest};

use super::{ServeError, Source};

/// The repositories, tags, manifests and blobs of one bundle.
pub struct BundleLibrary {
    source: Arc<Source>,
    directory: Directory,
    tags: Vec<Tag>,
    media_types: HashMap<Digest, Box<str>>,
    referrers: Mutex<Option<Arc<Referrers>>>,
}

/// Digests of manifests by the digest of their subject.
type Referrers = HashMap<Digest, Vec<Digest>>;

/// A tag; all of them are one list, sorted by repository and name, because most repositories have one.
struct Tag {
    repository: usize,
    name: Box<str>,
    digest: Digest,
    what: Tagged,
}

/// What a tag names.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Tagged {
    /// Something that upstream has under it.
    Carried,
    /// Signatures that the bundle's keys made, which nobody pulls for their own sake.
    Signature,
}

#[derive(Deserialize)]
struct Index<'a> {
    #[serde(borrow)]
    manifests: Vec<Row<'a>>,
}

/// What is needed of a descriptor: a large index has tens of thousands, and whole ones take a
/// kilobyte each.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Row<'a> {
    #[serde(borrow)]
    media_type: Cow<'a, str>,
    digest: Digest,
    #[serde(borrow, default)]
    annotations: Annotations<'a>,
}

#[derive(Default, Deserialize)]
struct Annotations<'a> {
    /// A full reference (image-spec, "Pre-Defined Annotation Keys").
    #[serde(borrow, default, rename = "org.opencontainers.image.ref.name")]
    reference: Cow<'a, str>,
}

impl BundleLibrary {
    /// Reads the index of a bundle; names are given out below a site prefix, too.
    pub fn read(source: Arc<Source>, prefix: Prefix) -> Result<Self, ServeError> {
        let mut library = Self {
            directory: Directory::new(prefix),
            tags: Vec::new(),
            media_types: HashMap::new(),
            referrers: Mutex::default(),
            source,
        };
        let bundle = library.source.bundle();
        let Some(entry) = bundle.entry(INDEX_PATH) else { return Ok(library) };
        let bytes = library.source.read_whole(entry).map_err(ServeError::Index)?;
        let index: Index<'_> = serde_json::from_slice(&bytes).map_err(ServeError::IndexJson)?;
        for row in index.manifests {
            library.add(&row, &bundle)?;
        }
        library.add_signatures()?;
        library.sort()?;
        Ok(library)
    }

    fn add(&mut self, row: &Row<'_>, bundle: &VerifiedBundle) -> Result<(), ServeError> {
        let name = row.annotations.reference.as_ref();
        let image: ImageReference =
            name.parse().map_err(|_| ServeError::IndexName { name: name.to_owned() })?;
        let repository = self.directory.add(&image)?;
        if let Some(tag) = image.tag() {
            let (name, digest) = (tag.into(), row.digest);
            self.tags.push(Tag { repository, name, digest, what: Tagged::Carried });
        }
        if bundle.blob(&row.digest).is_some_and(|entry| entry.media_type.is_none()) {
            self.media_types.insert(row.digest, row.media_type.as_ref().into());
        }
        Ok(())
    }

    /// Adds the signatures that the bundle's keys made. Where upstream has some under the same tag, ours
    /// hold them, too, and have it.
    fn add_signatures(&mut self) -> Result<(), ServeError> {
        let bundle = self.source.bundle();
        let Some(entry) = bundle.entry(IMAGE_SIGNATURES_PATH) else { return Ok(()) };
        let bytes = self.source.read_whole(entry).map_err(ServeError::Index)?;
        let mut ours = BTreeMap::new();
        for signature in read_image_signatures(&bytes)? {
            let repository = self.directory.add(&signature.reference)?;
            if let Some(tag) = signature.reference.tag() {
                ours.insert((repository, Box::from(tag)), signature.digest);
            }
        }
        self.tags.retain(|tag| !ours.contains_key(&(tag.repository, tag.name.clone())));
        let what = Tagged::Signature;
        let tag = |((repository, name), digest)| Tag { repository, name, digest, what };
        self.tags.extend(ours.into_iter().map(tag));
        Ok(())
    }

    fn sort(&mut self) -> Result<(), ServeError> {
        self.tags.sort_unstable_by(|one, other| one.key().cmp(&other.key()));
        let twice = |pair: &&[Tag]| match pair {
            [one, other] => one.key() == other.key() && one.digest != other.digest,
            _ => false,
        };
        if let Some([tag, ..]) = self.tags.windows(2).find(twice) {
            return Err(ServeError::TagTwice { name: self.reference(tag) });
        }
        self.tags.dedup_by(|one, other| one.key() == other.key());
        self.tags.shrink_to_fit();
        Ok(())
    }

    fn reference(&self, tag: &Tag) -> String {
        format!("{}:{}", self.directory.name(tag.repository), tag.name)
    }

    /// Gives how many tags there are, signatures by the bundle's keys aside.
    #[must_use]
    pub fn count(&self) -> usize {
        self.carried().count()
    }

    fn carried(&self) -> impl Iterator<Item = &Tag> {
        self.tags.iter().filter(|tag| tag.what == Tagged::Carried)
    }

    /// Gives every tag as people write it, with its digest: `docker.io/library/nginx:1.27`. Signatures by
    /// the bundle's keys are left out.
    pub fn images(&self) -> impl Iterator<Item = (String, Digest)> {
        self.carried().map(|tag| (self.reference(tag), tag.digest))
    }

    /// Gives what the library is read from.
    #[must_use]
    pub fn source(&self) -> &Arc<Source> {
        &self.source
    }

    fn media_type_of<'a>(&'a self, entry: &'a Entry) -> Option<&'a str> {
        let own = entry.media_type.as_deref();
        own.or_else(|| self.media_types.get(&entry.digest).map(AsRef::as_ref))
    }

    fn parse(&self, entry: &Entry) -> io::Result<Option<Manifest>> {
        let Some(media_type) = self.media_type_of(entry).filter(|kind| is_manifest(kind)) else {
            return Ok(None);
        };
        let bytes = self.source.read_whole(entry)?;
        // What is no manifest after all has no subject; whoever pulls it sees for himself.
        Ok(Manifest::parse(bytes.into(), media_type).ok())
    }

    fn all_referrers(&self) -> io::Result<Arc<Referrers>> {
        // Held while all manifests are read, so that several clients do it once.
        let mut known = self.referrers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = &*known {
            return Ok(Arc::clone(known));
        }
        let mut found = Referrers::new();
        for entry in &self.source.bundle().table().entries {
            if let Some(manifest) = self.parse(entry)?
                && let Some(subject) = manifest.subject()
            {
                found.entry(subject.digest).or_default().push(manifest.digest());
            }
        }
        Ok(Arc::clone(known.insert(Arc::new(found))))
    }
}

impl Tag {
    fn key(&self) -> (usize, &str) {
        (self.repository, &self.name)
    }
}

impl Library for BundleLibrary {
    fn directory(&self) -> &Directory {
        &self.directory
    }

    fn tags_after(&self, repository: usize, last: &str) -> Vec<String> {
        let start = self.tags.partition_point(|tag| tag.key() <= (repository, last));
        let tags = self.tags[start..].iter().take_while(|tag| tag.repository == repository);
        tags.map(|tag| tag.name.to_string()).collect()
    }

    fn tagged(&self, repository: usize, tag: &str) -> Option<Digest> {
        let found = self.tags.binary_search_by(|own| own.key().cmp(&(repository, tag))).ok()?;
        self.tags.get(found).map(|tag| tag.digest)
    }

    fn manifest(&self, digest: &Digest) -> Option<Thing> {
        let bundle = self.source.bundle();
        let entry = bundle.blob(digest)?;
        let media_type = self.media_type_of(entry).filter(|kind| is_manifest(kind))?;
        Some(self.source.thing(entry, media_type))
    }

    fn blob(&self, digest: &Digest) -> Option<Thing> {
        let bundle = self.source.bundle();
        let entry = bundle.blob(digest)?;
        Some(self.source.thing(entry, self.media_type_of(entry).unwrap_or_default()))
    }

    fn referrers(&self, subject: &Digest) -> io::Result<Vec<Descriptor>> {
        let all = self.all_referrers()?;
        let bundle = self.source.bundle();
        let mut descriptors = Vec::new();
        for digest in all.get(subject).into_iter().flatten() {
            if let Some(entry) = bundle.blob(digest)
                && let Some(manifest) = self.parse(entry)?
            {
                descriptors.push(manifest.referrer_descriptor());
            }
        }
        Ok(descriptors)
    }

    fn is_open(&self) -> bool {
        self.source.is_open()
    }

    fn reopen(&self) {
        self.source.reopen();
    }
}
