//! The full pass over a bundle: every byte is read and has exactly one right value.
//!
//! Content is proven by checkpoints, on all cores; headers, padding, the end of the archive and
//! the seek table are built anew from the signed tables and compared. What is damaged is listed
//! with its place, all of it, so that one pass tells everything about a medium.

use std::num::NonZeroUsize;
use std::sync::Mutex;

use super::checkpoint::pieces_of;
use super::checksums::checksums;
use super::errors::ReadError;
use super::frames::{self, StoredLengths};
use super::layout::{END_OF_ARCHIVE_BYTES, end_of_entries};
use super::limits::SIGNATURE_REGION;
use super::path::BundlePath;
use super::piece::read_head_file;
use super::proofs::Proofs;
use super::shares::Shares;
use super::table::{CHECKPOINTS_PATH, CHECKSUMS_PATH, Entry, TABLE_PATH};
use super::verified::{Inner, VerifiedBundle};
use super::{raw_frame, seek_table, signature_region, tar_header};
use crate::Digest;

/// What a full pass found.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// Entries that were checked.
    pub entries: usize,
    /// Bytes of the file.
    pub bytes: u64,
    /// Everything that is not as it must be, in the order of the file.
    pub damage: Vec<Damage>,
}

/// One damaged place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Damage {
    /// Bytes from the start of the file.
    pub offset: u64,
    /// Bytes of the place, which cannot be told apart further.
    pub length: u64,
    /// Entry or part of the file.
    pub path: String,
    /// What the operating system said, where it could not be read at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unreadable: Option<String>,
}

/// The pieces that one thread takes at a time: few enough to keep all threads busy to the end.
const PIECES_OF_A_TASK: u64 = 16;

/// The most threads of a pass, whatever is asked for: a machine that has no more to give would end it.
const MAX_THREADS: usize = 256;

/// A run of pieces of one entry.
struct Task {
    index: usize,
    first: u64,
    count: u64,
}

impl VerifiedBundle {
    /// Checks every byte of the file on the given number of threads.
    ///
    /// `progress` is called with the bytes done since the last call, from any thread.
    #[must_use]
    pub fn verify_everything(
        &self,
        threads: NonZeroUsize,
        progress: &(dyn Fn(u64) + Sync),
    ) -> Report {
        let inner = &*self.inner;
        let tasks = tasks(inner);
        let weights: Vec<u64> = tasks.iter().map(|task| task.count).collect();
        let threads = threads.get().min(tasks.len()).min(MAX_THREADS);
        let shares = Shares::new(&weights, threads);
        let damage = Mutex::new(Vec::new());
        let add = |found: Damage| match damage.lock() {
            Ok(mut list) => list.push(found),
            Err(poisoned) => poisoned.into_inner().push(found),
        };
        std::thread::scope(|scope| {
            for thread in 0..threads {
                let (tasks, shares, add) = (&tasks, &shares, &add);
                scope.spawn(move || {
                    let mut buffer = Vec::new();
                    while let Some(number) = shares.next(thread) {
                        self.check_task(&tasks[number], &mut buffer, progress, add);
                    }
                });
            }
        });
        check_head(inner, &add);
        check_tail(inner, &add);
        let damage = damage.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        let damage = merged(damage);
        Report { entries: inner.table.entries.len() + 1, bytes: inner.file_size, damage }
    }

    fn check_task(
        &self,
        task: &Task,
        buffer: &mut Vec<u8>,
        progress: &(dyn Fn(u64) + Sync),
        add: &dyn Fn(Damage),
    ) {
        let pieces = self.pieces(task.index);
        let entry = pieces.entry;
        if task.first == 0 {
            check_header(&self.inner, &entry.path, entry.size, entry.place.offset, add);
        }
        let mut found = Vec::new();
        for piece in task.first..task.first + task.count {
            match pieces.check(piece, buffer) {
                Ok(bytes) => progress(bytes),
                Err(error) => found.push(Damage::from(error)),
            }
        }
        merged(found).into_iter().for_each(add);
    }
}

/// Makes one place of those that touch and are damaged alike: a medium that is gone would
/// otherwise fill the memory, and the receipt, with a line for every MiB.
fn merged(mut damage: Vec<Damage>) -> Vec<Damage> {
    damage.sort();
    damage.dedup_by(|next, place| {
        let touches = next.offset <= place.offset + place.length;
        let is_alike = (&next.path, &next.unreadable) == (&place.path, &place.unreadable);
        if touches && is_alike {
            place.length = place.length.max(next.offset + next.length - place.offset);
        }
        touches && is_alike
    });
    damage
}

impl From<ReadError> for Damage {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Io { path, offset, length, source } => Self {
                offset,
                length,
                path: path.to_string(),
                unreadable: Some(source.to_string()),
            },
            ReadError::Damaged { path, offset, length } => {
                Self { offset, length, path: path.to_string(), unreadable: None }
            }
            ReadError::TooLarge { path, .. } | ReadError::OutOfRange { path, .. } => {
                Self { offset: 0, length: 0, path: path.to_string(), unreadable: None }
            }
        }
    }
}

