//! The journal beside a partial file: which pieces were written, and their chaining values.
//!
//! It begins with a mark and the digest of the layout, so that a journal of another lock is never
//! taken for this one's. Records have a fixed size; one that is torn is ignored. Nothing is synced:
//! the journal is a hint, and every claim is read back before it is believed.

use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use sre_format::Digest;
use sre_format::bundle::Flushed;

use super::FetchError;

const MARK: [u8; 8] = *b"SREJRNL1";
const HEADER: u64 = 8 + 32;
const RECORD: usize = 4 + 4 + 32;

/// The journal of one partial file.
#[derive(Debug)]
pub(super) struct Journal {
    path: PathBuf,
    file: File,
    end: AtomicU64,
}

/// For each entry, the chaining values after its pieces, from the first one on.
pub(crate) type Claims = HashMap<usize, Vec<[u8; 32]>>;

impl Journal {
    /// Opens the journal of a layout; claims of another layout are dropped.
    pub(super) fn open(path: &Path, layout: Digest) -> Result<(Self, Claims), FetchError> {
        let mut file = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .map_err(FetchError::file("open", path))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(FetchError::file("read", path))?;
        let claims = claims_of(&bytes, layout);
        let journal = Self { path: path.to_owned(), file, end: AtomicU64::new(bytes.len() as u64) };
        let Some(claims) = claims else {
            journal.begin(layout)?;
            return Ok((journal, Claims::new()));
        };
        // A torn record at the end would shift all that follow it.
        let whole = HEADER + (bytes.len() as u64 - HEADER) / RECORD as u64 * RECORD as u64;
        journal.end.store(whole, Ordering::Relaxed);
        Ok((journal, claims))
    }

    fn begin(&self, layout: Digest) -> Result<(), FetchError> {
        let failed = || FetchError::file("write", &self.path);
        self.file.set_len(0).map_err(failed())?;
        self.file.write_all_at(&[&MARK[..], layout.as_bytes()].concat(), 0).map_err(failed())?;
        self.end.store(HEADER, Ordering::Relaxed);
        Ok(())
    }

    /// Writes down that a piece of an entry is in the file.
    pub(super) fn record(&self, entry: usize, flushed: &Flushed) -> Result<(), FetchError> {
        let mut record = [0; RECORD];
        let number = |value: u64| u32::try_from(value).unwrap_or(u32::MAX).to_le_bytes();
        record[..4].copy_from_slice(&number(entry as u64));
        record[4..8].copy_from_slice(&number(flushed.pieces));
        record[8..].copy_from_slice(&flushed.chain);
        let at = self.end.fetch_add(RECORD as u64, Ordering::Relaxed);
        self.file.write_all_at(&record, at).map_err(FetchError::file("write", &self.path))
    }

    /// Writes down that nothing of an entry holds: all of it is in the file, and it is not what the
    /// lock names. Only the whole digest tells, so the next run cannot know which piece is wrong.
    pub(super) fn forget(&self, entry: usize) -> Result<(), FetchError> {
        self.record(entry, &Flushed { pieces: 0, chain: [0; 32] })
    }
}

pub(crate) fn claims_of(bytes: &[u8], layout: Digest) -> Option<Claims> {
    let (header, records) = bytes.split_at_checked(usize::try_from(HEADER).ok()?)?;
    (header[..8] == MARK && header[8..] == *layout.as_bytes()).then_some(())?;
    let mut claims = Claims::new();
    for record in records.chunks_exact(RECORD) {
        let number = |at: usize| record[at..].first_chunk().map(|bytes| u32::from_le_bytes(*bytes));
        let chains = claims.entry(usize::try_from(number(0)?).ok()?).or_default();
        let pieces = usize::try_from(number(4)?).ok()?;
        // An entry that was begun anew journals its first pieces again.
        chains.truncate(pieces.saturating_sub(1));
        if pieces > 0 {
            chains.push(*record[8..].first_chunk()?);
        }
    }
    Some(claims)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remembers_pieces_of_its_own_layout_and_ignores_a_torn_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let (layout, other) = (Digest::of(b"a"), Digest::of(b"b"));
        let (journal, claims) = Journal::open(&path, layout).unwrap();
        assert!(claims.is_empty());
        for pieces in 1..=3 {
            journal
                .record(5, &Flushed { pieces, chain: [u8::try_from(pieces).unwrap(); 32] })
                .unwrap();
        }
        journal.record(5, &Flushed { pieces: 2, chain: [9; 32] }).unwrap();
        let length = std::fs::metadata(&path).unwrap().len();
        File::options().write(true).open(&path).unwrap().set_len(length + 7).unwrap();
        let (journal, claims) = Journal::open(&path, layout).unwrap();
        assert_eq!(claims[&5], vec![[1; 32], [9; 32]]);
        journal.record(6, &Flushed { pieces: 1, chain: [6; 32] }).unwrap();
        let (_, claims) = Journal::open(&path, layout).unwrap();
        assert_eq!(claims[&6], vec![[6; 32]]);
        journal.forget(5).unwrap();
        let (_, claims) = Journal::open(&path, layout).unwrap();
        assert!(claims[&5].is_empty() && claims[&6].len() == 1);
        assert!(Journal::open(&path, other).unwrap().1.is_empty());
    }
}
