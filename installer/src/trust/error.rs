//! Why no key could be found.

use std::io;
use std::path::PathBuf;

use sre_format::trust::ReadTrustError;
use sre_format::{Explain, Fault};

/// Says why this machine does not know whom to believe.
#[derive(Debug, thiserror::Error)]
pub enum TrustSourceError {
    /// A key or a trust file cannot be used.
    #[error(transparent)]
    File(#[from] ReadTrustError),
    /// A folder of keys cannot be read.
    #[error("cannot read {}", .path.display())]
    Folder {
        /// Path of the folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Everybody on this machine could say whom to believe.
    #[error("everybody may write to {}, so nothing in it is believed", .path.display())]
    WritableByAll {
        /// Path of the folder or file.
        path: PathBuf,
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
    /// No trust file of that name is in use.
    #[error("no trust file `{}` is in use on this machine", .name.display())]
    NothingToRotate {
        /// Name of the file.
        name: PathBuf,
    },
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
            Self::Folder { source, .. } | Self::Ask(source) | Self::Keep { source, .. } => {
                Fault::of_io(source)
            }
            Self::File(error) => error.fault(),
            Self::NothingToRotate { .. } => Fault::Usage,
            Self::WritableByAll { .. } => Fault::Site,
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
            Self::WritableByAll { path } => Some(format!(
                "look at what is in it, then take the permission away: `chmod o-w {}`",
                path.display()
            )),
            Self::File(error) => error.hint().or_else(|| {
                Some(
                    "give the public key of whoever made the bundle (PEM), or a trust file".to_owned(),
                )
            }),
            Self::Folder { .. } => Some(
                "run as a user who may read the folder, or give the key with `--key site.pub`".to_owned(),
            ),
            Self::Ask(_) => Some("give the key in a file with `--key site.pub`".to_owned()),
            Self::Keep { .. } => Some(
                "give a folder that may be written with `--state DIR`, or the key in a file with \
                 `--key site.pub`"
                    .to_owned(),
            ),
            Self::NothingToRotate { .. } => Some(
                "the first trust file is put into /etc/sre/trust.d by hand, after its fingerprints \
                 were compared; later versions keep its file name"
                    .to_owned(),
            ),
        }
    }
}
