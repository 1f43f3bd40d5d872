//! What was checked when an input was locked.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Digest, SourceUrl};

/// One check that an input passed, beyond the digests that everything is checked against.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Verification {
    /// The manifest names the digest.
    Manifest,
    /// A checksum file of the upstream names the digest.
    ChecksumFile {
        /// Where the checksum file lies.
        url: SourceUrl,
        /// The digest of the checksum file itself.
        digest: Digest,
    },
    /// A key that the manifest names has signed the checksum file.
    ChecksumSignature {
        /// Where the signature lies.
        url: SourceUrl,
        /// The fingerprint of the key.
        key: String,
    },
    /// The index of the chart repository names the digest.
    RepositoryIndex {
        /// Where the index lies.
        url: SourceUrl,
    },
    /// A key that the manifest names has signed the provenance file of the chart.
    ChartProvenance {
        /// The fingerprint of the key.
        key: String,
    },
    /// A key that the manifest names has signed the index of the repository.
    RepositorySignature {
        /// Where the index lies.
        url: SourceUrl,
        /// The fingerprint of the key.
        key: String,
    },
    /// A key that the manifest names has signed packages.
    PackageSignatures {
        /// The fingerprint of the key.
        key: String,
        /// The count of the packages.
        packages: u64,
    },
}

impl fmt::Display for Verification {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Manifest => formatter.write_str("digest in the manifest"),
            Self::ChecksumFile { url, .. } => write!(formatter, "checksum file {url}"),
            Self::ChecksumSignature { key, .. } => write!(formatter, "sums signed by {key}"),
            Self::RepositoryIndex { url } => write!(formatter, "repository index {url}"),
            Self::ChartProvenance { key } => write!(formatter, "provenance file signed by {key}"),
            Self::RepositorySignature { url, key } => {
                write!(formatter, "signature of {key} over {url}")
            }
            Self::PackageSignatures { key, packages } => {
                write!(formatter, "signatures of {key} on {packages} packages")
            }
        }
    }
}
