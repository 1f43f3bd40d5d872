//! Whatever stands under a reference in a registry: image, index, chart, artifact.

use std::collections::BTreeMap;

use serde::Deserialize;
use sre_format::lock::{LockedChart, LockedImage, LockedManifest, LockedReferrer};
use sre_format::{Digest, ImageReference, PlatformName, SourceUrl};
use sre_oci::client::{ClientError, RegistryClient};
use sre_oci::{Content, Descriptor, Manifest, Platform};

use super::index::{self, Children};
use super::{ResolveError, Resolver};
use crate::fetch::BlobCache;

/// The most bytes of the configuration of an image.
const MAX_CONFIG: u64 = 8 << 20;

/// What is known of an artifact.
#[derive(Clone)]
pub(super) struct Artifact {
    pub root: LockedManifest,
    pub manifests: Vec<LockedManifest>,
    pub absent: Vec<LockedManifest>,
    pub referrers: Vec<LockedReferrer>,
    pub bytes: u64,
    pub source: SourceUrl,
    /// The media type of the configuration, where the manifest was fetched.
    pub config_type: Option<String>,
}

/// What the old lock knows of an artifact.
pub(super) struct Known(Artifact);

impl From<&LockedImage> for Known {
    fn from(old: &LockedImage) -> Self {
        Self(Artifact {
            root: old.root.clone(),
            manifests: old.manifests.clone(),
            absent: old.absent.clone(),
            referrers: old.referrers.clone(),
            bytes: old.bytes,
            source: old.source.clone(),
            config_type: None,
        })
    }
}

impl From<&LockedChart> for Known {
    fn from(old: &LockedChart) -> Self {
        Self(Artifact {
            root: old.root.clone(),
            manifests: Vec::new(),
            absent: Vec::new(),
            referrers: old.referrers.clone(),
            bytes: old.bytes,
            source: old.source.clone(),
            config_type: None,
        })
    }
}

/// One reference in one registry.
pub(super) struct Place<'a> {
    pub client: RegistryClient,
    pub reference: &'a ImageReference,
    pub cache: &'a BlobCache,
    /// Whether it is another repository than the one whose artifact is resolved.
    pub elsewhere: bool,
}

/// What of an artifact is wanted.
#[derive(Clone, Copy, Default)]
pub(super) struct Wanted<'a> {
    /// The platforms; none for all of them.
    pub platforms: &'a [PlatformName],
    /// Another repository that has its signatures.
    pub signatures: Option<&'a ImageReference>,
}

impl Place<'_> {
    /// Gives the repository where it has to be told apart from the artifact's own.
    pub(super) fn named_apart(&self) -> Option<ImageReference> {
        self.elsewhere.then(|| self.reference.clone())
    }

    pub(super) fn repository(&self) -> &str {
        self.reference.repository()
    }

    pub(super) fn failed(&self) -> impl Fn(ClientError) -> ResolveError + '_ {
        |source| ResolveError::Registry { reference: self.reference.clone(), source }
    }

    /// Fetches a manifest that a document names, and compares it with what that says of it.
    pub(super) async fn named(&self, named: &Descriptor) -> Result<Manifest, ResolveError> {
        let manifest = self.by_digest(named.digest).await?;
        let found = manifest.descriptor();
        if (&found.media_type, found.size) != (&named.media_type, named.size) {
            let reference = self.reference.at_digest(named.digest);
            let (promised, found) = (Box::new(named.clone()), Box::new(found));
            return Err(ResolveError::Contradiction { reference, promised, found });
        }
        Ok(manifest)
    }

    /// Fetches a manifest by its digest.
    pub(super) async fn by_digest(&self, digest: Digest) -> Result<Manifest, ResolveError> {
        let found = self.client.manifest(self.repository(), &digest.into()).await;
        let at = || self.reference.at_digest(digest);
        let found = found.map_err(self.failed())?;
        let manifest = found.ok_or_else(|| ResolveError::NoImage { reference: at() })?;
        self.keep(manifest.bytes())?;
        Ok(manifest)
    }

    /// Keeps something small for `build`, because registries count what is pulled.
    fn keep(&self, bytes: &[u8]) -> Result<(), ResolveError> {
        tokio::task::block_in_place(|| self.cache.keep(bytes))?;
        Ok(())
    }
}

/// Sizes of distinct blobs.
#[derive(Default)]
pub(super) struct Blobs(BTreeMap<Digest, u64>);

impl Blobs {
    /// Adds a manifest and what it names, unless a registry need not have it.
    pub(super) fn add(
        &mut self,
        manifest: &Manifest,
        place: &Place<'_>,
    ) -> Result<(), ResolveError> {
        self.0.insert(manifest.digest(), manifest.size());
        for blob in manifest.blobs() {
            if blob.is_foreign() {
                let reference = place.reference.clone();
                return Err(ResolveError::Foreign { reference, digest: blob.digest });
            }
            self.0.insert(blob.digest, blob.size);
        }
        Ok(())
    }

