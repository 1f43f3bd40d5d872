//! Writes the metadata of a repository of chosen packages.
//!
//! The same packages, groups, modules and settings give the same bytes: packages are sorted, every time
//! stamp is a parameter, and the compressors write none of their own. The form is createrepo's, so that dnf
//! and every other reader of such repositories takes it.

mod compression;
mod error;
mod groups;
mod lists;
mod primary;
mod repomd;
mod xml;

use std::collections::HashSet;

use sre_format::Timestamp;

pub use compression::Compression;
pub use error::WriteError;

use crate::metadata::{
    Change, File, FileKind, Groups, Modules, Package, Record, is_listed_in_primary,
};

/// A package as it is written into a repository of ours.
#[derive(Clone, Debug)]
pub struct CarriedPackage {
    /// What upstream's metadata says of it; `location` is its place in the new repository.
    pub package: Package,
    /// All its files.
    pub files: Vec<File>,
    /// Its changelog; most repositories of ours have none.
    pub changes: Vec<Change>,
}

/// How metadata is written.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// How files are compressed; `repomd.xml` never is.
    pub compression: Compression,
    /// The moment that the repository says it was made at.
    pub timestamp: Timestamp,
    /// Whether changelogs are written.
    pub changelogs: Changelogs,
}

/// Whether changelogs are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Changelogs {
    /// They are left out: nothing that is installed needs them.
    #[default]
    LeftOut,
    /// They are written.
    Written,
}

/// A file of the new repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepositoryFile {
    /// The place, relative to the base of the repository.
    pub path: String,
    /// The content.
    pub bytes: Vec<u8>,
}

/// Writes the metadata of a repository; the last file is `repodata/repomd.xml`.
///
/// Groups and modules are written as they are given: see [`Groups::carried`] and
/// [`Solution::streams`](crate::solve::Solution).
pub fn write_repository(
    mut packages: Vec<CarriedPackage>,
    groups: &Groups,
    modules: &Modules,
    settings: Settings,
) -> Result<Vec<RepositoryFile>, WriteError> {
    packages
        .sort_by_cached_key(|one| (one.package.nevra().to_string(), one.package.checksum.hex()));
    check(&packages)?;
    for one in &mut packages {
        // createrepo lists these in primary, which saves most readers the file lists.
        let listed = one.files.iter().filter(|file| is_listed_in_primary(&file.path));
        one.package.files = listed.cloned().collect();
    }
    let mut made = vec![
        ("primary", "primary.xml", primary::primary(&packages)?),
        ("filelists", "filelists.xml", lists::filelists(&packages)?),
    ];
    if settings.changelogs == Changelogs::Written {
        made.push(("other", "other.xml", lists::other(&packages)?));
    }
    if !groups.groups.is_empty() {
        made.push(("group", "comps.xml", groups::groups(groups)?));
    }
    if !modules.streams.is_empty() {
        made.push(("modules", "modules.yaml", lists::modules(modules)));
    }
    let mut files = Vec::new();
    let mut records: Vec<Record> = Vec::new();
    for (kind, name, open) in made {
        let (record, file) = repomd::stored(kind, name, &open, settings)?;
        records.push(record);
        files.push(file);
    }
    let index = repomd::repomd(&records, settings.timestamp)?;
    files.push(RepositoryFile { path: "repodata/repomd.xml".to_owned(), bytes: index });
    Ok(files)
}

/// Wants each package and each place once: a reader of two with one identity would take either.
fn check(packages: &[CarriedPackage]) -> Result<(), WriteError> {
    let mut places = HashSet::new();
    let mut identities = HashSet::new();
    for CarriedPackage { package, .. } in packages {
        if !places.insert(package.location.as_str()) {
            return Err(WriteError::Twice { location: package.location.clone() });
        }
        if !identities.insert(package.checksum) {
            return Err(WriteError::Twice { location: package.location.clone() });
        }
    }
    Ok(())
}

/// Gives the paths of a package that are listed, without what is no path at all.
fn shown_files(files: &[File]) -> impl Iterator<Item = (&str, FileKind)> {
    files.iter().map(|file| (file.path.as_str(), file.kind))
}

#[cfg(test)]
mod tests;
