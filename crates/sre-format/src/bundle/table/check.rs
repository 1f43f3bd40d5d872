//! What the entries of a table must be by themselves and among each other.

use super::{
    BLOBS_FOLDER, CHECKPOINTS_PATH, CHECKSUMS_PATH, Entry, EntryKind, IMAGE_SIGNATURES_PATH,
    SIGNATURES_FOLDER, TABLE_PATH, TableError, contradiction,
};
use crate::bundle::limits::MAX_ENTRY_BYTES;

/// Stands in the place of `/`: below every character of a path, so that a folder's content comes
/// right after a file of the folder's name when paths are sorted.
const SEPARATOR: u8 = 1;

/// Checks everything that needs no places.
pub(super) fn entries(entries: &[Entry]) -> Result<(), TableError> {
    let paths = Sortable::of(entries);
    for [first, second] in paths.sorted().array_windows() {
        let wrong = |reason| Err(contradiction(&readable(first), reason));
        match second.strip_prefix(*first) {
            Some([]) => return wrong("two entries have this path, or differ in case only"),
            Some([SEPARATOR, ..]) => return wrong("it is a file and a folder at once"),
            _ => {}
        }
    }
    entries.iter().try_for_each(entry)
}

/// All paths without case, `/` as [`SEPARATOR`], one behind the other: a table has some hundred thousand.
struct Sortable {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Sortable {
    fn of(entries: &[Entry]) -> Self {
        let paths = || entries.iter().map(|entry| entry.path.as_str()).chain([TABLE_PATH]);
        let mut bytes = Vec::with_capacity(paths().map(str::len).sum());
        let mut ends = Vec::with_capacity(entries.len() + 1);
        let fold = |byte: u8| if byte == b'/' { SEPARATOR } else { byte.to_ascii_lowercase() };
        for path in paths() {
            bytes.extend(path.bytes().map(fold));
            ends.push(bytes.len());
        }
        Self { bytes, ends }
    }

