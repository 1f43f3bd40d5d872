//! The checkpoint table: for every entry, what proves each MiB of it alone.
//!
//! In the order of `sre.json`, without the head entries, each entry has: the checkpoints between
//! its pieces (32 bytes each); then, if raw, the content checksum of each frame (4 bytes), or, if
//! compressed, for each frame its stored length (4 bytes, little-endian) and the SHA-256 of its
//! stored bytes (32 bytes), so that nothing reaches a decompressor that the signature does not cover.

use std::collections::BTreeMap;

use super::checkpoint::{CHAIN_BYTES, Chain, checkpoints_of, pieces_of};
use super::layout::{STORED_FRAME_RECORD, proof_bytes};
use super::table::{Encoding, Entry, Table};
use crate::Digest;

/// What proves the pieces of one entry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proof {
    /// Checkpoints between the pieces.
    pub chains: Vec<Chain>,
    /// For a raw entry, the content checksum of each frame.
    pub frame_checksums: Vec<[u8; 4]>,
    /// For a compressed entry, length and digest of each stored frame.
    pub stored_frames: Vec<(u32, Digest)>,
}

impl Proof {
    /// Appends the bytes that the table holds for this entry.
    pub fn write(&self, table: &mut Vec<u8>) {
        for chain in &self.chains {
            table.extend_from_slice(&chain.to_bytes());
        }
        for checksum in &self.frame_checksums {
            table.extend_from_slice(checksum);
        }
        for (length, digest) in &self.stored_frames {
            table.extend_from_slice(&length.to_le_bytes());
            table.extend_from_slice(digest.as_bytes());
        }
    }
}

/// `STORED_FRAME_RECORD` as a length in memory.
const RECORD: usize = 36;
const _: () = assert!(STORED_FRAME_RECORD == 36);

/// Frames from one known distance to the next: whoever looks for a frame of a large entry adds up
/// so many lengths at most, not those of all frames before it.
const FRAMES_OF_A_MARK: usize = 256;

/// The checkpoint table in memory, with the start of each entry's part.
#[derive(Debug)]
pub(super) struct Proofs {
    bytes: Vec<u8>,
    starts: Vec<usize>,
    /// For compressed entries of many frames: how far from the start of the content every
    /// `FRAMES_OF_A_MARK`th of them lies, the first left out.
    marks: BTreeMap<usize, Vec<u64>>,
}

impl Proofs {
    /// Takes a table whose digest has been checked; its length must be what the entries call for.
    pub(super) fn new(bytes: Vec<u8>, table: &Table) -> Option<Self> {
        let mut next = 0_u64;
        let mut starts = Vec::with_capacity(table.entries.len());
        for entry in &table.entries {
            starts.push(usize::try_from(next).ok()?);
            next += proof_bytes(entry.kind, entry.place.encoding, entry.size);
        }
        if next != bytes.len() as u64 {
            return None;
        }
        let mut proofs = Self { bytes, starts, marks: BTreeMap::new() };
        for (index, entry) in table.entries.iter().enumerate() {
            let marks = proofs.measure(index, entry)?;
            if !marks.is_empty() {
                proofs.marks.insert(index, marks);
            }
        }
        Some(proofs)
    }

    /// Adds up the stored frames of a compressed entry, which must give its stored size.
    fn measure(&self, index: usize, entry: &Entry) -> Option<Vec<u64>> {
        let mut marks = Vec::new();
        if entry.place.encoding == Encoding::Raw {
            return Some(marks);
        }
        let mut offset = 0_u64;
        for (number, length) in self.lengths(index, entry).enumerate() {
            if number > 0 && number.is_multiple_of(FRAMES_OF_A_MARK) {
                marks.push(offset);
            }
            offset += u64::from(length);
        }
        (offset == entry.place.stored).then_some(marks)
    }

    /// Gives the lengths of the stored frames of a compressed entry.
    pub(super) fn lengths(&self, index: usize, entry: &Entry) -> impl Iterator<Item = u32> {
        let frames = if entry.size == 0 { 0 } else { pieces_of(entry.size) };
        let records = self.bytes.get(self.after_chains(index, entry)..).unwrap_or_default();
        let records = records.chunks_exact(RECORD).take(usize::try_from(frames).unwrap_or(0));
        records.filter_map(|record| record.first_chunk().copied().map(u32::from_le_bytes))
    }

    /// Gives the checkpoint before a piece.
    pub(super) fn before(&self, index: usize, piece: u64) -> Option<Chain> {
        match piece.checked_sub(1) {
            None => Some(Chain::START),
            Some(before) => self.chain(index, before),
        }
    }

