//! What can be wrong with a manifest.

use crate::{Explain, Fault, Problem};

/// Says why a manifest cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// It is larger than any manifest.
    #[error(
        "{name} is larger than {} MiB, the most that a manifest may have",
        super::MAX_MANIFEST_BYTES >> 20
    )]
    TooLarge {
        /// The manifest.
        name: String,
    },
    /// It is not text.
    #[error("{name} is not UTF-8 text")]
    NotText {
        /// The manifest.
        name: String,
    },
    /// Something in it is wrong.
    #[error("{name} has {}", count(.problems.len()))]
    Wrong {
        /// The manifest.
        name: String,
        /// Where, and what.
        problems: Vec<Problem>,
    },
}

fn count(problems: usize) -> String {
    if problems == 1 { "one problem".into() } else { format!("{problems} problems") }
}

impl Explain for ManifestError {
    fn fault(&self) -> Fault {
        Fault::Input
    }

    fn problems(&self) -> &[Problem] {
        match self {
            Self::Wrong { problems, .. } => problems,
            Self::TooLarge { .. } | Self::NotText { .. } => &[],
        }
    }
}
