//! Collections and roles of Ansible, and the Python packages that they need.
//!
//! All collections are solved together ([`solve`]), because what one depends on must suit the
//! others. Each archive is looked into before it is believed. What `ansible-galaxy` and `pip` want
//! to be told beyond the gap, `requirements.yml` and `requirements.txt`, follows from what was
//! chosen.

mod collection;
mod galaxy;
mod python_range;
mod requirements;
mod role;
mod simple_index;
mod solve;
mod wheel;
mod wheel_name;

use std::collections::BTreeMap;
use std::fs::File;

use semver::Version;
use sre_format::bundle::{BundlePath, ParsePathError};
use sre_format::lock::{
    FileSource, LockedFileSet, PlacedFile, PlacedOrigin, SetKind, Verification,
};
use sre_format::manifest::{Ansible, FileOrigin, WantedCollection};

use super::MirrorError;
use crate::archive::{Listing, is_gzip, list};
use crate::fetch::FetchError;
use crate::lock::file::Origin;
use crate::lock::{ResolveError, Resolver};
use collection::Collection;
use galaxy::Galaxy;
use solve::{Answer, Catalog, Wish, solve};

/// What archives of Ansible are.
const ARCHIVE_TYPE: &str = "application/gzip";

impl Resolver<'_> {
    pub(super) async fn ansible(
        &self,
        ansible: &Ansible,
    ) -> Result<Vec<LockedFileSet>, ResolveError> {
        let mut sets = self.collections(ansible).await?;
        let collections: Vec<String> = sets.iter().map(|set| set.name.clone()).collect();
        for role in &ansible.roles {
            sets.push(self.role(role, ansible, &collections).await?);
        }
        if let Some(python) = &ansible.python {
            sets.extend(self.wheels(python).await?);
        }
        sets.push(requirements::of(&sets)?);
        Ok(sets)
    }

    /// Chooses a version of every collection that is wanted or needed, and gives their archives.
    async fn collections(&self, ansible: &Ansible) -> Result<Vec<LockedFileSet>, ResolveError> {
        let (mut catalog, mut wishes, mut given) =
            (Catalog::default(), Vec::new(), BTreeMap::new());
        for wanted in &ansible.collections {
            let (name, range) = match wanted {
                WantedCollection::Galaxy { name, range } => (name.clone(), range.clone()),
                WantedCollection::Archive(origin) => {
                    let (collection, set) = self.given_collection(origin).await?;
                    let Collection { name, version, needs } = collection;
                    let range = exactly(&version);
                    catalog.versions.insert(name.clone(), vec![version.clone()]);
                    catalog.needs.insert((name.clone(), version), needs);
                    if given.insert(name.clone(), set).is_some() {
                        return Err(MirrorError::Twins { name }.into());
                    }
                    (name, range)
                }
            };
            wishes.push(Wish { who: "the manifest".into(), name, range });
        }
        let galaxy = Galaxy::new(self, &ansible.galaxy);
        let chosen = self.choose(&galaxy, catalog, &wishes).await?;
        let mut sets = Vec::new();
        for (name, version) in chosen {
            match given.remove(&name) {
                Some(set) => sets.push(set),
                None => sets.push(galaxy.collection(&name, &version).await?),
            }
        }
        Ok(sets)
    }

    async fn choose(
        &self,
        galaxy: &Galaxy<'_>,
        mut catalog: Catalog,
        wishes: &[Wish],
    ) -> Result<BTreeMap<String, Version>, ResolveError> {
        loop {
            match solve(&catalog, wishes)? {
                Answer::Chosen(chosen) => return Ok(chosen),
                Answer::WantsVersions(wish) => {
                    let versions = galaxy.versions(&wish.name, &wish.who).await?;
                    catalog.versions.insert(wish.name, versions);
                }
                Answer::WantsNeeds(name, version) => {
                    let needs = galaxy.needs(&name, &version).await?;
                    catalog.needs.insert((name, version), needs);
                }
            }
        }
    }

    /// Takes a collection from an archive that the manifest names.
    async fn given_collection(
        &self,
        origin: &FileOrigin,
    ) -> Result<(Collection, LockedFileSet), ResolveError> {
        let origin = self.origin(origin).await?;
        let listing = self.look_into_origin(&origin, collection::is_read).await?;
        let what = origin.source.to_string();
        let found = collection::check(&listing).map_err(|reason| contents(&what, reason))?;
        let path = collection_path(&found.name, &found.version);
        let path = path.map_err(|error| contents(&what, error.to_string()))?;
        let set = set_of(&found.name, &found.version.to_string(), path, origin);
        Ok((found, set))
    }

    /// Looks into an archive of the manifest, from a server or of this machine.
    async fn look_into_origin(
        &self,
        origin: &Origin,
        wanted: fn(&str) -> bool,
    ) -> Result<Listing, ResolveError> {
        let what = origin.source.to_string();
        let file = match &origin.source {
            FileSource::Url(url) => {
                self.package(url, origin.digest, "what is locked").await?;
                let missing =
                    || FetchError::NotFetched { entry: what.clone(), digest: origin.digest };
                self.cache.reader(&origin.digest).ok_or_else(missing)?
            }
            FileSource::Path(path) => {
                let path = self.folder.join(path);
                let open = File::open(&path);
                open.map_err(|source| ResolveError::Local { path, source })?
            }
        };
        if !is_gzip(&file) {
            return Err(contents(&what, "it is no tar in gzip".into()).into());
        }
        let listing = tokio::task::spawn_blocking(move || list(&file, wanted)).await;
        let listing = listing.map_err(|_| ResolveError::Task)?;
        let refused = |source| MirrorError::Package { package: what, source };
        Ok(listing.map_err(refused)?)
    }
}

/// Gives the range of one version.
fn exactly(version: &Version) -> sre_format::VersionRange {
    format!("=={version}").parse().unwrap_or_else(|_| sre_format::VersionRange::any())
}

fn collection_path(name: &str, version: &Version) -> Result<BundlePath, ParsePathError> {
    let folder = SetKind::Ansible.folder();
    format!("{folder}/collections/{}-{version}.tar.gz", name.replace('.', "-")).parse()
}

/// Gives the set of one archive.
fn set_of(name: &str, version: &str, path: BundlePath, origin: Origin) -> LockedFileSet {
    let Origin { source, digest, size, verified } = origin;
    let origin = match source {
        FileSource::Url(url) => PlacedOrigin::Url(url),
        FileSource::Path(path) => PlacedOrigin::Path(path),
    };
    let file = PlacedFile { path, digest, size, media_type: ARCHIVE_TYPE.into(), origin };
    set_of_files(name, version, vec![file], verified)
}

fn set_of_files(
    name: &str,
    version: &str,
    files: Vec<PlacedFile>,
    verified: Vec<Verification>,
) -> LockedFileSet {
    let (name, version) = (name.to_owned(), version.to_owned());
    LockedFileSet { kind: SetKind::Ansible, name, version, files, images: Vec::new(), verified }
}

fn contents(package: &str, reason: String) -> MirrorError {
    MirrorError::Contents { package: package.to_owned(), reason }
}
