//! What can be wrong with the metadata of a repository.

use std::io;

use sre_format::{Explain, Fault};

use crate::catalog::CatalogError;
use crate::checksum::{Checksum, ParseChecksumError};
use crate::dependency::ParseDependencyError;
use crate::evr::ParseEvrError;

/// Says why metadata cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum MetadataError {
    /// The bytes could not be read.
    #[error("cannot read the metadata")]
    Read(#[source] io::Error),
    /// The bytes are not XML, or end in the middle.
    #[error("the metadata is not well-formed XML at byte {position}")]
    Xml {
        /// Where it stopped making sense.
        position: u64,
        /// What the XML reader says.
        source: quick_xml::Error,
    },
    /// A tag that is not well formed.
    #[error("the tag <{element}> is not well formed: {reason}")]
    Tag {
        /// The element.
        element: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A document type with declarations of its own, such as entities that grow without bound.
    #[error("the metadata declares entities of its own, which is refused")]
    DocumentType,
    /// Another root element than the file should have.
    #[error("the metadata begins with <{found}>, not with <{expected}>")]
    Root {
        /// The element found.
        found: String,
        /// The element that belongs there.
        expected: &'static str,
    },
    /// An element or attribute that must be there.
    #[error("<{element}> has no `{part}`")]
    Lacks {
        /// The element.
        element: &'static str,
        /// What it lacks.
        part: &'static str,
    },
    /// The same element twice where one is allowed.
    #[error("<{element}> has more than one `{part}`")]
    Twice {
        /// The element.
        element: &'static str,
        /// What it has twice.
        part: &'static str,
    },
    /// A value that cannot be what it should be.
    #[error("`{value}` is no {what}")]
    Value {
        /// What it should be.
        what: &'static str,
        /// What stands there.
        value: String,
    },
    /// A checksum that protects nothing or cannot be read.
    #[error("a checksum in the metadata cannot be used")]
    Checksum(#[from] ParseChecksumError),
    /// A dependency that cannot be understood.
    #[error("a dependency in the metadata cannot be understood")]
    Dependency(#[from] ParseDependencyError),
    /// A version that cannot be understood.
    #[error("a version in the metadata cannot be understood")]
    Version(#[from] ParseEvrError),
    /// More of something than any real repository has.
    #[error("the metadata has more than {limit} {what}")]
    TooMuch {
        /// What there is too much of.
        what: &'static str,
        /// The limit.
        limit: u64,
    },
    /// Another count of packages than the file announces.
    #[error("the metadata announces {announced} packages and has {found}")]
    Count {
        /// The count in the first element.
        announced: u64,
        /// The count of what followed.
        found: u64,
    },
    /// A compression that is not read.
    #[error("the metadata is compressed with {kind}, which is not supported")]
    Compression {
        /// The name of the compression.
        kind: &'static str,
    },
    /// A zchunk file that is damaged or uses what is not understood.
    #[error("the zchunk file cannot be read: {reason}")]
    Zchunk {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// Other bytes than the index of the repository says.
    #[error(
        "`{location}` has {found_size} bytes and {found}, but the index says {expected_size} bytes and {expected}"
    )]
    Mismatch {
        /// The place of the file in the repository.
        location: String,
        /// The announced size.
        expected_size: u64,
        /// The announced checksum.
        expected: Checksum,
        /// The size that was read.
        found_size: u64,
        /// The checksum of what was read.
        found: Checksum,
    },
    /// YAML that cannot be understood.
    #[error("the modules cannot be understood: {reason}")]
    Yaml {
        /// What the YAML reader says.
        reason: String,
    },
    /// More than a catalog holds.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// The file lists speak of packages that the rest of the metadata does not know, or the reverse.
    #[error("the metadata disagrees with itself: {reason}")]
    Inconsistent {
        /// What disagrees.
        reason: String,
    },
}

impl Explain for MetadataError {
    fn fault(&self) -> Fault {
        match self {
            // Bytes that the index vouches for and that are nothing to decompress are the publisher's.
            Self::Read(error) => match error.kind() {
                io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof => Fault::Upstream,
                _ => Fault::of_io(error),
            },
            Self::Mismatch { .. } => Fault::Integrity,
            _ => Fault::Upstream,
        }
    }

    fn hint(&self) -> Option<String> {
        let text = match self {
            Self::Catalog(error) => return error.hint(),
            Self::Mismatch { .. } => {
                "the mirror may be changing right now; try again or name another one"
            }
            Self::Checksum(ParseChecksumError::Weak { .. }) => {
                "ask the publisher for SHA-256 metadata (`createrepo_c --checksum sha256`)"
            }
            Self::Compression { .. } => "ask the publisher for gzip, xz or zstd",
            Self::Read(_) => "look at the disk and the cache, and run it again",
            Self::Root { .. } => "check the URL: what it gives is something else",
            _ => "name another mirror, or ask the publisher to make the metadata again",
        };
        Some(text.to_owned())
    }
}
