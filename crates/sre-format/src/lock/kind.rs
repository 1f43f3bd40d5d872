//! The kinds of inputs.

use std::fmt;

use serde::{Serialize, Serializer};

use super::{LockedChart, LockedFile, LockedFileSet, LockedFolder, LockedImage, SetKind};

/// A kind of input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A container image, or any artifact under an image reference.
    Image,
    /// A Helm chart.
    Chart,
    /// A file.
    File,
    /// A folder of the connected side.
    Folder,
    /// A set of files, such as a tool.
    Set(SetKind),
}

/// One input of a lock.
#[derive(Clone, Copy, Debug)]
pub enum Input<'a> {
    /// A container image.
    Image(&'a LockedImage),
    /// A Helm chart.
    Chart(&'a LockedChart),
    /// A file.
    File(&'a LockedFile),
    /// A folder of the connected side.
    Folder(&'a LockedFolder),
    /// A set of files.
    Set(&'a LockedFileSet),
}

impl Kind {
    /// Gives all kinds, in the order of the lock.
    pub fn all() -> impl Iterator<Item = Self> {
        let sets = SetKind::ALL.into_iter().map(Self::Set);
        [Self::Image, Self::Chart, Self::File, Self::Folder].into_iter().chain(sets)
    }

    /// Gives the word for it in manifest and lock.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Chart => "chart",
            Self::File => "file",
            Self::Folder => "folder",
            Self::Set(kind) => kind.id(),
        }
    }
}

impl Serialize for Kind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.id())
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.id())
    }
}

impl Input<'_> {
    /// Gives its kind.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Image(_) => Kind::Image,
            Self::Chart(_) => Kind::Chart,
            Self::File(_) => Kind::File,
            Self::Folder(_) => Kind::Folder,
            Self::Set(set) => Kind::Set(set.kind),
        }
    }

    /// Gives the name under which it is known, unique within its kind.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Image(image) => image.reference.to_string(),
            Self::Chart(chart) => chart.reference.to_string(),
            Self::File(file) => file.name.to_string(),
            Self::Folder(folder) => folder.reference.to_string(),
            Self::Set(set) => set.title(),
        }
    }

    /// Gives the bytes that it brings, as if nothing were shared with others.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        match self {
            Self::Image(image) => image.bytes,
            Self::Chart(chart) => chart.bytes,
            Self::File(file) => file.size,
            Self::Folder(folder) => folder.bytes(),
            Self::Set(set) => set.bytes(),
        }
    }
}
