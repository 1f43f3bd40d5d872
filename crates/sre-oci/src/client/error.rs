//! What can go wrong with a registry.

use sre_format::{Digest, Explain, Fault};

use crate::manifest::ManifestError;
use crate::transport::{ShownUrl, TransportError};

/// Says why something could not be pulled or pushed.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The exchange itself failed.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// A manifest that is not readable without doubt.
    #[error("cannot use the manifest {name}")]
    Manifest {
        /// `host/repository` and tag or digest.
        name: String,
        /// Why.
        source: ManifestError,
    },
    /// Bytes of another digest than asked for.
    #[error("{name} has the digest {found} instead of {expected}")]
    WrongDigest {
        /// What was fetched.
        name: String,
        /// The digest asked for.
        expected: Digest,
        /// The digest of what came.
        found: Digest,
    },
    /// A body or header that the protocol does not allow.
    #[error("{url} does not follow the registry protocol: {reason}")]
    Protocol {
        /// Who.
        url: ShownUrl,
        /// What is wrong.
        reason: &'static str,
    },
    /// A blob that a registry took and then did not have.
    #[error("{name} was sent whole, but the registry does not keep it")]
    NotKept {
        /// The blob.
        name: String,
    },
}

impl ClientError {
    /// Gives the error codes of the registry protocol, such as `MANIFEST_BLOB_UNKNOWN`.
    #[must_use]
    pub fn codes(&self) -> &[String] {
        match self {
            Self::Transport(TransportError::Status { codes, .. }) => codes,
            _ => &[],
        }
    }

    /// Says what happened without naming the URL, for lines that have named it already.
    #[must_use]
    pub fn what_happened(&self) -> String {
        match self {
            Self::Transport(error) => error.what_happened(),
            other => other.to_string(),
        }
    }

    /// Gives the status of the answer, where that is the error.
    #[must_use]
    pub fn status(&self) -> Option<http::StatusCode> {
        match self {
            Self::Transport(error) => error.status(),
            _ => None,
        }
    }

    /// Says whether the server has this and cannot read it: a registry whose disk was full keeps
    /// half-written records, and answers 500 when it meets one.
    #[must_use]
    pub fn is_unreadable(&self) -> bool {
        self.status() == Some(http::StatusCode::INTERNAL_SERVER_ERROR)
    }
}

impl Explain for ClientError {
    fn fault(&self) -> Fault {
        match self {
            Self::Transport(error) => error.fault(),
            Self::Manifest { source, .. } => source.fault(),
            Self::WrongDigest { .. } | Self::Protocol { .. } | Self::NotKept { .. } => {
                Fault::Upstream
            }
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Transport(error) => error.hint(),
            Self::Manifest { source, .. } => source.hint(),
            Self::WrongDigest { .. } => Some(
                "a cache or proxy on the way may be damaged; ask the registry itself".to_owned(),
            ),
            Self::Protocol { .. } => Some(
                "if a proxy stands before the registry, check the registry's external URL"
                    .to_owned(),
            ),
            Self::NotKept { .. } => {
                Some("look at the registry's log and its storage, then run again".to_owned())
            }
        }
    }
}
