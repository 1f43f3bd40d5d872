//! What can be wrong with a package file.

use std::io;

use sre_format::{Explain, Fault};
use sre_openpgp::VerifyError;

use crate::checksum::Checksum;
use crate::nevra::Nevra;

/// Says why a package file is not taken.
#[derive(Debug, thiserror::Error)]
pub enum PackageError {
    /// The bytes could not be read.
    #[error("cannot read the package file")]
    Read(#[source] io::Error),
    /// The bytes are no package.
    #[error("the package file is damaged: {reason}")]
    Damaged {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// Other bytes than the metadata says.
    #[error(
        "{package} has {found_size} bytes and {found}, but the repository says {expected_size} bytes and {expected}"
    )]
    Mismatch {
        /// The package.
        package: Nevra,
        /// The announced size.
        expected_size: u64,
        /// The announced checksum.
        expected: Checksum,
        /// The size that was read.
        found_size: u64,
        /// The checksum of what was read.
        found: Checksum,
    },
    /// Another package than the metadata says.
    #[error("the repository says that this is {expected}, but its header says {found}")]
    OtherName {
        /// The announced name.
        expected: Nevra,
        /// The name in the header.
        found: Nevra,
    },
    /// The metadata says something else about dependencies than the package does.
    #[error("the repository lies about {package}: {difference}")]
    Lie {
        /// The package.
        package: Nevra,
        /// What differs.
        difference: String,
    },
    /// The header names no SHA-256 of the payload, so a signature over the header does not cover it.
    #[error(
        "the header of {package} names no SHA-256 of its payload, so that no signature covers it"
    )]
    NoPayloadDigest {
        /// The package.
        package: Nevra,
    },
    /// Another payload than the header names.
    #[error("the payload of {package} is not the one that its header names")]
    Payload {
        /// The package.
        package: Nevra,
    },
    /// No signature over the header.
    #[error("{package} is not signed")]
    Unsigned {
        /// The package.
        package: Nevra,
    },
    /// No signature that is believed.
    #[error("no key that is believed vouches for {package}")]
    Signature {
        /// The package.
        package: Nevra,
        /// Why.
        source: VerifyError,
    },
}

impl Explain for PackageError {
    fn fault(&self) -> Fault {
        match self {
            Self::Read(error) => Fault::of_io(error),
            Self::Damaged { .. } | Self::OtherName { .. } | Self::Lie { .. } => Fault::Upstream,
            Self::Mismatch { .. } | Self::Payload { .. } => Fault::Integrity,
            Self::NoPayloadDigest { .. } | Self::Unsigned { .. } | Self::Signature { .. } => {
                Fault::Trust
            }
        }
    }

    fn hint(&self) -> Option<String> {
        let text = match self {
            Self::Lie { .. }
            | Self::OtherName { .. }
            | Self::Damaged { .. }
            | Self::Mismatch { .. }
            | Self::Payload { .. } => {
                "do not use this mirror; run `sre-bundle lock` again with another one"
            }
            Self::Read(_) => "look at the disk and the cache, and run it again",
            Self::Unsigned { .. } | Self::NoPayloadDigest { .. } => {
                "take the package from a repository that signs, or exclude it"
            }
            Self::Signature { source, .. } => return source.hint(),
        };
        Some(text.to_owned())
    }
}
