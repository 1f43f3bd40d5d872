//! What can go wrong while a repository is written.

use std::io;

use sre_format::{Explain, Fault};

/// Says why a repository cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// Two packages in one place, or one package in two.
    #[error("two packages would stand at `{location}`, or one in two places")]
    Twice {
        /// The place.
        location: String,
    },
    /// The compressor failed.
    #[error("cannot compress the metadata of the repository")]
    Compress(#[source] io::Error),
    /// The XML could not be written.
    #[error("cannot write the metadata of the repository")]
    Xml(#[source] io::Error),
}

impl Explain for WriteError {
    fn fault(&self) -> Fault {
        match self {
            Self::Twice { .. } => Fault::Upstream,
            Self::Compress(error) | Self::Xml(error) => Fault::of_io(error),
        }
    }

    fn hint(&self) -> Option<String> {
        let text = match self {
            Self::Twice { .. } => {
                "ask for one version of it, or `exclude` the other: packages that differ in nothing \
                 but their epoch have one place"
            }
            Self::Compress(_) | Self::Xml(_) => "look at the disk, and run it again",
        };
        Some(text.to_owned())
    }
}
