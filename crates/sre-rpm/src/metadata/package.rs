//! What the primary metadata says of one package.

use crate::checksum::Checksum;
use crate::dependency::Capability;
use crate::evr::Evr;
use crate::nevra::Nevra;

/// A package as repository metadata describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Package {
    /// The name.
    pub name: String,
    /// Epoch, version and release.
    pub evr: Evr,
    /// The architecture.
    pub architecture: String,
    /// The checksum of the package file, which is also its identity within the repository.
    pub checksum: Checksum,
    /// One line of description.
    pub summary: String,
    /// The description.
    pub description: String,
    /// Who packaged it.
    pub packager: String,
    /// The home page of what is packaged.
    pub url: String,
    /// When the file was made, in seconds since 1970.
    pub file_time: u64,
    /// When the package was built, in seconds since 1970.
    pub build_time: u64,
    /// The count of the bytes of the package file.
    pub size: u64,
    /// The count of the bytes it takes when installed.
    pub installed_size: u64,
    /// The count of the bytes of the archive inside.
    pub archive_size: u64,
    /// The place in the repository, relative to its base or to `location_base`.
    pub location: String,
    /// Another base than the repository's, if the metadata names one.
    pub location_base: Option<String>,
    /// The licence.
    pub license: String,
    /// The vendor.
    pub vendor: String,
    /// The group, an old way of sorting packages.
    pub group: String,
    /// The machine that built it.
    pub build_host: String,
    /// The source package it was built from.
    pub source: String,
    /// Where the header begins and ends within the package file.
    pub header_range: (u64, u64),
    /// Everything it provides, requires and so on, in the order of the metadata.
    pub entries: Vec<Entry>,
    /// The files that primary metadata lists: programs and configuration.
    pub files: Vec<File>,
}

/// One thing that a package provides, requires and so on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What the package does with the capability.
    pub kind: EntryKind,
    /// The capability; the name of a boolean dependency is the whole expression.
    pub capability: Capability,
    /// Whether it must be there before scriptlets of the package run.
    pub is_needed_first: bool,
}

/// What a package does with a capability.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum EntryKind {
    /// Offers it.
    Provides,
    /// Cannot be without it.
    Requires,
    /// Cannot be together with it.
    Conflicts,
    /// Replaces packages of that name.
    Obsoletes,
    /// Should not be without it.
    Recommends,
    /// Goes well with it.
    Suggests,
    /// Should be there where that is.
    Supplements,
    /// Goes well where that is.
    Enhances,
}

/// A file of a package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// The absolute path.
    pub path: String,
    /// What it is.
    pub kind: FileKind,
}

/// What a path of a package is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// A file.
    File,
    /// A folder.
    Folder,
    /// A file that the package owns but does not bring.
    Ghost,
}

impl EntryKind {
    /// All kinds with their names in metadata, in the order in which they are written.
    pub(crate) const NAMES: [(Self, &'static str); 8] = [
        (Self::Provides, "provides"),
        (Self::Requires, "requires"),
        (Self::Conflicts, "conflicts"),
        (Self::Obsoletes, "obsoletes"),
        (Self::Suggests, "suggests"),
        (Self::Enhances, "enhances"),
        (Self::Recommends, "recommends"),
        (Self::Supplements, "supplements"),
    ];

    pub(super) fn of_name(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(_, known)| *known == name).map(|(kind, _)| *kind)
    }
}

impl FileKind {
    /// Reads the word of metadata; no word means a file.
    pub(super) fn of_word(word: Option<&str>) -> Self {
        match word {
            Some("dir") => Self::Folder,
            Some("ghost") => Self::Ghost,
            _ => Self::File,
        }
    }

    /// Gives the word of metadata; a file has none.
    pub(crate) fn word(self) -> Option<&'static str> {
        match self {
            Self::File => None,
            Self::Folder => Some("dir"),
            Self::Ghost => Some("ghost"),
        }
    }
}

impl Package {
    /// Gives the full name.
    #[must_use]
    pub fn nevra(&self) -> Nevra {
        Nevra {
            name: self.name.clone(),
            evr: self.evr.clone(),
            architecture: self.architecture.clone(),
        }
    }

    /// Gives the capabilities of one kind.
    pub fn capabilities(&self, kind: EntryKind) -> impl Iterator<Item = &Capability> {
        self.entries.iter().filter(move |entry| entry.kind == kind).map(|entry| &entry.capability)
    }
}
