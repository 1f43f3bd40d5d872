//! RPM packages: metadata of all repositories, one closure, and the heads of the chosen packages.
//!
//! 1. `places` finds a place of each repository that answers, and the index that it gives;
//! 2. `repository` brings the metadata that the index names into the cache and the catalog;
//! 3. `closure` solves for everything that is asked at once;
//! 4. `packages` reads the head of each chosen package from upstream: its signature, its name and what
//!    it needs must be what the metadata says;
//! 5. the repository of the bundle is made (`crate::rpm`), so that the lock names its files.
//!
//! The payload of a package is fetched by `build`; the signed head names its digest.

mod closure;
mod packages;
mod places;
mod repository;

use std::collections::BTreeSet;

use sre_format::Digest;
use sre_format::lock::{
    Archive, LockedFileSet, Made, PlacedFile, PlacedOrigin, SetKind, Verification,
};
use sre_format::manifest::RpmSet;
use sre_rpm::{Architecture, Catalog, Multilib};
use tokio::task::block_in_place;

use self::repository::Loaded;
use super::Resolver;
use crate::publisher_keys::read_key_file;
use crate::rpm::{Kind, RpmError, Upstream, key_path, make, package_path, repodata_path};

/// The type of packages: they are compressed already.
const PACKAGE_TYPE: &str = "application/x-rpm";
const KEY_TYPE: &str = "application/pgp-keys";

impl Resolver<'_> {
    pub(super) async fn rpm(&self, set: &RpmSet) -> Result<LockedFileSet, RpmError> {
        let architecture: Architecture = set.architecture.parse()?;
        let multilib = if set.multilib { Multilib::Included } else { Multilib::Excluded };
        let mut catalog = Catalog::new(architecture, multilib);
        let mut loaded = Vec::new();
        for repository in &set.repositories {
            loaded.push(self.load(repository, &mut catalog).await?);
        }
        let solution = block_in_place(|| closure::solve_for(self, set, &mut catalog, &loaded))?;
        for note in &solution.notes {
            self.phase.warn(format!("{}: {note}", set.name));
        }
        let mut verified: Vec<Verification> =
            loaded.iter().flat_map(|one| one.verified.iter().cloned()).collect();
        let chosen = packages::Chosen::of(self, &catalog, &loaded, &solution.packages)?;
        verified.extend(chosen.verify(self).await?);
        let mut files = Vec::new();
        for chosen in chosen.packages() {
            files.push(PlacedFile {
                path: package_path(&set.name, &chosen.package.nevra())?,
                digest: chosen.digest,
                size: chosen.package.size,
                media_type: PACKAGE_TYPE.to_owned(),
                origin: PlacedOrigin::Url(chosen.url.clone()),
            });
        }
        let made = block_in_place(|| self.repodata(set, &files, &loaded))?;
        files.extend(made);
        files.extend(self.key_files(set)?);
        verified.sort();
        verified.dedup();
        let (kind, name, version) = (SetKind::Rpm, set.name.clone(), String::new());
        Ok(LockedFileSet { kind, name, version, files, images: Vec::new(), verified })
    }

    /// Makes the metadata of the new repository and keeps it in the cache.
    fn repodata(
        &self,
        set: &RpmSet,
        packages: &[PlacedFile],
        loaded: &[Loaded],
    ) -> Result<Vec<PlacedFile>, RpmError> {
        let mut upstream = Upstream::new();
        for one in loaded {
            for (kind, archive) in one.archives() {
                upstream.entry(kind).or_default().push(archive.clone());
            }
        }
        let mut placed = Vec::new();
        for file in make(&set.name, packages, &upstream, self.cache)? {
            let path = repodata_path(&set.name, &file.path)?;
            let kind = Kind::of_path(path.as_str());
            let from: Vec<Archive> =
                kind.and_then(|kind| upstream.get(&kind)).cloned().unwrap_or_default();
            let what = kind.map_or("repomd", Kind::word).to_owned();
            placed.push(PlacedFile {
                path,
                digest: self.cache.keep(&file.bytes)?,
                size: file.bytes.len() as u64,
                media_type: media_type_of(&file.path).to_owned(),
                origin: PlacedOrigin::Made(Made { what, from }),
            });
        }
        Ok(placed)
    }

    /// Places the keys of the publishers beside their packages, for `gpgkey=` of clients.
    fn key_files(&self, set: &RpmSet) -> Result<Vec<PlacedFile>, RpmError> {
        let files: BTreeSet<&String> =
            set.repositories.iter().flat_map(|repository| &repository.keys).collect();
        let mut placed: Vec<PlacedFile> = Vec::new();
        for file in files {
            let bytes = read_key_file(self.folder, file)?;
            let digest = Digest::of(&bytes);
            let name = file.rsplit('/').next().unwrap_or(file);
            let twin = placed.iter().any(|one| one.path.as_str().ends_with(&format!("/{name}")));
            // Two files of one name are told apart by what they hold.
            let name = if twin { format!("{}-{name}", digest.hex()) } else { name.to_owned() };
            placed.push(PlacedFile {
                path: key_path(&set.name, &name)?,
                digest,
                size: bytes.len() as u64,
                media_type: KEY_TYPE.to_owned(),
                origin: PlacedOrigin::Path(file.clone()),
            });
        }
        Ok(placed)
    }
}

fn media_type_of(path: &str) -> &'static str {
    match path.rsplit_once('.') {
        Some((_, "xml")) => "application/xml",
        _ => "application/gzip",
    }
}
