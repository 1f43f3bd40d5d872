//! Files that are there whole or not at all.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// Who may read a file that is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readers {
    /// Whoever the process's mask allows.
    Everyone,
    /// The owner alone (mode 0600).
    Owner,
}

/// Writes a file so that a crash leaves the old bytes or the new ones: a temporary file beside
/// it, fsync, rename, fsync of the folder.
pub fn write_atomically(path: &Path, bytes: &[u8], readers: Readers) -> io::Result<()> {
    let temporary = temporary_name(path);
    let written = write_synced(&temporary, bytes, readers)
        .and_then(|()| std::fs::rename(&temporary, path))
        .and_then(|()| sync_folder(path));
    if written.is_err() {
        // The first error is the one to report; a leftover is overwritten by the next run.
        let _removed = std::fs::remove_file(&temporary);
    }
    written
}

fn temporary_name(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{}.tmp", std::process::id()));
    name.into()
}

fn write_synced(path: &Path, bytes: &[u8], readers: Readers) -> io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let mode = match readers {
        Readers::Everyone => 0o666,
        Readers::Owner => 0o600,
    };
    let mut options = File::options();
    let mut file = options.write(true).create(true).truncate(true).mode(mode).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    match File::open(folder.unwrap_or(Path::new(".")))?.sync_all() {
        // Some network and FUSE file systems cannot fsync a folder; there rename is all there is.
        Err(error) if matches!(error.raw_os_error(), Some(22 | 95)) => Ok(()),
        result => result,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replaces_the_file_and_leaves_nothing_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("images.lock");
        write_atomically(&path, b"old", Readers::Everyone).unwrap();
        write_atomically(&path, b"new", Readers::Owner).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"new");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn keeps_the_old_file_when_it_cannot_write_the_new_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("missing").join("images.lock");
        assert!(write_atomically(&path, b"new", Readers::Everyone).is_err());
        assert!(!path.exists());
    }
}
