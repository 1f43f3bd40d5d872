//! The checkpoint table: for every entry, what proves each MiB of it alone.
//!
//! In the order of `sre.json`, without the head entries, each entry has: the checkpoints between
//! its pieces (32 bytes each); then, if raw, the content checksum of each frame (4 bytes), or, if
//! compressed, for each frame its stored length (4 bytes, little-endian) and the SHA-256 of its
//! stored bytes (32 bytes), so that nothing reaches a decompressor that the signature does not cover.

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

/// The checkpoint table in memory, with the start of each entry's part.
#[derive(Debug)]
pub(super) struct Proofs {
    bytes: Vec<u8>,
    starts: Vec<usize>,
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
        (next == bytes.len() as u64).then_some(Self { bytes, starts })
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
        let start = self.after_chains(index, entry);
        let record = usize::try_from(STORED_FRAME_RECORD).ok()?;
        let records = self.bytes.get(start..)?.chunks_exact(record);
        let mut offset = 0_u64;
        for (number, bytes) in records.enumerate() {
            let length = u32::from_le_bytes(*bytes.first_chunk()?);
            if number as u64 == piece {
                return Some((offset, length, Digest::from_bytes(*bytes[4..].first_chunk()?)));
            }
            offset += u64::from(length);
        }
        None
    }

    fn after_chains(&self, index: usize, entry: &Entry) -> usize {
        self.starts[index] + checkpoints_of(entry.size) * CHAIN_BYTES
    }

    /// Says whether the stored frames of a compressed entry add up to its stored size.
    pub(super) fn lengths_fit(&self, index: usize, entry: &Entry) -> bool {
        if entry.place.encoding == Encoding::Raw {
            return true;
        }
        if entry.size == 0 {
            return entry.place.stored == 0;
        }
        self.stored_frame(index, entry, pieces_of(entry.size) - 1)
            .is_some_and(|(offset, length, _)| offset + u64::from(length) == entry.place.stored)
    }
}