    /// Sorts by merging runs: an honest table has two, of raw and of late entries.
    fn sorted(&self) -> Vec<&[u8]> {
        let mut start = 0;
        let cut = |end: &usize| &self.bytes[std::mem::replace(&mut start, *end)..*end];
        let mut paths: Vec<_> = self.ends.iter().map(cut).collect();
        paths.sort();
        paths
    }
}

fn readable(sortable: &[u8]) -> String {
    let unfold = |byte: &u8| if *byte == SEPARATOR { '/' } else { char::from(*byte) };
    sortable.iter().map(unfold).collect()
}

fn entry(entry: &Entry) -> Result<(), TableError> {
    let path = entry.path.as_str();
    let wrong = |reason| Err(contradiction(path, reason));
    if entry.size > MAX_ENTRY_BYTES {
        return wrong("it is larger than the limit");
    }
    if is_signature(path) {
        return wrong("signatures are not listed");
    }
    // A head kind has no proofs and stands outside of the content digest.
    if (entry.kind == EntryKind::Checkpoints) != (path == CHECKPOINTS_PATH)
        || (entry.kind == EntryKind::Checksums) != (path == CHECKSUMS_PATH)
    {
        return wrong("head entries have their own paths, and only they");
    }
    let hex = path.strip_prefix(BLOBS_FOLDER);
    let is_blob = match entry.kind {
        EntryKind::Blob => true,
        EntryKind::ImageSignature => path != IMAGE_SIGNATURES_PATH,
        _ => false,
    };
    // Nothing else may lie where signatures do: they stand outside of the content digest.
    if path == IMAGE_SIGNATURES_PATH && entry.kind != EntryKind::ImageSignature {
        return wrong("the index of signatures has a kind of its own");
    }
    if entry.kind == EntryKind::RepositorySignature && !is_repository_signature(path) {
        return wrong(
            "only signatures of package repositories and the keys for them have this kind",
        );
    }
    if is_blob != hex.is_some() || hex.is_some_and(|hex| hex != entry.digest.hex()) {
        return wrong("a blob's path must be its digest, and only a blob's");
    }
    Ok(())
}

/// Says whether a path is one of those that package managers look for a signature or its key at; what has
/// the kind stands outside of the content digest, too.
fn is_repository_signature(path: &str) -> bool {
    let parts: Vec<&str> = path.split('/').collect();
    matches!(
        parts[..],
        ["rpm", _, "repodata", "repomd.xml.asc" | "repomd.xml.key"]
            | ["deb", _, "key.asc"]
            | ["deb", _, "dists", _, "InRelease" | "Release.gpg"]
    )
}

/// Says whether a path is the folder of signatures or lies in it, on any file system.
fn is_signature(path: &str) -> bool {
    let folder = path.split('/').next().unwrap_or_default();
    folder.eq_ignore_ascii_case(SIGNATURES_FOLDER.trim_end_matches('/'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Digest;
    use crate::bundle::{Encoding, Place};

    fn row(path: &str, kind: EntryKind) -> Entry {
        Entry {
            path: path.parse().unwrap(),
            kind,
            size: 1,
            digest: Digest::of(b"x"),
            media_type: None,
            place: Place { offset: 1, stored: 2, encoding: Encoding::Raw },
        }
    }

    fn refused(rows: &[(&str, EntryKind)]) -> Option<String> {
        let rows: Vec<_> = rows.iter().map(|(path, kind)| row(path, *kind)).collect();
        entries(&rows).err().map(|error| error.to_string())
    }

    #[test]
    fn no_path_equals_another_or_is_its_folder_whatever_stands_between() {
        let file = EntryKind::File;
        assert_eq!(refused(&[("files/a", file), ("files/a-b", file), ("files/ab/c", file)]), None);
        for (paths, wanted) in [
            (&["files/a", "files/a"][..], "differ in case only"),
            (&["files/a", "FILES/A"], "differ in case only"),
            (&["files/a", "files/a/b"], "file and a folder"),
            (&["files/a", "files/a-b", "files/a/c"], "file and a folder"),
            (&["files/A", "files/a b", "files/a+b", "files/a.b", "files/a/c"], "file and a folder"),
            (&["SRE.json"], "differ in case only"),
            (&["sre.json-", "sre.json/x"], "file and a folder"),
        ] {
            let rows: Vec<_> = paths.iter().map(|path| (*path, file)).collect();
            assert!(refused(&rows).is_some_and(|error| error.contains(wanted)), "{paths:?}");
        }
    }

    #[test]
    fn each_kind_keeps_to_its_paths() {
        let blob = format!("{BLOBS_FOLDER}{}", Digest::of(b"x").hex());
        let other = format!("{BLOBS_FOLDER}{}", Digest::of(b"y").hex());
        for (path, kind, fits) in [
            (CHECKPOINTS_PATH, EntryKind::Checkpoints, true),
            (CHECKPOINTS_PATH, EntryKind::File, false),
            ("files/a", EntryKind::Checkpoints, false),
            ("files/a", EntryKind::Checksums, false),
            (CHECKSUMS_PATH, EntryKind::Checkpoints, false),
            (&blob, EntryKind::Blob, true),
            (&blob, EntryKind::File, false),
            (&other, EntryKind::Blob, false),
            (&blob, EntryKind::ImageSignature, true),
            (&other, EntryKind::ImageSignature, false),
            ("files/a", EntryKind::ImageSignature, false),
            (IMAGE_SIGNATURES_PATH, EntryKind::ImageSignature, true),
            (IMAGE_SIGNATURES_PATH, EntryKind::Layout, false),
            ("files/a", EntryKind::RepositorySignature, false),
            ("deb/a/key.asc", EntryKind::RepositorySignature, true),
            ("deb/a/pool/a.deb", EntryKind::RepositorySignature, false),
            ("rpm/a/repodata/repomd.xml.asc", EntryKind::RepositorySignature, true),
            ("rpm/a/keys/upstream.asc", EntryKind::RepositorySignature, false),
            ("files/a", EntryKind::Blob, false),
            ("signatures", EntryKind::File, false),
            ("signatures/x.sig", EntryKind::File, false),
            ("Signatures/x.sig", EntryKind::File, false),
            ("signatures2/x", EntryKind::File, true),
        ] {
            assert_eq!(refused(&[(path, kind)]).is_none(), fits, "{path} as {kind:?}");
        }
    }
}
