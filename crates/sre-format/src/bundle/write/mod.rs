//! Writing a bundle: raw entries in any order and in parallel, late entries behind them, the
//! head at the end, signatures whenever they are there.

mod finish;
mod late;
mod raw;

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

pub use finish::{SignatureSlot, finish};
pub use late::LateWriter;
pub use raw::{Flushed, RawWriter};

use super::path::BundlePath;
use super::signature_region::RegionError;
use super::table::TableError;
use crate::{Digest, Explain, Fault};

/// A place to which bytes can be written at any position, from several threads at once.
pub trait WriteAt: Send + Sync {
    /// Writes all bytes from `offset` bytes after the start, or fails.
    fn write_all_at(&self, bytes: &[u8], offset: u64) -> io::Result<()>;
}

impl WriteAt for File {
    fn write_all_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        FileExt::write_all_at(self, bytes, offset)
    }
}

/// Says why a bundle cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The file system failed.
    #[error("cannot write `{path}`, {offset} bytes after the start of the bundle")]
    Io {
        /// Entry.
        path: String,
        /// Bytes from the start of the file.
        offset: u64,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
    /// The content is not what the lock names.
    #[error("`{path}` came with digest {found}, and the lock names {expected}")]
    WrongContent {
        /// Entry.
        path: BundlePath,
        /// Digest of the lock.
        expected: Digest,
        /// Digest of what came.
        found: Digest,
    },
    /// The content is longer or shorter than the lock says.
    #[error("`{path}` came with {found} bytes, and the lock names {expected}")]
    WrongSize {
        /// Entry.
        path: BundlePath,
        /// Bytes of the lock.
        expected: u64,
        /// Bytes that came, or came so far.
        found: u64,
    },
    /// zstd failed, which it does for lack of memory alone.
    #[error("cannot compress `{path}`")]
    Compress {
        /// Entry.
        path: BundlePath,
        /// What zstd said.
        #[source]
        source: io::Error,
    },
    /// The tables contradict each other.
    #[error("the finished tables are refused")]
    Table(#[from] TableError),
    /// The signatures do not fit.
    #[error("the signatures cannot be written")]
    Signatures(#[from] RegionError),
}

impl Explain for WriteError {
    fn fault(&self) -> Fault {
        match self {
            Self::Io { source, .. } | Self::Compress { source, .. } => Fault::of_io(source),
            Self::WrongContent { .. } | Self::WrongSize { .. } => Fault::Upstream,
            Self::Table(_) => Fault::Defect,
            Self::Signatures(_) => Fault::Usage,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Io { source, .. } if Fault::of_io(source) == Fault::Space => {
                Some("free some space and run the same command again: what was fetched is kept".into())
            }
            Self::WrongContent { .. } | Self::WrongSize { .. } => Some(
                "upstream, or somebody on the way, delivers something else: find out who; a change that is wanted \
                 is taken over by `sre-bundle lock`".into(),
            ),
            _ => None,
        }
    }
}