    fn total(&self) -> u64 {
        self.0.values().sum()
    }
}

impl Resolver<'_> {
    /// Resolves a reference; what is known and still stands there is not fetched again.
    pub(super) async fn artifact(
        &self,
        reference: &ImageReference,
        wanted: Wanted<'_>,
        known: Option<Known>,
    ) -> Result<Artifact, ResolveError> {
        let place = self.place(reference)?;
        let head = self.upstreams.head(reference).await.map_err(place.failed())?;
        let head = head.ok_or_else(|| ResolveError::NoImage { reference: reference.clone() })?;
        if let Some(known) = known
            && known.0.root.digest == head.digest
            && self.referrers_are_the_same(&place, wanted.signatures, &known.0).await?
        {
            return Ok(known.0);
        }
        self.fetch(&place, head.digest, wanted).await
    }

    /// Opens the registry of a reference.
    pub(super) fn place<'a>(
        &'a self,
        reference: &'a ImageReference,
    ) -> Result<Place<'a>, ResolveError> {
        let client = self.upstreams.registry(reference.host()).map_err(|source| {
            ResolveError::Registry { reference: reference.clone(), source: source.into() }
        })?;
        Ok(Place { client, reference, cache: self.cache, elsewhere: false })
    }

    async fn fetch(
        &self,
        place: &Place<'_>,
        digest: Digest,
        wanted: Wanted<'_>,
    ) -> Result<Artifact, ResolveError> {
        let Wanted { platforms, signatures } = wanted;
        let found = place.client.manifest_and_source(place.repository(), &digest.into()).await;
        let missing = || ResolveError::NoImage { reference: place.reference.clone() };
        let (root, url) = found.map_err(place.failed())?.ok_or_else(missing)?;
        place.keep(root.bytes())?;
        let mut blobs = Blobs::default();
        blobs.add(&root, place)?;
        let Children { carried, absent } = match root.content() {
            Content::Index { .. } => index::children(place, &root, platforms, &mut blobs).await?,
            Content::Image { .. } => Children::default(),
        };
        let config_type = match root.content() {
            Content::Image { config, .. } => {
                check_platform(place, config, platforms).await?;
                Some(config.media_type.clone())
            }
            Content::Index { .. } => None,
        };
        let subjects = std::iter::once(root.digest()).chain(carried.iter().map(|it| it.digest));
        let referrers = self.referrers(place, signatures, subjects.collect(), &mut blobs).await?;
        Ok(Artifact {
            root: LockedManifest {
                digest: root.digest(),
                size: root.size(),
                media_type: root.media_type().to_owned(),
                platform: None,
            },
            manifests: carried,
            absent,
            referrers,
            bytes: blobs.total(),
            source: base_of(url)?,
            config_type,
        })
    }
}

/// Gives the server of a URL.
fn base_of(mut url: url::Url) -> Result<SourceUrl, ResolveError> {
    url.set_path("/");
    url.set_query(None);
    let host = url.host_str().unwrap_or_default().to_owned();
    SourceUrl::new(url)
        .map_err(|error| ResolveError::Malformed { what: host, reason: error.to_string() })
}

/// Compares the platform that an image without an index is for with those that are wanted.
async fn check_platform(
    place: &Place<'_>,
    config: &Descriptor,
    platforms: &[PlatformName],
) -> Result<(), ResolveError> {
    let is_image = matches!(
        config.media_type.as_str(),
        "application/vnd.oci.image.config.v1+json"
            | "application/vnd.docker.container.image.v1+json"
    );
    if !is_image || platforms.is_empty() {
        return Ok(());
    }
    let bytes = place.client.whole_blob(place.repository(), config, MAX_CONFIG).await;
    let bytes = bytes.map_err(place.failed())?;
    place.keep(&bytes)?;
    let config: ImageConfig = serde_json::from_slice(&bytes)
        .map_err(|source| ResolveError::Config { reference: place.reference.clone(), source })?;
    // An image made by hand may say nothing; that is nobody's mistake.
    let Some(platform) = config.platform() else { return Ok(()) };
    let offered = vec![platform.to_string()];
    let unserved = platforms.iter().find(|wanted| !index::serves(&platform, wanted));
    unserved.map_or(Ok(()), |wanted| {
        let reference = place.reference.clone();
        Err(ResolveError::NoPlatform { reference, wanted: wanted.clone(), offered })
    })
}

#[derive(Deserialize)]
struct ImageConfig {
    #[serde(default)]
    os: String,
    #[serde(default)]
    architecture: String,
    variant: Option<String>,
}

impl ImageConfig {
    fn platform(self) -> Option<Platform> {
        let Self { os, architecture, variant } = self;
        let named = !os.is_empty() && !architecture.is_empty();
        named.then_some(Platform { os, architecture, variant, os_version: None })
    }
}