fn tasks(inner: &Inner) -> Vec<Task> {
    let mut tasks = Vec::new();
    for (index, entry) in inner.table.entries.iter().enumerate().skip(2) {
        let pieces = pieces_of(entry.size);
        for first in (0..pieces).step_by(usize::try_from(PIECES_OF_A_TASK).unwrap_or(1)) {
            tasks.push(Task { index, first, count: (pieces - first).min(PIECES_OF_A_TASK) });
        }
    }
    tasks
}

/// Reads `expected.len()` bytes and compares them.
fn compare(inner: &Inner, path: &str, offset: u64, expected: &[u8], add: &dyn Fn(Damage)) {
    let mut found = vec![0; expected.len()];
    let damage = |offset, length: usize, unreadable| {
        add(Damage { offset, length: length as u64, path: path.to_owned(), unreadable });
    };
    match inner.source.read_exact_at(&mut found, offset) {
        Err(error) => damage(offset, expected.len(), Some(error.to_string())),
        Ok(()) if found != expected => {
            let first = found.iter().zip(expected).position(|(a, b)| a != b).unwrap_or(0);
            let last = found.iter().zip(expected).rposition(|(a, b)| a != b).unwrap_or(first);
            damage(offset + first as u64, last - first + 1, None);
        }
        Ok(()) => {}
    }
}

fn check_header(inner: &Inner, path: &BundlePath, size: u64, offset: u64, add: &dyn Fn(Damage)) {
    let header = tar_header::header(path, size, inner.table.identity.modified());
    compare(inner, path.as_str(), offset, &raw_frame::whole(&header), add);
}

/// Checks the head again, byte for byte: what `open` read may have been other bytes, and the
/// time stamps of the tar headers are believed by nobody before.
fn check_head(inner: &Inner, add: &dyn Fn(Damage)) {
    let head = &inner.head;
    let name = |path: &str| path.parse::<BundlePath>().ok();
    if let Some(path) = name(TABLE_PATH) {
        check_header(inner, &path, head.table_size, 0, add);
    }
    compare_file(inner, TABLE_PATH, 0, &Digest::of(&inner.table_bytes), head.table_size, add);
    for (row, offset) in inner.table.entries.iter().zip([head.checkpoints, head.checksums]) {
        check_header(inner, &row.path, row.size, offset, add);
    }
    let checkpoints = &inner.table.entries[0];
    compare_file(
        inner,
        CHECKPOINTS_PATH,
        head.checkpoints,
        &checkpoints.digest,
        checkpoints.size,
        add,
    );
    check_checksums(inner, add);
    match signature_region::build(&inner.signatures, inner.table.identity.modified()) {
        Ok((region, _)) => compare(inner, "signatures", head.signatures, &region, add),
        Err(_) => add(Damage {
            offset: head.signatures,
            length: SIGNATURE_REGION,
            path: "signatures".into(),
            unreadable: None,
        }),
    }
}

fn compare_file(
    inner: &Inner,
    path: &str,
    offset: u64,
    digest: &Digest,
    size: u64,
    add: &dyn Fn(Damage),
) {
    let damage = |unreadable| {
        let length = super::layout::end_of_raw(offset, size) - offset;
        add(Damage { offset, length, path: path.to_owned(), unreadable });
    };
    match read_head_file(&*inner.source, offset + super::layout::HEADER_FRAME, size) {
        Err(error) => damage(Some(error.to_string())),
        Ok(Some(content)) if Digest::of(&content) == *digest => {}
        Ok(_) => damage(None),
    }
}

/// `SHA256SUMS` must be the signed one and must say what the table says.
fn check_checksums(inner: &Inner, add: &dyn Fn(Damage)) {
    let row = &inner.table.entries[1];
    let expected = Digest::of(checksums(&inner.table.entries).as_bytes());
    compare_file(inner, CHECKSUMS_PATH, inner.head.checksums, &expected, row.size, add);
    if expected != row.digest {
        add(Damage {
            offset: inner.head.checksums,
            length: row.size,
            path: CHECKSUMS_PATH.into(),
            unreadable: None,
        });
    }
}

/// The end of the archive and the seek table, up to the last byte of the file.
fn check_tail(inner: &Inner, add: &dyn Fn(Damage)) {
    let end = end_of_entries(&inner.table, &inner.head);
    let zeros = raw_frame::whole(&END_OF_ARCHIVE_BYTES);
    compare(inner, "the end of the archive", end, &zeros, add);
    let Ok((_, signatures)) =
        signature_region::build(&inner.signatures, inner.table.identity.modified())
    else {
        return;
    };
    let rows = frames::all(&inner.table, inner.head.table_size, &signatures, &inner.proofs);
    compare(inner, "the seek table", end + zeros.len() as u64, &seek_table::bytes(&rows), add);
}

impl StoredLengths for Proofs {
    fn each(&self, index: usize, entry: &Entry, take: &mut dyn FnMut(u32)) {
        self.lengths(index, entry).for_each(take);
    }
}
