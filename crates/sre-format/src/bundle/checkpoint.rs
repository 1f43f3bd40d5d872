//! SHA-256 with checkpoints: one hash that proves an entry and, alone, each MiB of it.
//!
//! SHA-256 compresses blocks of 64 bytes into a chaining value of 32 bytes. While an entry is
//! hashed, that value is written down after every MiB (16,384 blocks). From the value before a
//! MiB, compressing the MiB must give the value after it; the last piece, padded as FIPS 180-4
//! section 5.1.1 says, must give the digest itself. A forged MiB that passed would be a collision
//! of SHA-256 on the whole entry, because both chains continue identically to the same digest.

use sha2::block_api::compress256;

use super::limits::MIB;
use crate::Digest;

/// Bytes of one chaining value, big-endian words in the order of FIPS 180-4.
pub(super) const CHAIN_BYTES: usize = 32;

const BLOCK: usize = 64;

/// The chaining value before the first block (FIPS 180-4, section 5.3.3).
const INITIAL: [u32; 8] = [
    0x6a09_e667,
    0xbb67_ae85,
    0x3c6e_f372,
    0xa54f_f53a,
    0x510e_527f,
    0x9b05_688c,
    0x1f83_d9ab,
    0x5be0_cd19,
];

/// A chaining value of SHA-256 at a MiB boundary.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Chain([u32; 8]);

impl Chain {
    /// The value before the first byte of any entry.
    pub const START: Self = Self(INITIAL);

    /// Reads the 32 bytes that the checkpoint table holds.
    #[must_use]
    pub fn from_bytes(bytes: &[u8; CHAIN_BYTES]) -> Self {
        let mut words = [0; 8];
        for (word, bytes) in words.iter_mut().zip(bytes.as_chunks::<4>().0) {
            *word = u32::from_be_bytes(*bytes);
        }
        Self(words)
    }

    /// Gives the 32 bytes that the checkpoint table holds.
    #[must_use]
    pub fn to_bytes(self) -> [u8; CHAIN_BYTES] {
        let mut bytes = [0; CHAIN_BYTES];
        for (bytes, word) in bytes.as_chunks_mut::<4>().0.iter_mut().zip(self.0) {
            *bytes = word.to_be_bytes();
        }
        bytes
    }

    /// Compresses whole blocks; `bytes` must be a multiple of 64 bytes long.
    fn compress(&mut self, bytes: &[u8]) {
        let (blocks, rest) = bytes.as_chunks::<BLOCK>();
        debug_assert!(rest.is_empty(), "only whole blocks are compressed");
        compress256(&mut self.0, blocks);
    }

    /// Ends the hash: `tail` is what is left after the last whole block that was compressed, and
    /// `total` the length of the entry in bytes.
    fn finish(mut self, tail: &[u8], total: u64) -> Digest {
        let mut padded = [0_u8; 2 * BLOCK];
        padded[..tail.len()].copy_from_slice(tail);
        padded[tail.len()] = 0x80;
        let length = if tail.len() < BLOCK - 8 { BLOCK } else { 2 * BLOCK };
        padded[length - 8..length].copy_from_slice(&(total * 8).to_be_bytes());
        self.compress(&padded[..length]);
        Digest::from_bytes(self.to_bytes())
    }
}

/// Hashes one MiB of an entry from the checkpoint before it, and gives the checkpoint after it.
#[must_use]
pub(super) fn advance(before: Chain, mib: &[u8]) -> Chain {
    let mut chain = before;
    chain.compress(mib);
    chain
}

/// Hashes the last piece of an entry (at most one MiB) and gives the entry's digest.
#[must_use]
pub(super) fn conclude(before: Chain, last: &[u8], total: u64) -> Digest {
    let mut chain = before;
    let whole = last.len() - last.len() % BLOCK;
    chain.compress(&last[..whole]);
    chain.finish(&last[whole..], total)
}

/// Hashes an entry as it streams by and keeps the checkpoint after every MiB.
#[derive(Clone, Debug)]
pub struct CheckpointHasher {
    chain: Chain,
    tail: Vec<u8>,
    total: u64,
    checkpoints: Vec<Chain>,
}

impl Default for CheckpointHasher {
    fn default() -> Self {
        Self {
            chain: Chain::START,
            tail: Vec::with_capacity(BLOCK),
            total: 0,
            checkpoints: Vec::new(),
        }
    }
}

