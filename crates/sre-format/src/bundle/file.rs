//! Bundles by their paths, and errors that name the path.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{OpenError, UntrustedBundle};
use crate::{Explain, Fault};

/// Says why the bundle at a path cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The file cannot be opened.
    #[error("cannot open the bundle {}", .path.display())]
    File {
        /// Path of the file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file is no bundle, is damaged, or nobody trusted has signed it.
    #[error("the bundle {} cannot be used", .path.display())]
    Bundle {
        /// Path of the file.
        path: PathBuf,
        /// Why not.
        source: Box<OpenError>,
    },
}

impl FileError {
    /// Names the file of an error that was found after it was opened.
    #[must_use]
    pub fn of(path: &Path, source: OpenError) -> Self {
        Self::Bundle { path: path.to_owned(), source: source.into() }
    }
}

/// Opens the bundle at a path and believes nothing of it.
pub fn open_file(path: &Path) -> Result<UntrustedBundle, FileError> {
    let file =
        File::open(path).map_err(|source| FileError::File { path: path.to_owned(), source })?;
    UntrustedBundle::open(Arc::new(file)).map_err(|source| FileError::of(path, source))
}

impl Explain for FileError {
    fn fault(&self) -> Fault {
        match self {
            Self::File { source, .. } if source.kind() == io::ErrorKind::NotFound => Fault::Usage,
            Self::File { source, .. } => Fault::of_io(source),
            Self::Bundle { source, .. } => source.fault(),
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::File { .. } => None,
            Self::Bundle { source, .. } => source.hint(),
        }
    }
}