    /// Gives the checkpoint after a piece that is not the last.
    pub(super) fn chain(&self, index: usize, piece: u64) -> Option<Chain> {
        let start = self.starts[index] + usize::try_from(piece).ok()? * CHAIN_BYTES;
        Some(Chain::from_bytes(self.bytes.get(start..)?.first_chunk()?))
    }

    /// Gives the content checksum of a frame of a raw entry.
    pub(super) fn frame_checksum(
        &self,
        index: usize,
        entry: &Entry,
        frame: u64,
    ) -> Option<[u8; 4]> {
        let start = self.after_chains(index, entry) + usize::try_from(frame).ok()? * 4;
        self.bytes.get(start..)?.first_chunk().copied()
    }

    /// Gives the distance from the start of the content, the length and the digest of a stored
    /// frame of a compressed entry.
    pub(super) fn stored_frame(
        &self,
        index: usize,
        entry: &Entry,
        piece: u64,
    ) -> Option<(u64, u32, Digest)> {
        let piece = usize::try_from(piece).ok()?;
        let marks = self.marks.get(&index).map_or(&[][..], Vec::as_slice);
        let mark = piece / FRAMES_OF_A_MARK;
        let mut offset = mark.checked_sub(1).map_or(Some(0), |mark| marks.get(mark).copied())?;
        let known = mark * FRAMES_OF_A_MARK;
        let before = self.lengths(index, entry).skip(known).take(piece - known);
        offset += before.map(u64::from).sum::<u64>();
        let start = self.after_chains(index, entry) + piece * RECORD;
        let (length, digest) =
            self.bytes.get(start..)?.first_chunk::<RECORD>()?.split_first_chunk()?;
        Some((offset, u32::from_le_bytes(*length), Digest::from_bytes(*digest.first_chunk()?)))
    }

    fn after_chains(&self, index: usize, entry: &Entry) -> usize {
        self.starts[index] + checkpoints_of(entry.size) * CHAIN_BYTES
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bundle::Identity;
    use crate::bundle::limits::MIB;
    use crate::bundle::table::{EntryKind, Place};
    use crate::{PlatformName, Timestamp};

    /// Frame `n` has this length.
    fn length(number: usize) -> u32 {
        u32::try_from(number % 1000 + 50).unwrap()
    }

    /// A table with one compressed entry of many frames, and its checkpoint table.
    fn table(frames: usize, surplus: u64) -> (Table, Vec<u8>) {
        let stored: u64 = (0..frames).map(|number| u64::from(length(number))).sum();
        let entry = Entry {
            path: "files/a".parse().unwrap(),
            kind: EntryKind::File,
            size: frames as u64 * MIB,
            digest: Digest::of(b""),
            media_type: None,
            place: Place { offset: 0, stored: stored + surplus, encoding: Encoding::Zstd },
        };
        let identity = Identity {
            name: "sre".parse().unwrap(),
            version: "1".parse().unwrap(),
            channel: "stable".parse().unwrap(),
            serial: 1,
            platforms: vec![PlatformName::usual()],
            lock: Digest::of(b""),
            created: Timestamp::from_unix_seconds(0).unwrap(),
        };
        let mut bytes = Vec::new();
        let chains = vec![Chain::START; frames - 1];
        let digest = |number: usize| Digest::of(&number.to_le_bytes());
        let stored_frames = (0..frames).map(|number| (length(number), digest(number))).collect();
        Proof { chains, frame_checksums: vec![], stored_frames }.write(&mut bytes);
        (Table { format_version: 1, requires: vec![], identity, entries: vec![entry] }, bytes)
    }

    #[test]
    fn finds_every_frame_of_a_large_entry() {
        for frames in [1, 255, 256, 257, 1025] {
            let (table, bytes) = table(frames, 0);
            let proofs = Proofs::new(bytes, &table).unwrap();
            let mut offset = 0;
            for number in 0..frames {
                let found = proofs.stored_frame(0, &table.entries[0], number as u64).unwrap();
                let digest = Digest::of(&number.to_le_bytes());
                assert_eq!(found, (offset, length(number), digest), "{number} of {frames}");
                offset += u64::from(length(number));
            }
            assert_eq!(proofs.stored_frame(0, &table.entries[0], frames as u64), None);
        }
    }

    #[test]
    fn refuses_frames_that_do_not_fill_the_stored_size() {
        let (table, bytes) = table(300, 1);
        assert!(Proofs::new(bytes, &table).is_none());
    }
}
