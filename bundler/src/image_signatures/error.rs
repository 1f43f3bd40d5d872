//! Why images cannot be signed.

use sre_format::{Digest, Explain, Fault};

use crate::fetch::FetchError;
use crate::keys::KeyError;

/// Says why images cannot be signed.
#[derive(Debug, thiserror::Error)]
pub enum ImageSignatureError {
    /// A key cannot sign.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// Upstream's own signatures, which stand under the same tag, cannot be read.
    #[error("the signatures that upstream has of {subject} cannot be understood")]
    Earlier {
        /// What they are about.
        subject: Digest,
        /// Why not.
        #[source]
        source: serde_json::Error,
    },
    /// Signatures cannot be kept for the next run.
    #[error(transparent)]
    Cache(#[from] FetchError),
}

impl Explain for ImageSignatureError {
    fn fault(&self) -> Fault {
        match self {
            Self::Key(error) => error.fault(),
            Self::Earlier { .. } => Fault::Upstream,
            Self::Cache(error) => error.fault(),
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Key(error) => error.hint(),
            Self::Earlier { .. } => {
                Some("choose another image, or leave ours out: `sign-images = false`".into())
            }
            Self::Cache(error) => error.hint(),
        }
    }
}
