//! Makes the metadata of a repository of chosen packages from upstream's.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs::File as DiskFile;

use sre_format::Timestamp;
use sre_format::lock::{Archive, PlacedFile, PlacedOrigin};
use sre_rpm::Checksum;
use sre_rpm::metadata::{
    File, Groups, Modules, Package, Record, decode, read_filelists, read_primary,
};
use sre_rpm::write::{
    CarriedPackage, Changelogs, Compression, RepositoryFile, Settings, write_repository,
};

use super::carried::carried_groups;
use super::error::RpmError;
use super::place::folder;
use super::streams::carried_streams;
use crate::fetch::{BlobCache, FetchError};

/// The kinds of metadata of upstream that a repository is made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Kind {
    /// The packages.
    Primary,
    /// Their files.
    Filelists,
    /// Groups and environments.
    Groups,
    /// Module streams.
    Modules,
}

/// Metadata of upstream, by kind, in the order of the repositories.
pub(crate) type Upstream = BTreeMap<Kind, Vec<Archive>>;

/// A package of ours under the digest that upstream's metadata knows it by.
type Wanted<'a> = HashMap<Checksum, &'a PlacedFile>;

impl Kind {
    /// All kinds.
    pub(crate) const ALL: [Self; 4] = [Self::Primary, Self::Filelists, Self::Groups, Self::Modules];

    /// Gives the word that `repomd.xml` has for it.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Primary => "primary",
            Self::Filelists => "filelists",
            Self::Groups => "group",
            Self::Modules => "modules",
        }
    }

    /// Tells from the path of a made file what it is; the index is nothing of these.
    pub(crate) fn of_path(path: &str) -> Option<Self> {
        let name = |kind: Self| match kind {
            Self::Primary => "-primary.xml",
            Self::Filelists => "-filelists.xml",
            Self::Groups => "-comps.xml",
            Self::Modules => "-modules.yaml",
        };
        let file = path.rsplit('/').next().unwrap_or(path);
        Self::ALL.into_iter().find(|kind| file.contains(name(*kind)))
    }
}

/// Makes the files of a repository; paths are relative to its base, and the index is the last.
pub(crate) fn make(
    set: &str,
    placed: &[PlacedFile],
    upstream: &Upstream,
    cache: &BlobCache,
) -> Result<Vec<RepositoryFile>, RpmError> {
    let source = Source { upstream, cache };
    let (mut packages, names) = source.packages(set, placed)?;
    source.add_files(&mut packages)?;
    let carried: HashSet<String> = packages.iter().map(|one| one.package.name.clone()).collect();
    let groups = source.each(Kind::Groups, |reader| Groups::read(reader))?;
    let groups = carried_groups(groups, &names, &carried);
    let modules = source.each(Kind::Modules, |reader| Modules::read(reader))?;
    let full_names = packages.iter().map(|one| full_name(&one.package)).collect();
    let modules = carried_streams(&modules, &full_names);
    // Nothing else of the lock may be in it: a repository of the same packages is the same bytes.
    let newest = packages.iter().map(|one| one.package.build_time).max().unwrap_or(0);
    let timestamp = i64::try_from(newest).ok().and_then(Timestamp::from_unix_seconds);
    let settings = Settings {
        compression: Compression::Gzip,
        timestamp: timestamp.ok_or(RpmError::Moment { seconds: newest })?,
        changelogs: Changelogs::LeftOut,
    };
    Ok(write_repository(packages, &groups, &modules, settings)?)
}

/// Gives the full name as module streams write it, always with the epoch.
fn full_name(package: &Package) -> String {
    let Package { name, evr, architecture, .. } = package;
    let release = evr.release.as_deref().unwrap_or_default();
    format!("{name}-{}:{}-{release}.{architecture}", evr.epoch, evr.version)
}

struct Source<'a> {
    upstream: &'a Upstream,
    cache: &'a BlobCache,
}

