//! The kinds of inputs.

use std::fmt;

use serde::Serialize;

use super::{LockedChart, LockedFile, LockedImage};

/// A kind of input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A container image, or any artifact under an image reference.
    Image,
    /// A Helm chart.
    Chart,
    /// A file.
    File,
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
}

impl Kind {
    /// All kinds, in the order of the lock.
    pub const ALL: [Self; 3] = [Self::Image, Self::Chart, Self::File];

    /// Gives the word for it in manifest and lock.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Chart => "chart",
            Self::File => "file",
        }
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
        }
    }

    /// Gives the name under which it is known, unique within its kind.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Image(image) => image.reference.to_string(),
            Self::Chart(chart) => chart.reference.to_string(),
            Self::File(file) => file.name.to_string(),
        }
    }

    /// Gives the bytes that it brings, as if nothing were shared with others.
    #[must_use]
    pub const fn bytes(&self) -> u64 {
        match self {
            Self::Image(image) => image.bytes,
            Self::Chart(chart) => chart.bytes,
            Self::File(file) => file.size,
        }
    }
}
