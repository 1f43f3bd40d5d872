//! All packages of all repositories that a closure is sought in, small enough for tens of thousands.
//!
//! Texts are kept once, lists one behind the other: 50,000 packages with their dependencies take some
//! 120 MB. What only a repository needs (descriptions, all files, changelogs) is not kept; it is read
//! again for the packages that were chosen.

mod error;
mod index;
mod record;

use std::collections::BTreeSet;
use std::io::{BufRead, Read};

use string_interner::StringInterner;
use string_interner::backend::StringBackend;
use string_interner::symbol::SymbolU32;

pub use error::CatalogError;
pub(crate) use index::Index;
pub(crate) use record::{EntryRecord, PackageRecord};

use crate::architecture::Architecture;
use crate::checksum::Checksum;
use crate::evr::{Evr, EvrParts};
use crate::limits::{MAX_ALL_ENTRIES, MAX_ALL_TEXT, MAX_PACKAGES};
use crate::metadata::{
    self, EntryKind, Groups, MetadataError, Modules, Package, Record, is_listed_in_primary,
};
use crate::nevra::Nevra;

/// The identity of a text in the catalog.
pub(crate) type Text = SymbolU32;

/// A package of a catalog.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PackageId(pub(crate) u32);

/// A repository of a catalog.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RepositoryId(pub(crate) u16);

/// What is decided about a repository, not read from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepositorySettings {
    /// The name, such as `baseos`.
    pub name: String,
    /// Repositories with a smaller number are preferred, whatever the versions; dnf's default is 99.
    pub priority: u32,
    /// Whether its packages stay visible whatever module streams say (dnf's `module_hotfixes`).
    pub ignores_modules: bool,
}

/// Whether 32-bit packages for a 64-bit machine are taken in at all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Multilib {
    /// They are left out.
    #[default]
    Excluded,
    /// They are candidates, but never preferred.
    Included,
}

/// All packages of all repositories.
pub struct Catalog {
    architecture: Architecture,
    multilib: Multilib,
    texts: StringInterner<StringBackend<Text>>,
    repositories: Vec<Repository>,
    packages: Vec<PackageRecord>,
    entries: Vec<EntryRecord>,
    /// Each path with its package, as far as anything could ask for it.
    files: Vec<(Text, PackageId)>,
    /// The count of bytes of all texts.
    text_size: usize,
    limits: Limits,
}

/// The most that a catalog holds, so that a small compressed file cannot take all memory.
struct Limits {
    entries: usize,
    text: usize,
}

struct Repository {
    settings: RepositorySettings,
    groups: Groups,
    modules: Modules,
}

impl RepositorySettings {
    /// Gives the settings that a repository has unless somebody says otherwise.
    #[must_use]
    pub fn named(name: impl Into<String>) -> Self {
        Self { name: name.into(), priority: 99, ignores_modules: false }
    }
}

impl Catalog {
    /// Makes an empty catalog of packages for machines of an architecture.
    #[must_use]
    pub fn new(architecture: Architecture, multilib: Multilib) -> Self {
        Self {
            architecture,
            multilib,
            texts: StringInterner::new(),
            repositories: Vec::new(),
            packages: Vec::new(),
            entries: Vec::new(),
            files: Vec::new(),
            text_size: 0,
            limits: Limits { entries: MAX_ALL_ENTRIES, text: MAX_ALL_TEXT },
        }
    }

    /// Adds a repository; of equal packages, those of earlier repositories are taken.
    pub fn add_repository(
        &mut self,
        settings: RepositorySettings,
    ) -> Result<RepositoryId, CatalogError> {
        let id = u16::try_from(self.repositories.len()).map_err(|_| CatalogError::TooMany)?;
        self.repositories.push(Repository {
            settings,
            groups: Groups::default(),
            modules: Modules::default(),
        });
        Ok(RepositoryId(id))
    }

    /// Reads the primary metadata of a repository.
    pub fn read_primary(
        &mut self,
        repository: RepositoryId,
        record: &Record,
        reader: impl Read + Send,
    ) -> Result<(), MetadataError> {
        metadata::decode(record, reader, |reader| {
            metadata::read_primary(reader, |package| {
                self.add_package(repository, &package)?;
                Ok(())
            })
        })
    }

