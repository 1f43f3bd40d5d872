//! The arithmetic of places: from the sizes of all entries to where each byte will lie.
//!
//! Order of the file: `sre.json`, `checkpoints`, `SHA256SUMS`, the signature region, raw entries
//! in path order, late entries in path order, end of archive, seek table. Sizes are all known
//! from the lock; only the stored sizes of compressed (late) entries are learned while packing.

use super::checkpoint::{CHAIN_BYTES, checkpoints_of, pieces_of};
use super::checksums::checksum_bytes;
use super::limits::{
    MAX_CHECKPOINT_BYTES, MAX_CHECKSUM_BYTES, MAX_ENTRIES, MAX_TABLE_BYTES, SIGNATURE_REGION,
    SIGNATURE_ROWS,
};
use super::path::BundlePath;
use super::table::{
    CHECKPOINTS_PATH, CHECKSUMS_PATH, Encoding, Entry, EntryKind, FORMAT_VERSION, Identity, Place,
    TABLE_PATH, Table, TableError, contradiction,
};
use super::{raw_frame, seek_table, tar_header};
use crate::Digest;

/// Bytes of the frame that holds one tar header.
pub const HEADER_FRAME: u64 = raw_frame::stored_size(tar_header::TAR_BLOCK);
/// Content bytes of the end-of-archive mark: two blocks of zeros.
pub(super) const END_OF_ARCHIVE: u64 = END_OF_ARCHIVE_BYTES.len() as u64;
/// The end-of-archive mark itself.
pub(super) const END_OF_ARCHIVE_BYTES: [u8; 1024] = [0; 1024];
/// Bytes of the record of one compressed frame: stored length and SHA-256 of the stored bytes.
pub(super) const STORED_FRAME_RECORD: u64 = 4 + 32;

/// An entry whose content is known by size and digest, and whose place is not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedEntry {
    /// Path inside the bundle.
    pub path: BundlePath,
    /// What it is for.
    pub kind: EntryKind,
    /// Bytes of content.
    pub size: u64,
    /// SHA-256 of the content.
    pub digest: Digest,
    /// Media type, where the content has one.
    pub media_type: Option<Box<str>>,
    /// How it will be stored.
    pub encoding: Encoding,
}

/// A table whose raw entries have their places, with room reserved for the head.
#[derive(Clone, Debug)]
pub struct Layout {
    table: Table,
    head: Head,
}

/// Where the parts of the head lie; every part begins with the frame of its tar header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// Reserved bytes of `sre.json`, a multiple of 512.
    pub table_size: u64,
    /// Offset of `checkpoints`.
    pub checkpoints: u64,
    /// Offset of `SHA256SUMS`.
    pub checksums: u64,
    /// Offset of the signature region.
    pub signatures: u64,
    /// Offset of the first entry after the head.
    pub payload: u64,
}

impl Head {
    /// Computes the head from the sizes of its three files.
    #[must_use]
    pub fn new(table_size: u64, checkpoint_bytes: u64, checksum_bytes: u64) -> Self {
        let checkpoints = end_of_raw(0, table_size);
        let checksums = end_of_raw(checkpoints, checkpoint_bytes);
        let signatures = end_of_raw(checksums, checksum_bytes);
        Self {
            table_size,
            checkpoints,
            checksums,
            signatures,
            payload: signatures + SIGNATURE_REGION,
        }
    }
}

/// Gives the bytes that the content of a raw entry takes, padding included.
#[must_use]
pub(super) const fn raw_stored(size: u64) -> u64 {
    raw_frame::stored_size_of_chain(size + tar_header::padding(size))
}

/// Gives the offset of the byte after a raw entry that begins at `offset`.
#[must_use]
pub(super) const fn end_of_raw(offset: u64, size: u64) -> u64 {
    offset + HEADER_FRAME + raw_stored(size)
}

/// Gives the bytes that the checkpoint table holds for an entry.
#[must_use]
pub(super) fn proof_bytes(kind: EntryKind, encoding: Encoding, size: u64) -> u64 {
    if kind.is_head() {
        return 0;
    }
    let chains = checkpoints_of(size) as u64 * CHAIN_BYTES as u64;
    chains
        + match encoding {
            Encoding::Raw => {
                raw_frame::frames_of_chain(size + tar_header::padding(size))
                    * raw_frame::FRAME_CHECKSUM
            }
            Encoding::Zstd if size == 0 => 0,
            Encoding::Zstd => pieces_of(size) * STORED_FRAME_RECORD,
        }
}

