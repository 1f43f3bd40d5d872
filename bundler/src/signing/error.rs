//! Why a bundle cannot be signed.

use std::path::PathBuf;

use sre_format::bundle::{FileError, RegionError, WriteError};
use sre_format::signature::{KeyId, PublicKeyError};
use sre_format::trust::TrustError;
use sre_format::{Explain, Fault};

use crate::keys::KeyError;

/// Says why a bundle cannot be signed.
#[derive(Debug, thiserror::Error)]
pub enum SigningError {
    /// The file cannot be opened, is no bundle, or its head is damaged.
    #[error(transparent)]
    File(#[from] FileError),
    /// Something in it is not what its tables say.
    #[error("{} is damaged in {places} place(s), the first in `{entry}`", .path.display())]
    Damaged {
        /// Path of the file.
        path: PathBuf,
        /// First damaged entry.
        entry: String,
        /// Count of damaged places.
        places: usize,
    },
    /// A run that was cut off, or somebody, left no signatures where they should be.
    #[error("the signatures that are in {} already cannot be read", .path.display())]
    Torn {
        /// Path of the file.
        path: PathBuf,
        /// What is wrong with them.
        source: RegionError,
    },
    /// A key cannot sign.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The signature of another key is wrong.
    #[error("a signature that is there already does not hold")]
    Earlier(#[from] TrustError),
    /// A signature of another key has no key beside it that it could be checked with.
    #[error(
        "the signature of key {key} that is there already cannot be checked: `signatures/{key}.pub` is missing"
    )]
    NoKey {
        /// Id of the key.
        key: KeyId,
    },
    /// The public key of another signature is none.
    #[error("`signatures/{name}` is no public key")]
    OtherKey {
        /// Name of the file.
        name: String,
        /// Why not.
        source: PublicKeyError,
    },
    /// The signatures cannot be written.
    #[error("cannot write the signatures into {}", .path.display())]
    Write {
        /// Path of the file.
        path: PathBuf,
        /// Why not.
        source: Box<WriteError>,
    },
}

impl Explain for SigningError {
    fn fault(&self) -> Fault {
        match self {
            Self::File(error) => error.fault(),
            Self::Damaged { .. } | Self::Torn { .. } => Fault::Integrity,
            Self::Key(error) => error.fault(),
            Self::Earlier(_) | Self::NoKey { .. } | Self::OtherKey { .. } => Fault::Trust,
            Self::Write { source, .. } => source.fault(),
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::File(error) => error.hint(),
            Self::Damaged { .. } => Some(
                "build the bundle again; `sre-bundle build` goes on where it stopped".to_owned(),
            ),
            Self::Key(error) => error.hint(),
            Self::Earlier(_) | Self::Torn { .. } | Self::NoKey { .. } | Self::OtherKey { .. } => {
                Some("add `--remove-others` to sign anew without it".to_owned())
            }
            Self::Write { source, .. } => Some(source.hint().unwrap_or_else(|| {
                "let this user write there, or copy the bundle to where it can be written"
                    .to_owned()
            })),
        }
    }
}