    /// Adds one package; gives nothing when machines of this architecture have no use for it.
    pub fn add_package(
        &mut self,
        repository: RepositoryId,
        package: &Package,
    ) -> Result<Option<PackageId>, CatalogError> {
        if !self.admits(&package.architecture) {
            return Ok(None);
        }
        if self.packages.len() >= MAX_PACKAGES {
            return Err(CatalogError::TooMany);
        }
        if self.entries.len() + self.files.len() > self.limits.entries
            || self.text_size > self.limits.text
        {
            return Err(CatalogError::TooLarge);
        }
        let id = PackageId(u32::try_from(self.packages.len()).map_err(|_| CatalogError::TooMany)?);
        let name = self.intern(&package.name);
        let bounds = self.add_entries(package)?;
        let record = PackageRecord {
            name,
            version: self.intern(&full_version(&package.evr)),
            architecture: self.intern(&package.architecture),
            location: self.intern(&package.location),
            base: package.location_base.as_ref().map(|base| self.intern(base)),
            checksum: package.checksum,
            size: package.size,
            repository,
            bounds,
        };
        for file in &package.files {
            let path = self.intern(&file.path);
            self.files.push((path, id));
        }
        self.packages.push(record);
        Ok(Some(id))
    }

    /// Looks in the file lists of a repository for these paths, and remembers who has them.
    pub fn read_filelists(
        &mut self,
        repository: RepositoryId,
        record: &Record,
        reader: impl Read + Send,
        wanted: &BTreeSet<String>,
    ) -> Result<(), MetadataError> {
        let mut owners = std::collections::HashMap::new();
        for (id, package) in self.all() {
            if package.repository == repository {
                owners.insert(package.checksum.hex(), id);
            }
        }
        let texts = &mut self.texts;
        let files = &mut self.files;
        let wanted: std::collections::HashSet<&str> =
            wanted.iter().map(String::as_str).filter(|path| !is_listed_in_primary(path)).collect();
        metadata::decode(record, reader, |reader: &mut dyn BufRead| {
            metadata::find_files(reader, &wanted, |identity, path| {
                if let Some(owner) = owners.get(identity) {
                    files.push((texts.get_or_intern(path), *owner));
                }
            })
        })
    }

    /// Sets the groups of a repository.
    pub fn set_groups(&mut self, repository: RepositoryId, groups: Groups) {
        if let Some(one) = self.repositories.get_mut(usize::from(repository.0)) {
            one.groups = groups;
        }
    }

    /// Sets the module streams of a repository.
    pub fn set_modules(&mut self, repository: RepositoryId, modules: Modules) {
        if let Some(one) = self.repositories.get_mut(usize::from(repository.0)) {
            one.modules = modules;
        }
    }

    /// Gives the groups of all repositories, in the order of the repositories.
    pub fn groups(&self) -> impl Iterator<Item = &Groups> {
        self.repositories.iter().map(|repository| &repository.groups)
    }

    /// Gives the module streams of all repositories, in the order of the repositories.
    pub fn modules(&self) -> impl Iterator<Item = &Modules> {
        self.repositories.iter().map(|repository| &repository.modules)
    }

    /// Gives the architecture of the machines.
    #[must_use]
    pub fn architecture(&self) -> Architecture {
        self.architecture
    }

    /// Gives the count of packages.
    #[must_use]
    pub fn len(&self) -> usize {
        self.packages.len()
    }