impl Source<'_> {
    /// Reads every file of a kind.
    fn each<T>(
        &self,
        kind: Kind,
        mut read: impl FnMut(&mut dyn std::io::BufRead) -> Result<T, sre_rpm::metadata::MetadataError>,
    ) -> Result<Vec<T>, RpmError> {
        let archives = self.upstream.get(&kind).map_or(&[][..], Vec::as_slice);
        archives
            .iter()
            .map(|archive| {
                let file = open(self.cache, archive)?;
                decode(&record(kind, archive), file, &mut read)
                    .map_err(RpmError::metadata(&archive.url))
            })
            .collect()
    }

    /// Gives the packages with their new places, and the names of all packages that there are.
    fn packages(
        &self,
        set: &str,
        placed: &[PlacedFile],
    ) -> Result<(Vec<CarriedPackage>, HashSet<String>), RpmError> {
        let base = format!("{}/", folder(set));
        let mut wanted: Wanted<'_> = packages_of(placed)
            .map(|file| (Checksum::Sha256(*file.digest.as_bytes()), file))
            .collect();
        let (mut found, mut names) = (Vec::new(), HashSet::new());
        self.each(Kind::Primary, |reader| {
            read_primary(reader, |mut package| {
                if let Some(file) = wanted.remove(&package.checksum) {
                    let path = file.path.as_str();
                    path.strip_prefix(&base).unwrap_or(path).clone_into(&mut package.location);
                    package.location_base = None;
                    let (files, changes) = (Vec::new(), Vec::new());
                    names.insert(package.name.clone());
                    found.push(CarriedPackage { package, files, changes });
                } else if !names.contains(&package.name) {
                    names.insert(package.name);
                }
                Ok(())
            })
        })?;
        match wanted.into_values().next() {
            Some(missing) => Err(RpmError::Gone { path: missing.path.clone() }),
            None => Ok((found, names)),
        }
    }

    /// Adds the files of each package from the file lists.
    fn add_files(&self, packages: &mut [CarriedPackage]) -> Result<(), RpmError> {
        let mut lists: HashMap<String, Vec<File>> = HashMap::new();
        let identities: HashSet<String> =
            packages.iter().map(|one| one.package.checksum.hex()).collect();
        self.each(Kind::Filelists, |reader| {
            let wants = |identity: &str| identities.contains(identity);
            read_filelists(reader, wants, |list| {
                lists.entry(list.identity).or_insert(list.files);
                Ok(())
            })
        })?;
        for one in packages {
            let files = lists.remove(&one.package.checksum.hex());
            one.files =
                files.ok_or_else(|| RpmError::NoFileList { package: one.package.nevra() })?;
        }
        Ok(())
    }
}

/// Gives the packages among the files of a set.
pub(super) fn packages_of(placed: &[PlacedFile]) -> impl Iterator<Item = &PlacedFile> {
    placed.iter().filter(|file| matches!(file.origin, PlacedOrigin::Url(_)))
}

fn open(cache: &BlobCache, archive: &Archive) -> Result<DiskFile, RpmError> {
    let missing = || {
        let (entry, digest) = (archive.url.to_string(), archive.digest);
        RpmError::Cache(FetchError::NotFetched { entry, digest })
    };
    cache.reader(&archive.digest).ok_or_else(missing)
}

/// Gives the record that an index would have of metadata in the cache.
pub(crate) fn record(kind: Kind, archive: &Archive) -> Record {
    Record {
        kind: kind.word().to_owned(),
        location: archive.url.to_string(),
        checksum: Checksum::Sha256(*archive.digest.as_bytes()),
        size: archive.size,
        open_checksum: None,
        open_size: None,
        timestamp: 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_alone_tells_what_it_is() {
        let path = "rpm/el9/repodata/0a-primary.xml.gz";
        assert_eq!(Kind::of_path(path), Some(Kind::Primary));
        assert_eq!(Kind::of_path("rpm/x-primary.xml/repodata/repomd.xml"), None);
    }
}