impl Layout {
    /// Gives every raw entry its place and reserves room for the head.
    ///
    /// The entries may come in any order; the same entries give the same layout.
    pub fn new(identity: Identity, entries: Vec<PlannedEntry>) -> Result<Self, TableError> {
        let mut rows: Vec<Entry> = entries.into_iter().map(unplaced).collect();
        rows.sort_by(|a, b| {
            (a.place.encoding != Encoding::Raw, &a.path)
                .cmp(&(b.place.encoding != Encoding::Raw, &b.path))
        });
        let mut all = head_rows(&rows)?;
        all.append(&mut rows);
        let mut table =
            Table { format_version: FORMAT_VERSION, requires: vec![], identity, entries: all };
        let table_size = (table.render().len() as u64).next_multiple_of(tar_header::TAR_BLOCK);
        let head = Head::new(table_size, table.entries[0].size, table.entries[1].size);
        check_head(&head, &table)?;
        place_raw(&mut table, &head);
        // The placed table is what readers will see, so it must pass what they check.
        Table::parse(&table.render())?;
        Ok(Self { table, head })
    }

    /// Gives the table; late entries still stand at the largest possible place.
    #[must_use]
    pub fn table(&self) -> &Table {
        &self.table
    }

    /// Gives the places of the head.
    #[must_use]
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// Gives the raw entries, whose places are final.
    pub fn raw_entries(&self) -> impl Iterator<Item = (usize, &Entry)> {
        self.table
            .entries
            .iter()
            .enumerate()
            .skip(2)
            .filter(|(_, entry)| entry.place.encoding == Encoding::Raw)
    }

    /// Gives the late entries, in the order in which they must be packed.
    pub fn late_entries(&self) -> impl Iterator<Item = (usize, &Entry)> {
        self.table
            .entries
            .iter()
            .enumerate()
            .filter(|(_, entry)| entry.place.encoding == Encoding::Zstd)
    }

    /// Gives the offset after the last raw entry, where late entries begin.
    #[must_use]
    pub fn late_start(&self) -> u64 {
        self.raw_entries().last().map_or(self.head.payload, |(_, entry)| entry.end())
    }

    /// Puts a late entry behind the one before it, once its stored size is known.
    pub fn place_late(&mut self, index: usize, offset: u64, stored: u64) {
        self.table.entries[index].place = Place { offset, stored, encoding: Encoding::Zstd };
    }

    /// Sets the digest of a head file, which is known last.
    pub(super) fn set_digest(&mut self, index: usize, digest: Digest) {
        self.table.entries[index].digest = digest;
    }
}

impl Entry {
    /// Gives the offset of the first frame of the content.
    #[must_use]
    pub const fn content_offset(&self) -> u64 {
        self.place.offset + HEADER_FRAME
    }

    /// Gives the offset of the byte after the entry.
    #[must_use]
    pub const fn end(&self) -> u64 {
        self.content_offset() + self.place.stored
    }
}

fn unplaced(entry: PlannedEntry) -> Entry {
    let PlannedEntry { path, kind, size, digest, media_type, encoding } = entry;
    // The largest place reserves enough digits for every real one.
    Entry {
        path,
        kind,
        size,
        digest,
        media_type,
        place: Place { offset: u64::MAX, stored: u64::MAX, encoding },
    }
}

#[expect(clippy::expect_used, reason = "two constant paths, covered by every test")]
fn head_rows(rows: &[Entry]) -> Result<Vec<Entry>, TableError> {
    let row = |path: &str, kind, size| {
        let path = path.parse().expect("a legal path");
        unplaced(PlannedEntry {
            path,
            kind,
            size,
            digest: Digest::from_bytes([0; 32]),
            media_type: None,
            encoding: Encoding::Raw,
        })
    };
    let proofs = rows.iter().map(|row| proof_bytes(row.kind, row.place.encoding, row.size)).sum();
    let checkpoints = row(CHECKPOINTS_PATH, EntryKind::Checkpoints, proofs);
    let checksums = checksum_bytes(std::iter::once(&checkpoints).chain(rows));
    if rows.iter().any(|row| row.size > super::limits::MAX_ENTRY_BYTES) {
        return Err(contradiction(TABLE_PATH, "an entry is larger than the limit"));
    }
    Ok(vec![checkpoints, row(CHECKSUMS_PATH, EntryKind::Checksums, checksums)])
}

fn place_raw(table: &mut Table, head: &Head) {
    let mut next = head.payload;
    for (number, entry) in table.entries.iter_mut().enumerate() {
        if entry.place.encoding == Encoding::Zstd {
            break;
        }
        entry.place.offset = match number {
            0 => head.checkpoints,
            1 => head.checksums,
            _ => next,
        };
        entry.place.stored = raw_stored(entry.size);
        next = if number < 2 { head.payload } else { entry.end() };
    }
}

fn check_head(head: &Head, table: &Table) -> Result<(), TableError> {
    if head.table_size > MAX_TABLE_BYTES
        || table.entries[0].size > MAX_CHECKPOINT_BYTES
        || table.entries[1].size > MAX_CHECKSUM_BYTES
    {
        return Err(contradiction(TABLE_PATH, "the tables would be larger than the limits"));
    }
    if table.entries.len() > MAX_ENTRIES {
        return Err(contradiction(TABLE_PATH, "it lists more entries than the limit"));
    }
    Ok(())
}

