//! What can be wrong with a manifest.

use sre_format::{Explain, Fault};

use super::{MAX_BLOB, MAX_DESCRIPTORS, MAX_MANIFEST};

/// Says why bytes are not a manifest that every reader understands alike.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// More bytes than registries must accept.
    #[error("the manifest has {size} bytes; at most {MAX_MANIFEST} are read")]
    TooLong {
        /// The count of bytes.
        size: u64,
    },
    /// The first Docker schema, whose digest does not cover its bytes.
    #[error("the manifest is of Docker schema 1, which no digest protects")]
    SchemaOne,
    /// A type that is no manifest.
    #[error("`{media_type}` is not the media type of a manifest")]
    MediaType {
        /// The type it was delivered as.
        media_type: String,
    },
    /// The body names another type than the delivery.
    #[error("the manifest says that it is `{inside}`, but was delivered as `{outside}`")]
    MediaTypesDiffer {
        /// The type inside the body.
        inside: String,
        /// The type of the delivery.
        outside: String,
    },
    /// Not JSON, or not of the expected shape.
    #[error("the manifest is not the JSON of `{media_type}`")]
    Json {
        /// The type it was read as.
        media_type: String,
        /// What the JSON reader says.
        source: serde_json::Error,
    },
    /// Two readers could see two different images.
    #[error("the manifest is ambiguous: {reason}")]
    Ambiguous {
        /// What is ambiguous.
        reason: String,
    },
    /// A part that the type must have is not there.
    #[error("the manifest of type `{media_type}` has no `{part}`")]
    Lacks {
        /// The type it was read as.
        media_type: String,
        /// The missing key.
        part: &'static str,
    },
    /// A list longer than any real one.
    #[error("the manifest lists {count} things; at most {MAX_DESCRIPTORS} are read")]
    TooMany {
        /// The length of the list.
        count: usize,
    },
    /// A size larger than any real blob.
    #[error("the manifest says that {digest} has {size} bytes; at most {MAX_BLOB} are believed")]
    AbsurdSize {
        /// The digest of the thing.
        digest: sre_format::Digest,
        /// The announced size.
        size: u64,
    },
}

impl Explain for ManifestError {
    fn fault(&self) -> Fault {
        Fault::Upstream
    }

    fn hint(&self) -> Option<String> {
        let text = match self {
            Self::SchemaOne => {
                "push the image again with a current tool (`skopeo copy --format oci`)"
            }
            Self::MediaType { .. } => {
                "a proxy or a login page may have answered instead of the registry"
            }
            Self::TooLong { .. }
            | Self::MediaTypesDiffer { .. }
            | Self::Json { .. }
            | Self::Ambiguous { .. }
            | Self::Lacks { .. }
            | Self::TooMany { .. }
            | Self::AbsurdSize { .. } => {
                "do not use the image before you know why: no usual tool makes such a manifest"
            }
        };
        Some(text.to_owned())
    }
}
