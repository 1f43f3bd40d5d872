//! The end of a build: tables in front, end of archive and seek table behind, signatures last.

use super::super::checkpoint::pieces_of;
use super::super::checksums::checksums;
use super::super::frames::{self, StoredLengths};
use super::super::layout::{
    END_OF_ARCHIVE, END_OF_ARCHIVE_BYTES, HEADER_FRAME, Layout, check_places, end_of_entries,
    total_size,
};
use super::super::limits::{SIGNATURE_REGION, SIGNATURE_ROWS};
use super::super::open::UntrustedBundle;
use super::super::proofs::Proof;
use super::super::signature_region;
use super::super::table::{Entry, TABLE_PATH, Table};
use super::super::verify::Damage;
use super::super::{raw_frame, seek_table, tar_header};
use super::{WriteAt, WriteError};
use crate::Digest;
use crate::signature::SignatureFile;

/// Where signatures go in a bundle that is otherwise finished.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignatureSlot {
    region: u64,
    rows: u64,
    modified: u64,
    file_size: u64,
}

impl SignatureSlot {
    fn new(table: &Table, region: u64, end_of_entries: u64) -> Self {
        let seek_table = end_of_entries + raw_frame::stored_size(END_OF_ARCHIVE);
        let before = frames::rows_before_signatures(table) as u64;
        Self {
            region,
            rows: seek_table + 8 + before * 8,
            modified: table.identity.modified(),
            file_size: total_size(table, end_of_entries),
        }
    }

    /// Gives the size of the whole file in bytes.
    #[must_use]
    pub fn file_size(&self) -> u64 {
        self.file_size
    }

    /// Finds the slot of a bundle that was written before.
    #[must_use]
    pub fn of(bundle: &UntrustedBundle) -> Self {
        let (table, head) = (bundle.table(), bundle.head());
        Self::new(table, head.signatures, end_of_entries(table, head))
    }

    /// Says whether a damaged place is one that `write` writes anew.
    #[must_use]
    pub fn rewrites(&self, damage: &Damage) -> bool {
        let parts = [(self.region, SIGNATURE_REGION), (self.rows, SIGNATURE_ROWS * 8)];
        parts.into_iter().any(|(start, length)| {
            damage.offset >= start && damage.offset + damage.length <= start + length
        })
    }

    /// Writes the signature files, in place of all that were there.
    pub fn write(&self, file: &dyn WriteAt, files: &[SignatureFile]) -> Result<(), WriteError> {
        let (region, rows) = signature_region::build(files, self.modified)?;
        put(file, "the signatures", self.region, &region)?;
        let table = seek_table::bytes(&rows);
        put(file, "the seek table", self.rows, &table[8..table.len() - 9])
    }
}

fn put(file: &dyn WriteAt, path: &str, offset: u64, bytes: &[u8]) -> Result<(), WriteError> {
    file.write_all_at(bytes, offset).map_err(|source| WriteError::Io {
        path: path.to_owned(),
        offset,
        source,
    })
}

/// Lengths of compressed frames from the proofs that the writers gave.
struct Written<'a>(&'a [Proof]);

impl StoredLengths for Written<'_> {
    fn each(&self, index: usize, _: &Entry, take: &mut dyn FnMut(u32)) {
        self.0[index].stored_frames.iter().for_each(|(length, _)| take(*length));
    }
}

/// Writes everything around the entries: head without signatures, end of archive, seek table.
///
/// `proofs` has one proof for each entry of the table, in its order (the two head entries' are
/// empty). Gives the raw bytes of `sre.json`, which are to be signed, and the place for the
/// signatures. The caller syncs the file.
pub fn finish(
    mut layout: Layout,
    proofs: &[Proof],
    file: &dyn WriteAt,
) -> Result<(Vec<u8>, SignatureSlot), WriteError> {
    let mut checkpoints = Vec::new();
    for proof in proofs {
        proof.write(&mut checkpoints);
    }
    layout.set_digest(0, Digest::of(&checkpoints));
    let checksums = checksums(&layout.table().entries);
    layout.set_digest(1, Digest::of(checksums.as_bytes()));
    let head = *layout.head();
    let table = layout.table();
    check_places(table, head.table_size)?;
    let mut table_bytes = table.render();
    table_bytes.resize(usize::try_from(head.table_size).unwrap_or(usize::MAX), b'\n');

    let row = |index: usize| table.entries[index].path.as_str();
    put_file(file, table, TABLE_PATH, 0, &table_bytes)?;
    put_file(file, table, row(0), head.checkpoints, &checkpoints)?;
    put_file(file, table, row(1), head.checksums, checksums.as_bytes())?;
    let (region, rows) = signature_region::build(&[], table.identity.modified())?;
    put(file, "the signatures", head.signatures, &region)?;

    let end = end_of_entries(table, &head);
    let mut tail = raw_frame::whole(&END_OF_ARCHIVE_BYTES);
    let frames = frames::all(table, head.table_size, &rows, &Written(proofs));
    tail.extend_from_slice(&seek_table::bytes(&frames));
    put(file, "the seek table", end, &tail)?;
    let slot = SignatureSlot::new(table, head.signatures, end);
    Ok((table_bytes, slot))
}

/// Writes a head file: the frame of its header and the frame of its padded content.
fn put_file(
    file: &dyn WriteAt,
    table: &Table,
    path: &str,
    offset: u64,
    content: &[u8],
) -> Result<(), WriteError> {
    let name = path
        .parse()
        .map_err(|_| super::super::table::contradiction(path, "it is no legal path"))?;
    let header = tar_header::header(&name, content.len() as u64, table.identity.modified());
    put(file, path, offset, &raw_frame::whole(&header))?;
    if content.is_empty() {
        return Ok(());
    }
    let mut padded = content.to_vec();
    padded.resize(content.len().next_multiple_of(512), 0);
    debug_assert!(pieces_of(padded.len() as u64) <= 1024, "head files fit one frame");
    put(file, path, offset + HEADER_FRAME, &raw_frame::whole(&padded))
}