impl CheckpointHasher {
    /// Takes the next bytes, of any length.
    pub fn update(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let to_boundary = usize::try_from(MIB - self.total % MIB).unwrap_or(usize::MAX);
            let (now, rest) = bytes.split_at(bytes.len().min(to_boundary));
            self.update_within_mib(now);
            self.total += now.len() as u64;
            if self.total.is_multiple_of(MIB) {
                self.checkpoints.push(self.chain);
            }
            bytes = rest;
        }
    }

    fn update_within_mib(&mut self, mut bytes: &[u8]) {
        if !self.tail.is_empty() {
            let wanted = (BLOCK - self.tail.len()).min(bytes.len());
            self.tail.extend_from_slice(&bytes[..wanted]);
            bytes = &bytes[wanted..];
            if self.tail.len() < BLOCK {
                return;
            }
            self.chain.compress(&self.tail);
            self.tail.clear();
        }
        let whole = bytes.len() - bytes.len() % BLOCK;
        self.chain.compress(&bytes[..whole]);
        self.tail.extend_from_slice(&bytes[whole..]);
    }

    /// Gives the number of bytes taken so far.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.total
    }

    /// Gives the checkpoints passed so far, one for each whole MiB.
    #[must_use]
    pub fn checkpoints(&self) -> &[Chain] {
        &self.checkpoints
    }

    /// Ends the hash with the entry's digest and the checkpoints *between* its pieces: where the
    /// length is a whole number of pieces, the value after the last one is left out, since the
    /// digest stands for it.
    #[must_use]
    pub fn finish(mut self) -> (Digest, Vec<Chain>) {
        let digest = self.chain.finish(&self.tail, self.total);
        self.checkpoints.truncate(checkpoints_of(self.total));
        (digest, self.checkpoints)
    }
}

/// Gives the number of MiB pieces of an entry; an empty entry has one, empty piece.
#[must_use]
pub const fn pieces_of(size: u64) -> u64 {
    if size == 0 { 1 } else { size.div_ceil(MIB) }
}

/// Gives the number of checkpoints that the table holds for an entry: one between two pieces.
#[must_use]
#[expect(
    clippy::cast_possible_truncation,
    reason = "entries are limited to 8 TiB, so at most 2^23 pieces"
)]
pub(super) const fn checkpoints_of(size: u64) -> usize {
    (pieces_of(size) - 1) as usize
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn content(length: usize) -> Vec<u8> {
        (0..length).map(|at| u8::try_from(at * 7 % 251).unwrap()).collect()
    }

    #[test]
    fn agrees_with_plain_sha256_at_every_kind_of_length() {
        let mib = usize::try_from(MIB).unwrap();
        for length in [0, 1, 55, 56, 63, 64, 65, 119, 120, mib - 1, mib, mib + 1, 3 * mib] {
            let bytes = content(length);
            let mut hasher = CheckpointHasher::default();
            hasher.update(&bytes);
            let (digest, checkpoints) = hasher.finish();
            assert_eq!(digest, Digest::of(&bytes), "{length}");
            assert_eq!(checkpoints.len(), checkpoints_of(length as u64), "{length}");
        }
    }

    #[test]
    fn every_mib_is_proven_alone_and_a_flipped_bit_is_not() {
        let mut bytes = content(2 * usize::try_from(MIB).unwrap() + 77);
        let mut hasher = CheckpointHasher::default();
        hasher.update(&bytes);
        let (digest, checkpoints) = hasher.finish();
        let total = bytes.len() as u64;
        let pieces: Vec<&[u8]> = bytes.chunks(usize::try_from(MIB).unwrap()).collect();
        assert_eq!(advance(Chain::START, pieces[0]), checkpoints[0]);
        assert_eq!(advance(checkpoints[0], pieces[1]), checkpoints[1]);
        assert_eq!(conclude(checkpoints[1], pieces[2], total), digest);
        bytes[usize::try_from(MIB).unwrap() + 5] ^= 1;
        let flipped = bytes.chunks(usize::try_from(MIB).unwrap()).nth(1).unwrap();
        assert_ne!(advance(checkpoints[0], flipped), checkpoints[1]);
    }

    proptest! {
        #[test]
        fn the_cuts_between_updates_do_not_matter(cuts in proptest::collection::vec(0_usize..300, 0..20)) {
            let bytes = content(cuts.iter().sum());
            let mut hasher = CheckpointHasher::default();
            let mut rest = &bytes[..];
            for cut in cuts {
                let (now, later) = rest.split_at(cut);
                hasher.update(now);
                rest = later;
            }
            prop_assert_eq!(hasher.finish().0, Digest::of(&bytes));
        }

        #[test]
        fn a_chain_survives_its_bytes(bytes in any::<[u8; 32]>()) {
            prop_assert_eq!(Chain::from_bytes(&bytes).to_bytes(), bytes);
        }
    }
}
