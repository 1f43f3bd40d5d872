//! Why a bundle cannot be used here.

use std::path::PathBuf;

use sre_format::bundle::FileError;
use sre_format::trust::SerialError;
use sre_format::{Explain, Fault};
use sre_steps::StateError;

use crate::trust::TrustSourceError;

/// Says why a bundle cannot be used here.
#[derive(Debug, thiserror::Error)]
pub enum OpeningError {
    /// No bundle is named.
    #[error("no bundle is named")]
    NoBundle,
    /// The file cannot be opened, is no bundle, is damaged, or nobody trusted has signed it.
    #[error(transparent)]
    File(#[from] FileError),
    /// Nobody said whom to believe.
    #[error(transparent)]
    Source(#[from] TrustSourceError),
    /// The serial goes back.
    #[error(transparent)]
    Serial(#[from] SerialError),
    /// A record of applied serials cannot be understood.
    #[error("the record of applied serials {} cannot be understood", .path.display())]
    Record {
        /// Path of the record.
        path: PathBuf,
        /// Why not.
        source: serde_json::Error,
    },
    /// The state directory failed.
    #[error(transparent)]
    State(#[from] StateError),
}

impl Explain for OpeningError {
    fn fault(&self) -> Fault {
        match self {
            Self::NoBundle => Fault::Usage,
            Self::File(error) => error.fault(),
            Self::Source(error) => error.fault(),
            Self::Serial(error) => error.fault(),
            Self::Record { .. } => Fault::Site,
            Self::State(error) => error.fault(),
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::NoBundle => Some("name it with `--bundle sre.tar.zst`".to_owned()),
            Self::File(FileError::File { .. }) => Some(
                "check the path, that the medium is mounted, and that this user may read it"
                    .to_owned(),
            ),
            Self::File(error) => error.hint(),
            Self::Source(error) => error.hint(),
            Self::Serial(error) => error.hint(),
            Self::Record { path, .. } => {
                Some(format!("find out who changed it, then move {} away", path.display()))
            }
            Self::State(error) => error.hint(),
        }
    }
}
