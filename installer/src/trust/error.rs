//! Why no key could be found.

use std::io;
use std::path::PathBuf;

use sre_format::signature::PublicKeyError;
use sre_format::trust::TrustFileError;
use sre_format::{Explain, Fault};

/// Says why this machine does not know whom to believe.
#[derive(Debug, thiserror::Error)]
pub enum TrustSourceError {
    /// A key, a trust file or a folder of them cannot be read.
    #[error("cannot read {}", .path.display())]
    Read {
        /// Path of the file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file is neither a public key nor a trust file.
    #[error("the public key in {} cannot be used", .path.display())]
    Key {
        /// Path of the file.
        path: PathBuf,
        /// Why not.
        source: PublicKeyError,
    },
    /// The trust file is wrong.
    #[error("the trust file {} cannot be used", .path.display())]
    File {
        /// Path of the file.
        path: PathBuf,
        /// Why not.
        source: Box<TrustFileError>,
    },
    /// There is no key and nobody to ask.
    #[error("no key is known that this bundle could be checked with")]
    NoKey,
    /// There is no key, and the bundle carries none to compare with the paper.
    #[error("no key is known here, and the bundle carries no public key to compare with the paper")]
    NoCandidate,
    /// What was typed is no fingerprint of a key in the bundle.
    #[error("the fingerprint from the paper is not that of any key in this bundle")]
    NoMatch,
    /// The terminal failed.
    #[error("cannot ask for the fingerprint")]
    Ask(#[source] io::Error),
    /// A key could not be kept.
    #[error("cannot keep the key in {}", .path.display())]
    Keep {
        /// Path of the file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl Explain for TrustSourceError {
    fn fault(&self) -> Fault {
        match self {
            Self::Read { source, .. } | Self::Ask(source) | Self::Keep { source, .. } => {
                Fault::of_io(source)
            }
            Self::Key { .. } => Fault::Input,
            Self::File { source, .. } => source.fault(),
            Self::NoKey | Self::NoCandidate | Self::NoMatch => Fault::Trust,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::NoKey | Self::NoCandidate => Some(
                "give the public key of whoever made the bundle with `--key site.pub`, or put it into \
                 /etc/sre/trust.d; on a terminal without either, the fingerprint from paper is asked for"
                    .to_owned(),
            ),
            Self::NoMatch => Some(
                "compare the paper with the card that `sre-bundle inspect` prints where the bundle was \
                 made; if they agree there, do not use this bundle"
                    .to_owned(),
            ),
            Self::File { source, .. } => source.hint(),
            _ => None,
        }
    }
}