    /// Tells whether there are no packages.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.packages.is_empty()
    }

    /// Gives the full name of a package.
    #[must_use]
    pub fn nevra(&self, id: PackageId) -> Nevra {
        let package = self.package(id);
        let parts = self.version(package);
        Nevra {
            name: self.text(package.name).to_owned(),
            evr: Evr {
                epoch: parts.epoch,
                version: parts.version.to_owned(),
                release: parts.release.map(str::to_owned),
            },
            architecture: self.text(package.architecture).to_owned(),
        }
    }

    /// Gives the repository of a package.
    #[must_use]
    pub fn repository(&self, id: PackageId) -> RepositoryId {
        self.package(id).repository
    }

    /// Gives the settings of a repository.
    #[must_use]
    pub fn settings(&self, id: RepositoryId) -> &RepositorySettings {
        &self.repositories[usize::from(id.0)].settings
    }

    /// Gives the checksum of a package file.
    #[must_use]
    pub fn checksum(&self, id: PackageId) -> Checksum {
        self.package(id).checksum
    }

    /// Gives the count of bytes of a package file.
    #[must_use]
    pub fn size(&self, id: PackageId) -> u64 {
        self.package(id).size
    }

    /// Gives the place of a package file, relative to its base.
    #[must_use]
    pub fn location(&self, id: PackageId) -> &str {
        self.text(self.package(id).location)
    }

    /// Gives another base than the repository's, if the metadata names one.
    #[must_use]
    pub fn location_base(&self, id: PackageId) -> Option<&str> {
        self.package(id).base.map(|base| self.text(base))
    }

    fn intern(&mut self, text: &str) -> Text {
        let before = self.texts.len();
        let found = self.texts.get_or_intern(text);
        if self.texts.len() > before {
            self.text_size += text.len();
        }
        found
    }

    fn admits(&self, architecture: &str) -> bool {
        use crate::architecture::Suitability;
        match self.architecture.suits(architecture) {
            Some(Suitability::Native) => true,
            Some(Suitability::Foreign(_)) => self.multilib == Multilib::Included,
            None => false,
        }
    }

    /// Adds the entries of a package, kind by kind, and gives where each kind begins and ends.
    fn add_entries(&mut self, package: &Package) -> Result<[u32; 9], CatalogError> {
        let mut bounds = [0; 9];
        let place = |length: usize| u32::try_from(length).map_err(|_| CatalogError::TooMany);
        bounds[0] = place(self.entries.len())?;
        for (index, (kind, _)) in EntryKind::NAMES.iter().enumerate() {
            for capability in package.capabilities(*kind) {
                let constraint = capability.constraint.as_ref();
                let record = EntryRecord {
                    name: self.intern(&capability.name),
                    relation: constraint.map(|one| one.relation),
                    version: constraint.map(|one| self.intern(&full_version(&one.evr))),
                };
                self.entries.push(record);
            }
            bounds[index + 1] = place(self.entries.len())?;
        }
        Ok(bounds)
    }
}

/// Reading for the modules of this crate.
impl Catalog {
    pub(crate) fn all(&self) -> impl Iterator<Item = (PackageId, &PackageRecord)> {
        (0..).map(PackageId).zip(&self.packages)
    }

    pub(crate) fn package(&self, id: PackageId) -> &PackageRecord {
        &self.packages[id.0 as usize]
    }

    pub(crate) fn text(&self, text: Text) -> &str {
        self.texts.resolve(text).unwrap_or_default()
    }

    pub(crate) fn find_text(&self, text: &str) -> Option<Text> {
        self.texts.get(text)
    }

    pub(crate) fn count_of_texts(&self) -> usize {
        self.texts.len()
    }

    pub(crate) fn version(&self, package: &PackageRecord) -> EvrParts<'_> {
        EvrParts::split(self.text(package.version))
    }

    pub(crate) fn files(&self) -> &[(Text, PackageId)] {
        &self.files
    }

    pub(crate) fn entries(&self, package: &PackageRecord, kind: EntryKind) -> &[EntryRecord] {
        let at = EntryKind::NAMES.iter().position(|(known, _)| *known == kind).unwrap_or_default();
        &self.entries[package.bounds[at] as usize..package.bounds[at + 1] as usize]
    }
}

/// Writes a version with its epoch always, so that one version is one text.
fn full_version(evr: &Evr) -> String {
    match &evr.release {
        Some(release) => format!("{}:{}-{release}", evr.epoch, evr.version),
        None => format!("{}:{}", evr.epoch, evr.version),
    }
}

#[cfg(test)]
mod tests;
