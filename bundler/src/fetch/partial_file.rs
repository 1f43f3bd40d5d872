//! `NAME.partial`: the bundle while it grows.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::{FallocateFlags, FlockOperation};
use sre_format::Digest;

use super::FetchError;
use super::in_order::{Order, order_of};
use super::item::Filling;
use super::journal::{Claims, Journal};

/// A bundle that is being written, held by one run at a time.
#[derive(Debug)]
pub struct PartialFile {
    target: PathBuf,
    path: PathBuf,
    journal_path: PathBuf,
    pub(super) file: File,
    pub(super) journal: Journal,
    pub(super) claims: Claims,
    pub(super) order: Order,
}

fn beside(target: &Path, suffix: &str) -> PathBuf {
    let mut name = target.file_name().unwrap_or_default().to_owned();
    name.push(suffix);
    target.with_file_name(name)
}

impl PartialFile {
    /// Opens or makes the partial file of a target and allocates the space of its raw entries.
    pub fn open(target: &Path, filling: &Filling) -> Result<Self, FetchError> {
        let path = beside(target, ".partial");
        let journal_path = beside(target, ".partial.journal");
        let file = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(FetchError::file("open", &path))?;
        rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive)
            .map_err(|_| FetchError::Busy { path: path.clone() })?;
        let order = order_of(&file);
        if order == Order::Parallel {
            allocate(&file, &path, filling.layout.late_start())?;
        }
        let layout = Digest::of(&filling.layout.table().render());
        let (journal, claims) = Journal::open(&journal_path, layout)?;
        Ok(Self { target: target.to_owned(), path, journal_path, file, journal, claims, order })
    }

    /// Gives the path that the finished bundle will have.
    #[must_use]
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// Gives the file, for what is written around the raw entries.
    #[must_use]
    pub fn file(&self) -> &File {
        &self.file
    }

    /// Cuts what a longer, earlier attempt may have left behind the end.
    pub fn cut(&self, size: u64) -> Result<(), FetchError> {
        self.file.set_len(size).map_err(FetchError::file("cut", &self.path))
    }

    /// Syncs the file, gives it its name and syncs the folder; then the journal has no more use.
    pub fn publish(self) -> Result<PathBuf, FetchError> {
        self.file.sync_all().map_err(FetchError::file("sync", &self.path))?;
        fs::rename(&self.path, &self.target).map_err(FetchError::file("rename", &self.path))?;
        let folder = match self.target.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        File::open(folder)
            .and_then(|folder| folder.sync_all())
            .or_else(ignore_unsupported)
            .map_err(FetchError::file("sync", folder))?;
        match fs::remove_file(&self.journal_path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(FetchError::file("remove", &self.journal_path)(error))
            }
            _ => Ok(self.target),
        }
    }
}

/// Some file systems cannot sync folders, and say so with EINVAL; their renames are as good as
/// they get.
fn ignore_unsupported(error: io::Error) -> io::Result<()> {
    if error.kind() == io::ErrorKind::InvalidInput { Ok(()) } else { Err(error) }
}

/// Reserves the space at once, so that a full disk is known before the first download.
fn allocate(file: &File, path: &Path, needed: u64) -> Result<(), FetchError> {
    match rustix::fs::fallocate(file, FallocateFlags::empty(), 0, needed) {
        Ok(()) | Err(rustix::io::Errno::OPNOTSUPP | rustix::io::Errno::NOSYS) => Ok(()),
        Err(error) => {
            let source = io::Error::from(error);
            if sre_format::Fault::of_io(&source) == sre_format::Fault::Space {
                return Err(FetchError::NoRoom { path: path.to_owned(), needed, source });
            }
            Err(FetchError::file("allocate", path)(source))
        }
    }
}