/// Checks that the places of a table are the ones that its sizes call for, without gap or
/// overlap, and gives the head and the total size of the file.
pub(super) fn check_places(table: &Table, table_size: u64) -> Result<(Head, u64), TableError> {
    let [checkpoints, checksums, payload @ ..] = &table.entries[..] else {
        return Err(contradiction(TABLE_PATH, "the head entries are missing"));
    };
    if checkpoints.kind != EntryKind::Checkpoints
        || checkpoints.path.as_str() != CHECKPOINTS_PATH
        || checksums.kind != EntryKind::Checksums
        || checksums.path.as_str() != CHECKSUMS_PATH
    {
        return Err(contradiction(TABLE_PATH, "the head entries are not first"));
    }
    let head = Head::new(table_size, checkpoints.size, checksums.size);
    check_head(&head, table)?;
    let proofs: u64 =
        payload.iter().map(|row| proof_bytes(row.kind, row.place.encoding, row.size)).sum();
    if checkpoints.size != proofs {
        return Err(contradiction(CHECKPOINTS_PATH, "its size does not fit the entries"));
    }
    if checksums.size != checksum_bytes(&table.entries) {
        return Err(contradiction(CHECKSUMS_PATH, "its size does not fit the entries"));
    }
    check_row(checkpoints, head.checkpoints)?;
    check_row(checksums, head.checksums)?;
    let mut next = head.payload;
    let mut before: Option<&Entry> = None;
    for entry in payload {
        check_row(entry, next)?;
        if before.is_some_and(|before| order(before) >= order(entry)) {
            return Err(contradiction(entry.path.as_str(), "it is not in the order of the format"));
        }
        next = entry.end();
        before = Some(entry);
    }
    Ok((head, total_size(table, next)))
}

fn order(entry: &Entry) -> (bool, &BundlePath) {
    (entry.place.encoding == Encoding::Zstd, &entry.path)
}

fn check_row(entry: &Entry, offset: u64) -> Result<(), TableError> {
    let wrong = |reason| Err(contradiction(entry.path.as_str(), reason));
    if entry.place.offset != offset {
        return wrong("it does not begin where the entry before it ends");
    }
    match entry.place.encoding {
        Encoding::Raw if entry.place.stored != raw_stored(entry.size) => {
            wrong("its stored size does not follow from its size")
        }
        Encoding::Zstd if entry.kind.is_head() => wrong("head entries are stored raw"),
        Encoding::Zstd
            if entry.place.stored > pieces_of(entry.size) * super::limits::MAX_STORED_FRAME =>
        {
            wrong("its stored size is larger than compression can make it")
        }
        _ => Ok(()),
    }
}

/// Gives the rows of the seek table: one for each zstd frame, and for the signature region a
/// fixed number, so that signing never moves a byte.
pub(super) fn seek_rows(table: &Table) -> u64 {
    let content = |entry: &Entry| match entry.place.encoding {
        Encoding::Raw => raw_frame::frames_of_chain(entry.size + tar_header::padding(entry.size)),
        Encoding::Zstd if entry.size == 0 => 0,
        Encoding::Zstd => pieces_of(entry.size),
    };
    let entries: u64 = table.entries.iter().map(|entry| 1 + content(entry)).sum();
    // `sre.json` has a header and a content frame, and the end of the archive is one more.
    2 + entries + SIGNATURE_ROWS + 1
}

/// Gives the offset of the byte after the last entry.
pub(super) fn end_of_entries(table: &Table, head: &Head) -> u64 {
    table.entries.iter().skip(2).last().map_or(head.payload, Entry::end)
}

/// Gives the size of the whole file.
pub(super) fn total_size(table: &Table, end_of_entries: u64) -> u64 {
    end_of_entries
        + raw_frame::stored_size(END_OF_ARCHIVE)
        + seek_table::stored_size(seek_rows(table))
}

#[cfg(test)]
mod tests {
    use super::super::limits::{MAX_ENTRY_BYTES, MAX_STORED_FRAME, MIB};
    use super::*;

    #[test]
    fn the_limits_do_not_contradict_each_other() {
        assert!(
            proof_bytes(EntryKind::File, Encoding::Raw, MAX_ENTRY_BYTES) <= MAX_CHECKPOINT_BYTES
        );
        let bound = zstd::zstd_safe::compress_bound(usize::try_from(MIB).unwrap() + 511);
        assert!(bound as u64 <= MAX_STORED_FRAME);
        // Two hundred thousand of the largest entries are still a number of bytes.
        let entries = super::super::limits::MAX_ENTRIES as u64;
        assert!(end_of_raw(0, MAX_ENTRY_BYTES).checked_mul(entries).is_some());
    }
}
