//! Raw-block frames, and a hash that leaves its state after every MiB.

use sha2::block_api::compress256;
use xxhash_rust::xxh64::Xxh64;

pub(crate) const BLOCK: usize = 128 * 1024;
pub(crate) const BLOCKS: usize = 8;
/// A whole MiB as it stands in a frame: eight blocks, each after three bytes.
pub(crate) const PIECE: usize = BLOCKS * (3 + BLOCK);
const FRAME: u64 = 1 << 30;
const HEAD: u64 = 14;

/// Gives how many bytes a payload takes as frames.
pub(crate) fn stored_size(size: u64) -> u64 {
    let frames = size.div_ceil(FRAME).max(1);
    let blocks = size.div_ceil(BLOCK as u64).max(frames);
    frames * (HEAD + 4) + blocks * 3 + size
}

/// Gives where the MiB at a payload offset begins within the stored form, without the frame's head.
pub(crate) fn place(offset: u64) -> u64 {
    let whole = FRAME / BLOCK as u64 * (BLOCK as u64 + 3) + HEAD + 4;
    let inside = offset % FRAME;
    offset / FRAME * whole + HEAD + inside / BLOCK as u64 * (BLOCK as u64 + 3)
}

/// Tells whether a frame begins at a payload offset.
pub(crate) fn begins(offset: u64) -> bool {
    offset.is_multiple_of(FRAME)
}

/// Gives the head of the frame that begins at a payload offset.
pub(crate) fn head(offset: u64, size: u64) -> [u8; 14] {
    let mut head = [0x28, 0xb5, 0x2f, 0xfd, 0xc4, 0x38, 0, 0, 0, 0, 0, 0, 0, 0];
    head[6..].copy_from_slice(&(size - offset).min(FRAME).to_le_bytes());
    head
}

/// Gives the three bytes before a block.
pub(crate) fn block_head(length: usize, last: bool) -> [u8; 3] {
    let value = (length << 3) | usize::from(last);
    let bytes = value.to_le_bytes();
    [bytes[0], bytes[1], bytes[2]]
}

/// SHA-256 with its state after every MiB, and the frame's checksum.
pub(crate) struct Hash {
    state: [u32; 8],
    length: u64,
    pub(crate) checkpoints: Vec<[u32; 8]>,
    checksum: Xxh64,
}

impl Hash {
    pub(crate) fn new() -> Self {
        let state = [
            0x6a09_e667,
            0xbb67_ae85,
            0x3c6e_f372,
            0xa54f_f53a,
            0x510e_527f,
            0x9b05_688c,
            0x1f83_d9ab,
            0x5be0_cd19,
        ];
        Self { state, length: 0, checkpoints: Vec::new(), checksum: Xxh64::new(0) }
    }

    /// Takes a block; only the last one may have an odd length.
    pub(crate) fn update(&mut self, block: &[u8]) {
        if begins(self.length) {
            self.checksum = Xxh64::new(0);
        }
        self.checksum.update(block);
        self.length += block.len() as u64;
        let (whole, rest) = block.as_chunks::<64>();
        compress256(&mut self.state, whole);
        if block.len() < BLOCK {
            self.pad(rest);
        }
        if self.length.is_multiple_of(1 << 20) {
            self.checkpoints.push(self.state);
        }
    }

    fn pad(&mut self, rest: &[u8]) {
        let mut padding = [0_u8; 128];
        padding[..rest.len()].copy_from_slice(rest);
        padding[rest.len()] = 0x80;
        let end = if rest.len() < 56 { 64 } else { 128 };
        padding[end - 8..end].copy_from_slice(&(self.length * 8).to_be_bytes());
        let (blocks, _) = padding[..end].as_chunks::<64>();
        compress256(&mut self.state, blocks);
    }

    pub(crate) fn checksum(&self) -> [u8; 4] {
        let bytes = self.checksum.digest().to_le_bytes();
        [bytes[0], bytes[1], bytes[2], bytes[3]]
    }

    /// Gives the digest as registries write it.
    pub(crate) fn digest(mut self) -> String {
        if self.length.is_multiple_of(BLOCK as u64) {
            self.pad(&[]);
        }
        self.state.iter().fold("sha256:".to_owned(), |text, word| format!("{text}{word:08x}"))
    }
}
