//! The rows of the seek table, computed from the contents table and the checkpoint table.

use super::layout::{END_OF_ARCHIVE, HEADER_FRAME};
use super::limits::{MAX_FRAME_CONTENT, MIB};
use super::raw_frame::stored_size;
use super::seek_table::FrameSizes;
use super::table::{Encoding, Entry, Table};
use super::tar_header::{TAR_BLOCK, padding};

/// Gives the stored lengths of the frames of a compressed entry.
pub(super) trait StoredLengths {
    /// Calls back with each length in order.
    fn each(&self, index: usize, entry: &Entry, take: &mut dyn FnMut(u32));
}

/// Lists the frames of the whole file, with the given rows for the signature region.
pub(super) fn all(
    table: &Table,
    table_size: u64,
    signatures: &[FrameSizes],
    lengths: &dyn StoredLengths,
) -> Vec<FrameSizes> {
    let mut rows = Vec::with_capacity(table.entries.len() * 2 + 100);
    rows.push(header());
    raw(table_size, &mut rows);
    for (index, entry) in table.entries.iter().enumerate() {
        if index == 2 {
            rows.extend_from_slice(signatures);
        }
        rows.push(header());
        match entry.place.encoding {
            Encoding::Raw => raw(entry.size, &mut rows),
            Encoding::Zstd => compressed(index, entry, lengths, &mut rows),
        }
    }
    if table.entries.len() == 2 {
        rows.extend_from_slice(signatures);
    }
    raw(END_OF_ARCHIVE, &mut rows);
    rows
}

/// Gives the number of the first row of the signature region.
pub(super) fn rows_before_signatures(table: &Table) -> usize {
    let content = |entry: &Entry| usize::from(entry.size > 0);
    4 + table.entries.iter().take(2).map(content).sum::<usize>()
}

const fn header() -> FrameSizes {
    sizes(HEADER_FRAME, TAR_BLOCK)
}

#[expect(clippy::cast_possible_truncation, reason = "a frame has at most 1 GiB of content")]
const fn sizes(stored: u64, content: u64) -> FrameSizes {
    FrameSizes { stored: stored as u32, content: content as u32 }
}

fn raw(size: u64, rows: &mut Vec<FrameSizes>) {
    let mut left = size + padding(size);
    while left > 0 {
        let content = left.min(MAX_FRAME_CONTENT);
        rows.push(sizes(stored_size(content), content));
        left -= content;
    }
}

fn compressed(
    index: usize,
    entry: &Entry,
    lengths: &dyn StoredLengths,
    rows: &mut Vec<FrameSizes>,
) {
    let mut left = entry.size + padding(entry.size);
    let mut take = |length: u32| {
        // The padding of the last piece goes into its frame, so nothing is left for another.
        let content =
            if left <= MIB + padding(entry.size) && left < MIB + TAR_BLOCK { left } else { MIB };
        rows.push(sizes(u64::from(length), content));
        left -= content;
    };
    if entry.size > 0 {
        lengths.each(index, entry, &mut take);
    }
}
