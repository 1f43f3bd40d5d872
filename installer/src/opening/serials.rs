//! What was applied here: the highest serial of each name and channel.
//!
//! They lie in `serials/` of the state directory, one JSON file each.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use sre_format::Word;
use sre_format::trust::SerialRecord;
use sre_steps::{Readers, StateDirectory, StateError, write_atomically};

use super::OpeningError;

/// The largest record that is read, in bytes.
const MAX_FILE: u64 = 64 * 1024;

/// Reads the record for a name and channel; `None` when nothing of it was ever applied here.
pub fn read_record(
    state: &Path,
    name: &Word,
    channel: &Word,
) -> Result<Option<SerialRecord>, OpeningError> {
    let path = place(state, name, channel);
    match fs::metadata(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        _ => {}
    }
    let record = read(&path)?;
    // A file system that ignores case, or a copied file, gives the record of another line.
    if (&record.name, &record.channel) != (name, channel) {
        let of = format!("it is that of `{}` in channel `{}`", record.name, record.channel);
        return Err(OpeningError::Record { path, source: serde::de::Error::custom(of) });
    }
    Ok(Some(record))
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

fn place(state: &Path, name: &Word, channel: &Word) -> PathBuf {
    folder(state).join(format!("{name}@{channel}.json"))
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
    use sre_format::Digest;

    fn word(text: &str) -> Word {
        text.parse().unwrap()
    }

    fn record(name: &str, serial: u64) -> SerialRecord {
        SerialRecord {
            name: word(name),
            channel: word("stable"),
            serial,
            version: word("1"),
            content: Digest::of(b""),
        }
    }

    #[test]
    fn keeps_one_record_for_each_name_and_channel() {
        let folder = tempfile::tempdir().unwrap();
        let state = StateDirectory::open(Some(folder.path())).unwrap();
        for written in [record("a", 1), record("b+1", 2), record("a", 3)] {
            write(&state, &written).unwrap();
        }
        let read = |name: &str| read_record(folder.path(), &word(name), &word("stable")).unwrap();
        assert_eq!(read("a"), Some(record("a", 3)));
        assert_eq!(read("b+1"), Some(record("b+1", 2)));
        assert_eq!(read("c"), None);
        assert_eq!(read_all(folder.path()).unwrap().len(), 2);
    }

    #[test]
    fn the_record_of_another_line_is_not_taken_for_this_one() {
        let folder = tempfile::tempdir().unwrap();
        let state = StateDirectory::open(Some(folder.path())).unwrap();
        write(&state, &record("SRE", 9)).unwrap();
        let serials = folder.path().join("serials");
        fs::rename(serials.join("SRE@stable.json"), serials.join("sre@stable.json")).unwrap();
        let error = read_record(folder.path(), &word("sre"), &word("stable")).unwrap_err();
        assert!(matches!(error, OpeningError::Record { .. }));
    }

    #[test]
    fn a_record_that_cannot_be_understood_is_no_missing_record() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("serials")).unwrap();
        fs::write(folder.path().join("serials/a@stable.json"), "{").unwrap();
        let error = read_record(folder.path(), &word("a"), &word("stable")).unwrap_err();
        assert!(matches!(error, OpeningError::Record { .. }));
    }
}
