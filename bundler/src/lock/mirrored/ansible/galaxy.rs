//! The API of Galaxy, version 3, as the public server and its private relatives speak it.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};

use semver::Version;
use serde::Deserialize;
use sre_format::lock::{FileSource, LockedFileSet, SetKind, Verification};
use sre_format::{Digest, SourceUrl, VersionRange};

use super::collection::{self, read_needs, shown};
use super::{collection_path, contents, set_of};
use crate::lock::file::Origin;
use crate::lock::mirrored::{MirrorError, malformed, named_digest, named_url};
use crate::lock::{ResolveError, Resolver};

/// Where a server has its collections.
const INDEX: &str = "api/v3/plugin/ansible/content/published/collections/index";

/// The most pages of a list of versions, a hundred versions each.
const MAX_PAGES: usize = 100;

/// One page of a list of versions.
#[derive(Deserialize)]
struct Page {
    data: Vec<Listed>,
    links: Links,
}

#[derive(Deserialize)]
struct Listed {
    version: String,
}

#[derive(Deserialize)]
struct Links {
    next: Option<String>,
}

/// What a server says of one version.
#[derive(Clone, Deserialize)]
struct Detail {
    version: String,
    namespace: Named,
    collection: Named,
    download_url: String,
    artifact: Artifact,
    metadata: Metadata,
}

#[derive(Clone, Deserialize)]
struct Named {
    name: String,
}

#[derive(Clone, Deserialize)]
struct Artifact {
    sha256: String,
    size: u64,
}

#[derive(Clone, Deserialize)]
struct Metadata {
    #[serde(default)]
    dependencies: BTreeMap<String, String>,
}

/// A server, asked for each thing once.
pub(super) struct Galaxy<'a> {
    resolver: &'a Resolver<'a>,
    server: &'a SourceUrl,
    details: Mutex<HashMap<(String, Version), Detail>>,
}

impl<'a> Galaxy<'a> {
    pub(super) fn new(resolver: &'a Resolver<'a>, server: &'a SourceUrl) -> Self {
        Self { resolver, server, details: Mutex::default() }
    }

    /// Gives the versions of a collection that somebody wants.
    pub(super) async fn versions(
        &self,
        name: &str,
        who: &str,
    ) -> Result<Vec<Version>, ResolveError> {
        let first = self.address(name, "versions/?limit=100")?;
        let (mut versions, mut next) = (Vec::new(), Some(first));
        for _ in 0..MAX_PAGES {
            let Some(url) = next.take() else { return Ok(versions) };
            let page: Page = if let Some(page) = self.resolver.document(&url).await? {
                page
            } else {
                let name = format!("collection {name}, which {who} wants");
                let registry = self.server.clone();
                return Err(MirrorError::Unknown { registry, name }.into());
            };
            // What is no semantic version cannot be wanted by anybody.
            versions.extend(page.data.iter().filter_map(|it| it.version.parse::<Version>().ok()));
            if let Some(text) = page.links.next {
                next = Some(named_url(&url, &text)?);
            }
        }
        Err(malformed(self.server, &format!("the versions of {name} have no end")))
    }

    /// Gives what a version of a collection depends on.
    pub(super) async fn needs(
        &self,
        name: &str,
        version: &Version,
    ) -> Result<Vec<(String, VersionRange)>, ResolveError> {
        let detail = self.detail(name, version).await?;
        let url = self.address(name, &format!("versions/{version}/"))?;
        read_needs(&detail.metadata.dependencies).map_err(|reason| malformed(&url, &reason))
    }

    /// Gives the archive of a version, from the old lock where that has the very same one.
    pub(super) async fn collection(
        &self,
        name: &str,
        version: &Version,
    ) -> Result<LockedFileSet, ResolveError> {
        let detail = self.detail(name, version).await?;
        let document = self.address(name, &format!("versions/{version}/"))?;
        let url = named_url(&document, &detail.download_url)?;
        let digest = named_digest(&document, &detail.artifact.sha256)?;
        let path = collection_path(name, version);
        let path = path.map_err(|error| contents(&url.to_string(), error.to_string()))?;
        let size = detail.artifact.size;
        let verified = vec![Verification::RepositoryIndex { url: document.clone() }];
        let origin = Origin { source: FileSource::Url(url.clone()), digest, size, verified };
        let set = set_of(name, &version.to_string(), path, origin);
        let old = self.resolver.old_set(SetKind::Ansible, name, &set.version);
        if old.is_some_and(|old| old.files == set.files) {
            return Ok(set);
        }
        let who = document.to_string();
        let found = self.resolver.package(&url, digest, &who).await?;
        if found != size {
            let reason = format!("the archive has {found} bytes where {size} are promised");
            return Err(malformed(&document, &reason));
        }
        self.check(name, version, &detail, &url, digest).await?;
        Ok(set)
    }

    /// Wants the archive to be the collection that the server said it is.
    async fn check(
        &self,
        name: &str,
        version: &Version,
        detail: &Detail,
        url: &SourceUrl,
        digest: Digest,
    ) -> Result<(), ResolveError> {
        let what = url.to_string();
        let listing = self.resolver.look_into(&what, digest, collection::is_read).await?;
        let found = collection::check(&listing).map_err(|reason| contents(&what, reason))?;
        if (found.name.as_str(), &found.version) != (name, version) {
            let found = format!("{} {}", found.name, found.version);
            let wanted = format!("{name} {version}");
            return Err(MirrorError::Other { what, wanted, found }.into());
        }
        let promised = read_needs(&detail.metadata.dependencies);
        if promised.as_ref() != Ok(&found.needs) {
            let reason = "it depends on other collections than the server says";
            return Err(contents(&what, reason.into()).into());
        }
        Ok(())
    }

    async fn detail(&self, name: &str, version: &Version) -> Result<Detail, ResolveError> {
        let key = (name.to_owned(), version.clone());
        if let Some(known) = self.details().get(&key) {
            return Ok(known.clone());
        }
        let url = self.address(name, &format!("versions/{version}/"))?;
        let detail: Detail = self.resolver.needed(&url).await?;
        let found = format!("{}.{}", detail.namespace.name, detail.collection.name);
        if found != name || detail.version != version.to_string() {
            let found = shown(&format!("{found} {}", detail.version));
            let (what, wanted) = (url.to_string(), format!("{name} {version}"));
            return Err(MirrorError::Other { what, wanted, found }.into());
        }
        self.details().insert(key, detail.clone());
        Ok(detail)
    }

    fn details(&self) -> std::sync::MutexGuard<'_, HashMap<(String, Version), Detail>> {
        self.details.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn address(&self, name: &str, rest: &str) -> Result<SourceUrl, ResolveError> {
        named_url(self.server, &format!("{INDEX}/{}/{rest}", name.replace('.', "/")))
    }
}
