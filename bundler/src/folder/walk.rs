//! The files of a folder that are carried, in the order of their names.

use std::fs::{self, DirEntry};
use std::io;
use std::path::{Path, PathBuf};

use super::FolderError;
use super::rules::Rules;

/// The most files of a folder.
pub(super) const MAX_FILES: usize = 50_000;
/// The most bytes of all its files: Flux unpacks an artifact into the memory-backed storage of a controller.
pub(super) const MAX_BYTES: u64 = 256 << 20;
/// The deepest folder within it.
pub(super) const MAX_DEPTH: usize = 64;

/// A file that is carried.
pub(super) struct Carried {
    /// Its path inside the folder, joined by `/`.
    pub name: String,
    /// Where it is read from.
    pub path: PathBuf,
}

/// Lists the files that are carried.
pub(super) fn carried(root: &Path, ignore: &[String]) -> Result<Vec<Carried>, FolderError> {
    let read = |source| FolderError::Read { path: root.to_owned(), source };
    if !fs::metadata(root).map_err(read)?.is_dir() {
        return Err(FolderError::NoFolder { path: root.to_owned() });
    }
    let mut walk = Walk { root, rules: Rules::new(root, ignore)?, files: Vec::new() };
    walk.folder(root, "", 0)?;
    if walk.files.is_empty() {
        return Err(FolderError::Empty { path: root.to_owned() });
    }
    Ok(walk.files)
}

struct Walk<'a> {
    root: &'a Path,
    rules: Rules,
    files: Vec<Carried>,
}

impl Walk<'_> {
    fn folder(&mut self, folder: &Path, inside: &str, depth: usize) -> Result<(), FolderError> {
        if depth > MAX_DEPTH {
            return Err(FolderError::TooDeep { path: folder.to_owned() });
        }
        self.rules.enter(folder)?;
        let read = |source| FolderError::Read { path: folder.to_owned(), source };
        for entry in sorted(folder).map_err(read)? {
            self.entry(&entry, inside, depth)?;
        }
        self.rules.leave();
        Ok(())
    }

    fn entry(&mut self, entry: &DirEntry, inside: &str, depth: usize) -> Result<(), FolderError> {
        let path = entry.path();
        let kind = entry.file_type();
        let kind = kind.map_err(|source| FolderError::Read { path: path.clone(), source })?;
        if self.rules.leave_out(&path, kind.is_dir()) {
            return Ok(());
        }
        let Some(name) = entry.file_name().to_str().map(|name| format!("{inside}{name}")) else {
            return Err(FolderError::Name { path });
        };
        if kind.is_symlink() {
            return Err(FolderError::Link { path });
        }
        if kind.is_dir() {
            return self.folder(&path, &format!("{name}/"), depth + 1);
        }
        if !kind.is_file() {
            return Err(FolderError::Special { path });
        }
        if self.files.len() >= MAX_FILES {
            return Err(FolderError::TooMany { path: self.root.to_owned() });
        }
        self.files.push(Carried { name, path });
        Ok(())
    }
}

fn sorted(folder: &Path) -> io::Result<Vec<DirEntry>> {
    let mut entries = fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
    entries.sort_by_key(DirEntry::file_name);
    Ok(entries)
}
