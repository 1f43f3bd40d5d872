//! What was applied here: the highest serial of each name and channel.
//!
//! They lie in `serials/` of the state directory, one JSON file each.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use sre_format::Digest;
use sre_format::trust::SerialRecord;
use sre_steps::{Readers, StateDirectory, StateError, write_atomically};

use super::OpeningError;

/// The largest record that is read, in bytes.
const MAX_FILE: u64 = 64 * 1024;

/// Reads the record for a name and channel; `None` when nothing of it was ever applied here.
pub fn read_record(
    state: &Path,
    name: &str,
    channel: &str,
) -> Result<Option<SerialRecord>, OpeningError> {
    let path = place(state, name, channel);
    match fs::metadata(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        _ => read(&path).map(Some),
    }
}

/// Reads all records, in the order of their file names.
pub fn read_all(state: &Path) -> Result<Vec<SerialRecord>, OpeningError> {
    let folder = folder(state);
    let failed = |source| StateError::Read { path: folder.clone(), source };
    let entries = match fs::read_dir(&folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(failed)?,
    };
    let mut paths = Vec::new();
    for entry in entries {
        paths.push(entry.map_err(failed)?.path());
    }
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    paths.sort();
    paths.iter().map(|path| read(path)).collect()
}

/// Writes a record, in place of the one of the same name and channel.
pub(super) fn write(state: &StateDirectory, record: &SerialRecord) -> Result<(), StateError> {
    let path = place(state.path(), &record.name, &record.channel);
    let folder = folder(state.path());
    fs::create_dir_all(&folder).map_err(|source| StateError::Make { path: folder, source })?;
    let bytes = serde_json::to_vec_pretty(record)
        .map_err(|source| StateError::Receipt { path: path.clone(), source })?;
    write_atomically(&path, &bytes, Readers::Everyone)
        .map_err(|source| StateError::Write { path, source })
}

fn folder(state: &Path) -> PathBuf {
    state.join("serials")
}

/// Names the file after its content where the names are plain, else after their digest.
fn place(state: &Path, name: &str, channel: &str) -> PathBuf {
    let plain = |text: &str| {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        (1..=80).contains(&text.len()) && !text.starts_with('.') && text.bytes().all(allowed)
    };
    let file = if plain(name) && plain(channel) {
        format!("{name}@{channel}.json")
    } else {
        format!("{}.json", Digest::of(format!("{name}\n{channel}").as_bytes()).hex())
    };
    folder(state).join(file)
}

fn read(path: &Path) -> Result<SerialRecord, OpeningError> {
    let failed = |source| StateError::Read { path: path.to_owned(), source };
    if fs::metadata(path).map_err(failed)?.len() > MAX_FILE {
        return Err(failed(io::Error::other("it is too large for a record")).into());
    }
    let bytes = fs::read(path).map_err(failed)?;
    serde_json::from_slice(&bytes)
        .map_err(|source| OpeningError::Record { path: path.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_one_record_for_each_name_and_channel() {
        let folder = tempfile::tempdir().unwrap();
        let state = StateDirectory::open(Some(folder.path())).unwrap();
        let record = |name: &str, serial| SerialRecord {
            name: name.to_owned(),
            channel: "stable".to_owned(),
            serial,
            version: "1".to_owned(),
            content: Digest::of(b""),
        };
        for written in [record("a", 1), record("../b", 2), record("a", 3)] {
            write(&state, &written).unwrap();
        }
        let read = |name: &str| read_record(folder.path(), name, "stable").unwrap();
        assert_eq!(read("a"), Some(record("a", 3)));
        assert_eq!(read("../b"), Some(record("../b", 2)));
        assert_eq!(read("c"), None);
        assert_eq!(read_all(folder.path()).unwrap().len(), 2);
    }

    #[test]
    fn a_record_that_cannot_be_understood_is_no_missing_record() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("serials")).unwrap();
        fs::write(folder.path().join("serials/a@stable.json"), "{").unwrap();
        let error = read_record(folder.path(), "a", "stable").unwrap_err();
        assert!(matches!(error, OpeningError::Record { .. }));
    }
}
