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
        skewed(&found)?;
        let mut verified: Vec<_> = suites.into_iter().flat_map(|suite| suite.verified).collect();
        verified.sort();
        verified.dedup();
        let packages = LockedFileSet {
            kind: SetKind::Deb,
            name: wanted.name.clone(),
            version: String::new(),
            files: found.into_values().collect(),
            images: Vec::new(),
            verified,
        };
        self.deb_dated(&packages, &wanted.architectures)
    }

    /// Gives our repository its date and what follows from it.
    ///
    /// apt takes a `Release` that is not newer than the last one for no news, and goes on with the index that
    /// it has. So the date stays only where every byte stays, and is later than before otherwise.
    fn deb_dated(
        &self,
        packages: &LockedFileSet,
        architectures: &[String],
    ) -> Result<LockedFileSet, DebError> {
        let mut old = self.old.into_iter().flat_map(|old| &old.sets);
        let old = old.rfind(|old| old.kind == SetKind::Deb && old.name == packages.name);
        let mut date = self.time;
        if let Some((before, old)) = old.and_then(|old| Some((old.version.parse().ok()?, old))) {
            let same = with_metadata(packages, before, architectures)?;
            if same.files == old.files {
                return Ok(same);
            }
            let seconds = i64::try_from(before.unix_seconds()).unwrap_or(i64::MAX);
            let later = Timestamp::from_unix_seconds(seconds.saturating_add(1));
            date = later.map_or(date, |later| date.max(later));
        }
        with_metadata(packages, date, architectures)
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

/// Adds the metadata of a repository of this date, all in the order of the lock.
fn with_metadata(
    packages: &LockedFileSet,
    date: Timestamp,
    architectures: &[String],
) -> Result<LockedFileSet, DebError> {
    let mut set = LockedFileSet { version: date.to_string(), ..packages.clone() };
    let metadata = ours::metadata(&set, architectures)?;
    set.files.extend(metadata.iter().map(ours::placed));
    set.files.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(set)
}

/// Says that one name for all architectures came in two versions, of which each host would see both.
fn skewed(found: &BTreeMap<BundlePath, PlacedFile>) -> Result<(), DebError> {
    let mut versions = BTreeMap::new();
    for file in found.values() {
        let PlacedOrigin::Package { record, .. } = &file.origin else { continue };
        let field = |name: &str| {
            record.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
        };
        let (Some(name), Some(version), Some("all")) =
            (field("Package"), field("Version"), field("Architecture"))
        else {
            continue;
        };
        if versions.insert(name, version).is_some_and(|before| before != version) {
            return Err(DebError::Skewed { package: name.to_owned() });
        }
    }
    Ok(())
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
