//! What a bundle brings for this machine, unpacked once into the state directory.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use sre_format::bundle::{Entry, ReadError, VerifiedBundle, pieces_of};
use sre_format::{Digest, Explain, Fault};

/// Says why something was not unpacked.
#[derive(Debug, thiserror::Error)]
pub enum UnpackError {
    /// An entry cannot be read out of the bundle.
    #[error(transparent)]
    Bundle(#[from] ReadError),
    /// A file or folder cannot be written.
    #[error("cannot write {}", .path.display())]
    Write {
        /// The path.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl UnpackError {
    pub(super) fn write(path: &Path) -> impl Fn(io::Error) -> Self {
        move |source| Self::Write { path: path.to_owned(), source }
    }
}

impl Explain for UnpackError {
    fn fault(&self) -> Fault {
        match self {
            Self::Bundle(error) => error.fault(),
            Self::Write { source, .. } => Fault::of_io(source),
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Bundle(error) => error.hint(),
            Self::Write { source, .. } => sre_format::file_hint(source),
        }
    }
}

/// Gives the folder below `home` that is named for what is in it, and has it filled if it is not there: it is
/// there whole or not at all. Whoever calls holds the lock of the run.
pub(super) fn folder_of<E: From<UnpackError>>(
    home: &Path,
    names: &[String],
    fill: impl FnOnce(&Path) -> Result<(), E>,
) -> Result<PathBuf, E> {
    let digest = Digest::of(names.join("\n").as_bytes()).hex();
    let folder = home.join(digest.get(..16).unwrap_or(&digest));
    if folder.exists() {
        return Ok(folder);
    }
    let scratch = home.join("unpacking");
    let failed = UnpackError::write(&scratch);
    if scratch.exists() {
        // A run that was killed has left it.
        fs::remove_dir_all(&scratch).map_err(&failed)?;
    }
    fs::create_dir_all(&scratch).map_err(&failed)?;
    fill(&scratch)?;
    // After a power cut the folder must be whole or not there.
    rustix::fs::sync();
    fs::rename(&scratch, &folder).map_err(failed)?;
    Ok(folder)
}

/// Copies an entry into a new file, piece by piece, each proven before it is written.
pub(super) fn copy(
    bundle: &VerifiedBundle,
    entry: &Entry,
    path: &Path,
    mode: u32,
) -> Result<(), UnpackError> {
    let failed = UnpackError::write(path);
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(&failed)?;
    }
    let mut file = File::create_new(path).map_err(&failed)?;
    let mut piece = Vec::new();
    for number in 0..pieces_of(entry.size) {
        bundle.read_chunk(entry, number, &mut piece)?;
        file.write_all(&piece).map_err(&failed)?;
    }
    file.set_permissions(fs::Permissions::from_mode(mode)).map_err(failed)
}
