//! What names a manifest within a repository.

use std::fmt;

use sre_format::Digest;

/// A tag or a digest.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reference {
    /// A name that may be moved.
    Tag(String),
    /// The digest of the bytes.
    Digest(Digest),
}

impl Reference {
    /// Makes a reference of a tag.
    #[must_use]
    pub fn tag(tag: impl Into<String>) -> Self {
        Self::Tag(tag.into())
    }

    /// Gives the tag under which registries without the referrers API list what refers to a
    /// manifest (distribution-spec, "Referrers Tag Schema").
    #[must_use]
    pub fn referrers_tag(subject: Digest) -> Self {
        Self::Tag(format!("sha256-{}", subject.hex()))
    }
}

impl From<Digest> for Reference {
    fn from(digest: Digest) -> Self {
        Self::Digest(digest)
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tag(tag) => formatter.write_str(tag),
            Self::Digest(digest) => digest.fmt(formatter),
        }
    }
}
