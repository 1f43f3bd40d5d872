//! What can go wrong between an upstream and the file.

use std::io;
use std::path::PathBuf;

use sre_format::bundle::{TableError, WriteError};
use sre_format::{Digest, Explain, Fault};

/// Says why fetching or packing failed.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The file system failed.
    #[error("cannot {verb} {path}")]
    File {
        /// What was tried.
        verb: &'static str,
        /// Path of the file or folder.
        path: PathBuf,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
    /// The file system has not enough room for the whole bundle.
    #[error("{path} needs {needed} bytes, and its file system has no room for them")]
    NoRoom {
        /// Path of the partial file.
        path: PathBuf,
        /// Bytes that the raw entries take.
        needed: u64,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
    /// Another run writes the same file.
    #[error("another run is writing {path}")]
    Busy {
        /// Path of the partial file.
        path: PathBuf,
    },
    /// An upstream failed.
    #[error("cannot fetch `{entry}` from {source_name}")]
    Upstream {
        /// Path of the entry.
        entry: String,
        /// Where it was to come from.
        source_name: String,
        /// What the transport said.
        #[source]
        source: Box<sre_oci::transport::TransportError>,
    },
    /// A registry refused before anything was sent.
    #[error("cannot fetch `{entry}` from {source_name}")]
    Registry {
        /// Path of the entry.
        entry: String,
        /// Where it was to come from.
        source_name: String,
        /// What the client said.
        #[source]
        source: Box<sre_oci::client::ClientError>,
    },
    /// The upstream no longer has what the lock names.
    #[error("{source_name} is gone: the lock names it and the registry does not have it")]
    Gone {
        /// Path of the entry.
        entry: String,
        /// Where it was to come from.
        source_name: String,
    },
    /// The content cannot be written into the bundle.
    #[error("cannot take `{entry}` from {source_name}")]
    Write {
        /// Path of the entry.
        entry: String,
        /// Where it came from.
        source_name: String,
        /// What is wrong.
        #[source]
        source: WriteError,
    },
    /// Something cached is not there any more.
    #[error("`{entry}` ({digest}) has not been fetched")]
    NotFetched {
        /// Path of the entry.
        entry: String,
        /// Digest of its content.
        digest: Digest,
    },
    /// The planned contents contradict each other.
    #[error("the contents cannot be laid out")]
    Layout(#[from] TableError),
    /// The tables cannot be written.
    #[error("cannot finish the bundle")]
    Finish(#[source] WriteError),
    /// A task of this program ended early.
    #[error("a task of this program ended early")]
    Task,
    /// A person or a signal asked to stop.
    #[error("stopped before everything was fetched")]
    Stopped,
}

impl Explain for FetchError {
    fn fault(&self) -> Fault {
        match self {
            Self::File { source, .. } => Fault::of_io(source),
            Self::NoRoom { .. } => Fault::Space,
            Self::Busy { .. } => Fault::Site,
            Self::Upstream { source, .. } => source.fault(),
            Self::Registry { source, .. } => source.fault(),
            Self::Write { source, .. } | Self::Finish(source) => source.fault(),
            Self::NotFetched { .. } => Fault::Usage,
            Self::Gone { .. } => Fault::Upstream,
            Self::Layout(_) => Fault::Input,
            Self::Task => Fault::Defect,
            Self::Stopped => Fault::Interrupted,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::File { source, .. } if Fault::of_io(source) == Fault::Space => Some(kept()),
            Self::NoRoom { needed, .. } => {
                Some(format!("free {needed} bytes there, or give another place with `-o`"))
            }
            Self::Busy { .. } => Some("wait for that run to end, or choose another `-o`".into()),
            Self::Upstream { source, .. } => source.hint().or_else(|| Some(kept())),
            Self::Registry { source, .. } => source.hint().or_else(|| Some(kept())),
            Self::Write { source, .. } | Self::Finish(source) => source.hint(),
            Self::NotFetched { .. } => {
                Some("run `sre-bundle fetch` with the same lock first".into())
            }
            Self::Gone { .. } => Some(
                "run `sre-bundle lock` to resolve it again, and look at `sre-bundle diff`".into(),
            ),
            Self::Stopped => Some(kept()),
            _ => None,
        }
    }
}

impl FetchError {
    pub(crate) fn file(
        verb: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { verb, path, source }
    }
}

fn kept() -> String {
    "run the same command again: what was fetched is kept".into()
}
