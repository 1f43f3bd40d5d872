//! Packages of Debian and its kin: from names to files, by the word of signed repositories.
//!
//! The chain of trust has three links, and none is optional: a key of the manifest signed `Release`,
//! `Release` names the digest of each index, and an index names the digest of each package. What is
//! carried is the closure of all that is asked for, on one host of each architecture.

mod closure;
mod upstream;

use std::collections::BTreeMap;

use sre_format::Timestamp;
use sre_format::bundle::BundlePath;
use sre_format::lock::{LockedFileSet, PlacedFile, PlacedOrigin, SetKind};
use sre_format::manifest::DebRepository;

use super::{ResolveError, Resolver};
use crate::deb::{self as ours, DebError};
use closure::Found;
use upstream::Suite;

/// The media type of a package; it is packed already.
const PACKAGE_TYPE: &str = "application/vnd.debian.binary-package";

impl Resolver<'_> {
    pub(super) async fn deb(&self, wanted: &DebRepository) -> Result<LockedFileSet, ResolveError> {
        let locked = self.deb_packages(wanted).await;
        let name = wanted.name.clone();
        locked.map_err(|source| ResolveError::Deb { name, source: Box::new(source) })
    }

    async fn deb_packages(&self, wanted: &DebRepository) -> Result<LockedFileSet, DebError> {
        let suites = self.deb_suites(wanted).await?;
        let mut found = BTreeMap::new();
        for architecture in &wanted.architectures {
            for one in self.deb_closure(wanted, &suites, architecture).await? {
                place(&mut found, &wanted.name, one)?;
            }
        }
        let packages: Vec<PlacedFile> = found.into_values().collect();
        let date = self.deb_date(wanted, &packages, &suites);
        let mut verified: Vec<_> = suites.into_iter().flat_map(|suite| suite.verified).collect();
        verified.sort();
        verified.dedup();
        let mut set = LockedFileSet {
            kind: SetKind::Deb,
            name: wanted.name.clone(),
            version: date.to_string(),
            files: packages,
            images: Vec::new(),
            verified,
        };
        let metadata = ours::metadata(&set, &wanted.architectures)?;
        set.files.extend(metadata.iter().map(ours::placed));
        Ok(set)
    }

    /// Gives the date of our repository: the newest of those it comes from, and the old one as long as the
    /// packages are the same, since upstream is published again every few hours without any change to them.
    fn deb_date(
        &self,
        wanted: &DebRepository,
        packages: &[PlacedFile],
        from: &[Suite],
    ) -> Timestamp {
        let sets = self.old.into_iter().flat_map(|old| &old.sets);
        let same = |set: &&LockedFileSet| {
            let is_package =
                |file: &&PlacedFile| matches!(file.origin, PlacedOrigin::Package { .. });
            set.kind == SetKind::Deb
                && set.name == wanted.name
                && set.files.iter().filter(is_package).eq(packages)
        };
        let old = sets.into_iter().find(same).and_then(|set| set.version.parse().ok());
        let newest = from.iter().filter_map(|suite| suite.release.date).max();
        old.or(newest).or(Timestamp::from_unix_seconds(0)).unwrap_or_else(Timestamp::now)
    }

    /// Reads a file of this machine whole.
    fn deb_file(&self, path: &str, limit: u64) -> Result<Vec<u8>, DebError> {
        use std::io::Read as _;
        let path = self.folder.join(path);
        let failed = |source| DebError::Local { path: path.clone(), source };
        let mut bytes = Vec::new();
        let file = std::fs::File::open(&path).map_err(failed)?;
        let read = tokio::task::block_in_place(|| file.take(limit + 1).read_to_end(&mut bytes));
        read.map_err(failed)?;
        if bytes.len() as u64 > limit {
            return Err(DebError::TooLarge { path, limit });
        }
        Ok(bytes)
    }
}

/// Puts a package into its place; one for all architectures comes with each, and once is enough.
fn place(
    files: &mut BTreeMap<BundlePath, PlacedFile>,
    name: &str,
    one: Found,
) -> Result<(), DebError> {
    let mut path = ours::package_path(name, &one.path)?;
    if files.get(&path).is_some_and(|file| file.digest != one.digest) {
        // Two repositories, two builds of one version: both are carried, for one architecture each.
        path = ours::package_path(name, &sre_deb::repository::pool_path_by_digest(one.digest))?;
    }
    files.entry(path.clone()).or_insert_with(|| PlacedFile {
        path,
        digest: one.digest,
        size: one.size,
        media_type: PACKAGE_TYPE.to_owned(),
        origin: PlacedOrigin::Package { url: one.url, record: one.record },
    });
    Ok(())
}
