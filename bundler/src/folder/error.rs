//! What can be wrong with a folder.

use std::fmt;
use std::io;
use std::path::PathBuf;

use sre_format::{Digest, Explain, Fault};

use super::walk::{MAX_BYTES, MAX_DEPTH, MAX_FILES};
use crate::fetch::FetchError;

/// Says why a folder cannot be packed.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// A file or folder cannot be read.
    #[error("cannot read {path}")]
    Read {
        /// What was to be read.
        path: PathBuf,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
    /// The path leads to a file.
    #[error("{path} is no folder")]
    NoFolder {
        /// The path of the manifest.
        path: PathBuf,
    },
    /// A link, which could lead out of the folder, and which Flux would not unpack.
    #[error("{path} is a link, and a folder is carried without links")]
    Link {
        /// The link.
        path: PathBuf,
    },
    /// A device, a socket or a pipe.
    #[error("{path} is no plain file")]
    Special {
        /// What it is.
        path: PathBuf,
    },
    /// A name that is not text.
    #[error("the name of {path} is not UTF-8 text")]
    Name {
        /// The file.
        path: PathBuf,
    },
    /// A pattern that means nothing.
    #[error("{place} has a pattern that cannot be understood: `{pattern}`")]
    Pattern {
        /// The file that holds it, or the manifest.
        place: String,
        /// The pattern.
        pattern: String,
        /// Why not.
        #[source]
        source: Box<ignore::Error>,
    },
    /// Nothing is left of it.
    #[error("{path} has no file that is carried")]
    Empty {
        /// The folder.
        path: PathBuf,
    },
    /// More files than any platform has.
    #[error("{path} has more than {MAX_FILES} files")]
    TooMany {
        /// The folder.
        path: PathBuf,
    },
    /// More bytes than anything unpacks.
    #[error("the files of {path} have more than {} MiB", MAX_BYTES >> 20)]
    TooLarge {
        /// The folder.
        path: PathBuf,
    },
    /// Folders within folders.
    #[error("{path} lies more than {MAX_DEPTH} folders deep")]
    TooDeep {
        /// The folder that is too deep.
        path: PathBuf,
    },
    /// A file that was written to meanwhile.
    #[error("{path} changed while it was read")]
    Torn {
        /// The file.
        path: PathBuf,
    },
    /// Folders that are not what was locked.
    #[error("{}", changed(.0))]
    Changed(Vec<ChangedFolder>),
    /// The cache failed.
    #[error(transparent)]
    Cache(Box<FetchError>),
}

/// A folder that is not what was locked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangedFolder {
    /// The folder.
    pub path: PathBuf,
    /// The digest of its content in the lock.
    pub locked: Digest,
    /// The digest of its content now.
    pub found: Digest,
}

/// Shows each folder with both sides. Where the content is the same, it was packed by another
/// version of this program.
fn changed(folders: &[ChangedFolder]) -> impl fmt::Display {
    let line = |ChangedFolder { path, locked, found }: &ChangedFolder| {
        let path = path.display();
        if locked == found {
            format!("{path} was locked by another version of this program")
        } else {
            format!(
                "{path} was changed after it was locked\n    locked {locked}\n    found  {found}"
            )
        }
    };
    folders.iter().map(line).collect::<Vec<_>>().join("\n")
}

impl Explain for FolderError {
    fn fault(&self) -> Fault {
        match self {
            Self::Read { source, .. } => match Fault::of_named_file(source) {
                Fault::Usage => Fault::Input,
                fault => fault,
            },
            Self::Cache(error) => error.fault(),
            _ => Fault::Input,
        }
    }

    fn hint(&self) -> Option<String> {
        Some(
            match self {
                Self::Read { .. } | Self::NoFolder { .. } => {
                    "check the path: it is relative to the manifest"
                }
                Self::Link { .. } | Self::Special { .. } => {
                    "put a file in its place, or leave it out in a `.sourceignore`"
                }
                Self::Name { .. } => "rename it, or leave it out in a `.sourceignore`",
                Self::Pattern { .. } => "write it as for `.gitignore`",
                Self::Empty { .. } => "look at its `.sourceignore` and at `ignore` in the manifest",
                Self::TooMany { .. } | Self::TooLarge { .. } | Self::TooDeep { .. } => {
                    "leave out in a `.sourceignore` what Flux does not need"
                }
                Self::Torn { .. } => "run the same command again when nobody writes there",
                Self::Changed(_) => {
                    "if the change is wanted, run `sre-bundle lock`; else put the old files back"
                }
                Self::Cache(error) => return error.hint(),
            }
            .into(),
        )
    }
}

impl From<FetchError> for FolderError {
    fn from(error: FetchError) -> Self {
        Self::Cache(Box::new(error))
    }
}
