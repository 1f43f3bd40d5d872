//! Bundles by their paths, and errors that name the path.

use std::fs::File;
use std::io;
use std::os::unix::fs::{FileTypeExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::fs::OFlags;

use super::{OpenError, UntrustedBundle};
use crate::{Explain, Fault, file_hint};

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
    /// It is no file: a pipe, a folder, a terminal.
    #[error("{} is no file that can be read at any place", .path.display())]
    NoFile {
        /// Path that was given.
        path: PathBuf,
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
    let failed = |source| FileError::File { path: path.to_owned(), source };
    // To open a pipe otherwise waits until somebody writes into it.
    let flags = OFlags::NONBLOCK.bits().cast_signed();
    let file = File::options().read(true).custom_flags(flags).open(path).map_err(failed)?;
    let kind = file.metadata().map_err(failed)?.file_type();
    if !kind.is_file() && !kind.is_block_device() {
        return Err(FileError::NoFile { path: path.to_owned() });
    }
    UntrustedBundle::open(Arc::new(file)).map_err(|source| FileError::of(path, source))
}

impl Explain for FileError {
    fn fault(&self) -> Fault {
        match self {
            Self::File { source, .. } => Fault::of_named_file(source),
            Self::NoFile { .. } => Fault::Usage,
            Self::Bundle { source, .. } => source.fault(),
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::File { source, .. } => file_hint(source),
            Self::NoFile { .. } => Some("copy the bundle into a file, and give its path".into()),
            Self::Bundle { source, .. } => source.hint(),
        }
    }
}
