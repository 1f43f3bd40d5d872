//! `NAME.partial`: the bundle while it grows.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::{FallocateFlags, FlockOperation};
use rustix::io::Errno;
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
    /// Says at once what would stop a bundle from being written to a path, as far as a look tells.
    pub fn look_at(target: &Path) -> Result<(), FetchError> {
        if target.is_dir() || target.file_name().is_none() {
            return Err(FetchError::Folder { path: target.to_owned() });
        }
        let folder = folder_of(target);
        let found = fs::metadata(folder).and_then(|found| {
            if found.is_dir() { Ok(()) } else { Err(io::ErrorKind::NotADirectory.into()) }
        });
        found.map_err(FetchError::file("write into", folder))
    }

    /// Opens or makes the partial file of a target and allocates the space of its raw entries.
    pub fn open(target: &Path, filling: &Filling) -> Result<Self, FetchError> {
        let path = beside(target, ".partial");
        let journal_path = beside(target, ".partial.journal");
        let file = claim(&path)?;
        let order = match order_of(&file) {
            Order::Parallel => allocate(&file, &path, filling.layout.late_start())?,
            Order::Sequential => Order::Sequential,
        };
        if order == Order::Sequential {
            expect_room(&file, &path, filling.layout.late_start())?;
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

    /// Gives the path that the bundle has while it grows.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Gives the file, for what is written around the raw entries.
    #[must_use]
    pub fn file(&self) -> &File {
        &self.file
    }

    /// Cuts what a longer, earlier attempt may have left behind the end.
    pub fn cut(&self, size: u64) -> Result<(), FetchError> {
        let failed = || FetchError::file("cut", &self.path);
        // Some drivers of foreign file systems cut no open file; most runs need not ask them.
        if self.file.metadata().map_err(failed())?.len() == size {
            return Ok(());
        }
        self.file.set_len(size).map_err(failed())
    }

    /// Syncs the file, gives it its name and syncs the folder; then the journal has no more use.
    pub fn publish(self) -> Result<PathBuf, FetchError> {
        self.file.sync_all().map_err(FetchError::file("sync", &self.path))?;
        fs::rename(&self.path, &self.target).map_err(FetchError::file("rename", &self.path))?;
        let folder = folder_of(&self.target);
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

/// Opens or makes the partial file and becomes the one run that writes it.
fn claim(path: &Path) -> Result<File, FetchError> {
    let mut options = File::options();
    options.read(true).write(true).create(true).truncate(false);
    loop {
        let file = options.open(path).map_err(FetchError::file("open", path))?;
        match rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) if is_at(&file, path) => return Ok(file),
            // The run that held it has just finished, and the file is the bundle now.
            Ok(()) => {}
            Err(rustix::io::Errno::WOULDBLOCK) => {
                return Err(FetchError::Busy { path: path.to_owned() });
            }
            Err(error) => return Err(FetchError::file("lock", path)(error.into())),
        }
    }
}

fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let identity = |found: &fs::Metadata| (found.dev(), found.ino());
    match (file.metadata(), fs::metadata(path)) {
        (Ok(opened), Ok(named)) => identity(&opened) == identity(&named),
        _ => false,
    }
}

fn folder_of(target: &Path) -> &Path {
    match target.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// Some file systems cannot sync folders, and say so with EINVAL; their renames are as good as
/// they get.
fn ignore_unsupported(error: io::Error) -> io::Result<()> {
    if error.kind() == io::ErrorKind::InvalidInput { Ok(()) } else { Err(error) }
}

/// Reserves the space at once, so that a full disk is known before the first download.
///
/// Where that is not possible, gaps may be filled with zeros as on vfat: exFAT behind FUSE is such a place.
fn allocate(file: &File, path: &Path, needed: u64) -> Result<Order, FetchError> {
    match rustix::fs::fallocate(file, FallocateFlags::empty(), 0, needed) {
        Ok(()) => Ok(Order::Parallel),
        Err(Errno::OPNOTSUPP | Errno::NOSYS) => Ok(Order::Sequential),
        Err(error) => {
            let source = io::Error::from(error);
            if sre_format::Fault::of_io(&source) == sre_format::Fault::Space {
                return Err(FetchError::NoRoom { path: path.to_owned(), needed, source });
            }
            Err(FetchError::file("allocate", path)(source))
        }
    }
}

/// Compares the free space with what is still to be written, where it cannot be reserved.
fn expect_room(file: &File, path: &Path, needed: u64) -> Result<(), FetchError> {
    let failed = |error: Errno| FetchError::file("look at", path)(error.into());
    let system = rustix::fs::fstatvfs(file).map_err(failed)?;
    let written = file.metadata().map_err(FetchError::file("look at", path))?.len();
    let free = system.f_bavail.saturating_mul(system.f_frsize);
    // Some file systems do not count their blocks.
    if system.f_blocks == 0 || needed.saturating_sub(written) <= free {
        return Ok(());
    }
    let source = io::Error::from(Errno::NOSPC);
    Err(FetchError::NoRoom { path: path.to_owned(), needed, source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_got_its_final_name_is_no_longer_the_partial_one() {
        let folder = tempfile::tempdir().unwrap();
        let (partial, target) = (folder.path().join("a.partial"), folder.path().join("a"));
        let file = claim(&partial).unwrap();
        assert!(is_at(&file, &partial));
        assert!(matches!(claim(&partial), Err(FetchError::Busy { .. })));
        fs::rename(&partial, &target).unwrap();
        assert!(!is_at(&file, &partial));
        let other = claim(&partial).unwrap();
        assert!(is_at(&other, &partial) && !is_at(&file, &partial));
    }

    #[test]
    fn looks_at_the_place_before_anything_else() {
        let folder = tempfile::tempdir().unwrap();
        PartialFile::look_at(&folder.path().join("sre.tar.zst")).unwrap();
        assert!(matches!(PartialFile::look_at(folder.path()), Err(FetchError::Folder { .. })));
        let missing = folder.path().join("missing/sre.tar.zst");
        let error = PartialFile::look_at(&missing).unwrap_err();
        let hint = sre_format::Explain::hint(&error).unwrap();
        assert!(hint.contains("make the folder") && hint.contains("missing"), "{hint}");
    }
}
