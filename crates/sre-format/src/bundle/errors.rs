//! Why a bundle cannot be opened or read.

use std::io;

use super::path::BundlePath;
use super::signature_region::RegionError;
use super::table::{TABLE_PATH, TableError};
use crate::{Explain, Fault};

/// Says why a bundle cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The source failed.
    #[error("cannot read {part} of the bundle, {offset} bytes after its start")]
    Read {
        /// What was being read.
        part: &'static str,
        /// Bytes from the start of the file.
        offset: u64,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
    /// The file does not begin as a bundle does.
    #[error("this file is not an SRE bundle: it does not begin with the header of `{TABLE_PATH}`")]
    NotABundle,
    /// The file ends early.
    #[error("the bundle is truncated: it has {found} bytes of {expected}")]
    Truncated {
        /// Bytes that are there.
        found: u64,
        /// Bytes that the head calls for.
        expected: u64,
    },
    /// Something follows the bundle.
    #[error("{surplus} bytes follow the end of the bundle")]
    Surplus {
        /// Bytes after the end.
        surplus: u64,
    },
    /// A part of the head is not as the format writes it.
    #[error("the head of the bundle is damaged at `{part}`")]
    DamagedHead {
        /// Which part.
        part: &'static str,
    },
    /// The contents table is refused.
    #[error("the contents table is refused")]
    Table(#[from] TableError),
    /// The signature region is refused.
    #[error("the signatures cannot be read")]
    Signatures(#[from] RegionError),
    /// The checkpoint table is not the one that was signed.
    #[error("the checkpoint table is not the one that `{TABLE_PATH}` names")]
    Checkpoints,
    /// No signature that is trusted.
    #[error("the signatures are not sufficient")]
    Trust(#[from] crate::trust::TrustError),
}

impl Explain for OpenError {
    fn fault(&self) -> Fault {
        match self {
            Self::Read { source, .. } => fault_of_read(source),
            Self::NotABundle => Fault::Input,
            Self::Trust(error) => error.fault(),
            Self::Table(TableError::TooNew { .. } | TableError::UnknownFeature { .. }) => {
                Fault::Input
            }
            _ => Fault::Integrity,
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Read { .. } => "check that the medium is still connected, then run the command again".into(),
            Self::NotABundle => "give the path of the file that `sre-bundle build` wrote".into(),
            Self::Truncated { .. } => {
                "copy the file again from the medium it came on, and compare the sizes".into()
            }
            Self::Table(TableError::TooNew { .. } | TableError::UnknownFeature { .. }) => {
                "use the `sre-install` that was delivered with this bundle".into()
            }
            Self::Trust(error) => return error.hint(),
            Self::Signatures(_) => {
                "copy the bundle again; or, where `sre-bundle sign` was cut off, sign it again".into()
            }
            _ => "this copy is damaged or altered: do not use it; copy the bundle again and compare its transfer card".into(),
        })
    }
}

/// Says why bytes of a verified bundle cannot be given out.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The source failed.
    #[error("cannot read `{path}`, {offset} bytes after the start of the bundle")]
    Io {
        /// Entry.
        path: BundlePath,
        /// Bytes from the start of the file.
        offset: u64,
        /// Bytes that were asked for.
        length: u64,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
    /// The bytes are not what the signed tables prove.
    #[error(
        "`{path}` is damaged within the {length} bytes that begin {offset} bytes after the start of the bundle"
    )]
    Damaged {
        /// Entry.
        path: BundlePath,
        /// Bytes from the start of the file.
        offset: u64,
        /// Bytes that cannot be told apart.
        length: u64,
    },
    /// The entry is too large to be read as a whole.
    #[error("`{path}` has {size} bytes, too many to be read at once")]
    TooLarge {
        /// Entry.
        path: BundlePath,
        /// Bytes of content.
        size: u64,
    },
    /// The entry has no such piece.
    #[error("`{path}` has no piece {piece}")]
    OutOfRange {
        /// Entry.
        path: BundlePath,
        /// Number of the MiB.
        piece: u64,
    },
}

impl Explain for ReadError {
    fn fault(&self) -> Fault {
        match self {
            Self::Io { source, .. } => fault_of_read(source),
            Self::Damaged { .. } | Self::TooLarge { .. } => Fault::Integrity,
            Self::OutOfRange { .. } => Fault::Defect,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::OutOfRange { .. } => None,
            Self::Io { .. } => {
                Some("check that the medium is still connected, then run the command again".into())
            }
            _ => Some(
                "run `sre-install verify` to list all damage, then copy the bundle again".into(),
            ),
        }
    }
}

/// A file that has become shorter is a damaged file, whatever the operating system calls it.
fn fault_of_read(source: &io::Error) -> Fault {
    match source.kind() {
        io::ErrorKind::UnexpectedEof => Fault::Integrity,
        _ => Fault::of_io(source),
    }
}
