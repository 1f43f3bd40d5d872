//! The seek table that closes the file, so that strangers' tools can seek too.
//!
//! It is the skippable frame of the zstd seekable format 0.1.0
//! (`zstd:contrib/seekable_format/zstd_seekable_compression_format.md`), without checksums. We
//! regenerate it when we verify and never use it to find anything.

const SKIPPABLE_MAGIC: u32 = 0x184D_2A5E;
const SEEKABLE_MAGIC: u32 = 0x8F92_EAB1;
/// Bytes around the rows: magic and length before, the footer of nine bytes after.
const AROUND: u64 = 8 + 9;
/// Bytes of one row: compressed and decompressed size, four each.
const ROW: u64 = 8;

/// The magic number of the skippable frame that fills the signature region.
pub(super) const FILLER_MAGIC: u32 = 0x184D_2A50;

/// The stored and content sizes of one frame; neither exceeds 32 bits, since content is at most 1 GiB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FrameSizes {
    /// Bytes that the frame takes in the file.
    pub stored: u32,
    /// Bytes that it decompresses to; 0 for a skippable frame.
    pub content: u32,
}

/// Gives the bytes that the table takes for a number of frames.
#[must_use]
pub(super) const fn stored_size(frames: u64) -> u64 {
    AROUND + frames * ROW
}

/// Builds the bytes of the table.
#[must_use]
pub(super) fn bytes(frames: &[FrameSizes]) -> Vec<u8> {
    let count = u32::try_from(frames.len()).unwrap_or(u32::MAX);
    let mut table = Vec::with_capacity(frames.len() * 8 + 17);
    table.extend_from_slice(&SKIPPABLE_MAGIC.to_le_bytes());
    table.extend_from_slice(&(count * 8 + 9).to_le_bytes());
    for frame in frames {
        table.extend_from_slice(&frame.stored.to_le_bytes());
        table.extend_from_slice(&frame.content.to_le_bytes());
    }
    table.extend_from_slice(&count.to_le_bytes());
    table.push(0);
    table.extend_from_slice(&SEEKABLE_MAGIC.to_le_bytes());
    table
}

/// Builds a skippable frame of zeros that takes `stored` bytes in the file, at least eight.
#[must_use]
pub(super) fn filler(stored: u32) -> Vec<u8> {
    let mut frame = vec![0; stored as usize];
    frame[..4].copy_from_slice(&FILLER_MAGIC.to_le_bytes());
    frame[4..8].copy_from_slice(&(stored - 8).to_le_bytes());
    frame
}
