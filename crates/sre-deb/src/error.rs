//! What can be wrong with files of an apt repository.

use std::io;

use sre_format::{Explain, Fault, Timestamp};

/// Says why a file of a repository cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum MetadataError {
    /// It cannot be read or unpacked.
    #[error("{name} cannot be read or unpacked")]
    Read {
        /// The file.
        name: String,
        /// What stood in the way.
        source: io::Error,
    },
    /// It is larger than any of its kind.
    #[error("{name} is larger than any file of its kind")]
    TooLarge {
        /// The file.
        name: String,
    },
    /// Something in it is wrong.
    #[error("{name}, line {line}: {reason}")]
    Wrong {
        /// The file.
        name: String,
        /// The line where the paragraph with the fault ends.
        line: u64,
        /// What is wrong.
        reason: String,
    },
    /// It was meant to be believed for a time, which is over.
    #[error("{name} expired at {until}")]
    Expired {
        /// The file.
        name: String,
        /// When.
        until: Timestamp,
    },
    /// It was made in the future.
    #[error("{name} is from {date}, later than now")]
    Future {
        /// The file.
        name: String,
        /// When it says that it was made.
        date: Timestamp,
    },
}

impl Explain for MetadataError {
    fn fault(&self) -> Fault {
        match self {
            Self::Read { .. }
            | Self::TooLarge { .. }
            | Self::Wrong { .. }
            | Self::Future { .. } => Fault::Upstream,
            Self::Expired { .. } => Fault::Trust,
        }
    }

    fn hint(&self) -> Option<String> {
        let text = match self {
            Self::Expired { .. } => {
                "the mirror is stale, or somebody holds it back; try another one"
            }
            Self::Future { .. } => "check the clock of this machine",
            Self::Read { .. } | Self::TooLarge { .. } | Self::Wrong { .. } => {
                "run it again, since it may just have been replaced; then try another mirror, or tell its publisher"
            }
        };
        Some(text.to_owned())
    }
}
