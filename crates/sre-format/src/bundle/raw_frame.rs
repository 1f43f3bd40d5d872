//! Raw-block zstd frames: content stored as it is, so that every place in it is arithmetic.
//!
//! A frame (RFC 8878, section 3.1.1) is: magic, a header of 10 bytes (descriptor 0xC4: eight
//! bytes of content size, no single segment, content checksum; window 128 KiB), raw blocks of
//! 128 KiB with 3 bytes before each, and the low 32 bits of XXH64 of the content. The last block
//! is marked; a frame without content has one empty block.

use xxhash_rust::xxh64::Xxh64;

use super::limits::MAX_FRAME_CONTENT;

/// Bytes before the first block: magic, descriptor, window, content size.
pub(super) const FRAME_HEADER: u64 = 14;
/// Bytes before the content of each block.
pub(super) const BLOCK_HEADER: u64 = 3;
/// Content bytes of every block but the last.
pub(super) const BLOCK_CONTENT: u64 = 128 * 1024;
/// The same as a length in memory.
const BLOCK_LENGTH: usize = 128 * 1024;
/// Bytes after the last block: the content checksum.
pub(super) const FRAME_CHECKSUM: u64 = 4;

/// `Frame_Header_Descriptor`: 8-byte content size (0b11), checksum flag.
const DESCRIPTOR: u8 = 0xC4;
/// `Window_Descriptor`: exponent 7, mantissa 0, which is 128 KiB.
const WINDOW: u8 = 0x38;
const MAGIC: [u8; 4] = 0xFD2F_B528_u32.to_le_bytes();

/// Gives the bytes that a frame of `content` bytes takes in the file; `content` is at most 1 GiB.
#[must_use]
pub(super) const fn stored_size(content: u64) -> u64 {
    let blocks = if content == 0 { 1 } else { content.div_ceil(BLOCK_CONTENT) };
    FRAME_HEADER + content + blocks * BLOCK_HEADER + FRAME_CHECKSUM
}

/// Gives the bytes that `content` bytes take when they are cut into frames of at most 1 GiB;
/// nothing takes no frame at all.
#[must_use]
pub(super) const fn stored_size_of_chain(content: u64) -> u64 {
    let whole = content / MAX_FRAME_CONTENT;
    let rest = content % MAX_FRAME_CONTENT;
    whole * stored_size(MAX_FRAME_CONTENT) + if rest > 0 { stored_size(rest) } else { 0 }
}

/// Gives the number of frames that `content` bytes are cut into.
#[must_use]
pub(super) const fn frames_of_chain(content: u64) -> u64 {
    content.div_ceil(MAX_FRAME_CONTENT)
}

/// Gives the distance from the start of a chain of frames to the content byte at `at`.
///
/// The byte at a block boundary is the first of the later block.
#[must_use]
pub(super) const fn position_in_chain(at: u64) -> u64 {
    let frame = at / MAX_FRAME_CONTENT;
    let within = at % MAX_FRAME_CONTENT;
    frame * stored_size(MAX_FRAME_CONTENT)
        + FRAME_HEADER
        + (within / BLOCK_CONTENT + 1) * BLOCK_HEADER
        + within
}

/// Gives the 14 bytes that begin a frame of `content` bytes.
#[must_use]
pub(super) fn header(content: u64) -> [u8; 14] {
    let mut bytes = [0; 14];
    bytes[..4].copy_from_slice(&MAGIC);
    bytes[4] = DESCRIPTOR;
    bytes[5] = WINDOW;
    bytes[6..].copy_from_slice(&content.to_le_bytes());
    bytes
}

/// Says whether a block is the last of its frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BlockPosition {
    /// Another block follows.
    Inner,
    /// The checksum follows.
    Last,
}

/// Gives the 3 bytes before a block of `length` bytes; `length` is at most 128 KiB.
#[must_use]
pub(super) fn block_header(length: u64, position: BlockPosition) -> [u8; 3] {
    let last = u64::from(position == BlockPosition::Last);
    let bytes = (length << 3 | last).to_le_bytes();
    [bytes[0], bytes[1], bytes[2]]
}

/// Gives the four bytes that end a frame.
#[must_use]
#[expect(clippy::cast_possible_truncation, reason = "the format stores the low 32 bits of XXH64")]
pub(super) fn checksum(hasher: &Xxh64) -> [u8; 4] {
    (hasher.digest() as u32).to_le_bytes()
}

/// Builds a whole frame in memory, for headers, tables and other small content.
#[must_use]
pub(super) fn whole(content: &[u8]) -> Vec<u8> {
    let mut frame = Vec::with_capacity(content.len() + content.len() / 40_000 + 32);
    frame.extend_from_slice(&header(content.len() as u64));
    let mut blocks = content.chunks(BLOCK_LENGTH).peekable();
    if blocks.peek().is_none() {
        frame.extend_from_slice(&block_header(0, BlockPosition::Last));
    }
    while let Some(block) = blocks.next() {
        let position =
            if blocks.peek().is_some() { BlockPosition::Inner } else { BlockPosition::Last };
        frame.extend_from_slice(&block_header(block.len() as u64, position));
        frame.extend_from_slice(block);
    }
    let mut hasher = Xxh64::new(0);
    hasher.update(content);
    frame.extend_from_slice(&checksum(&hasher));
    frame
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libzstd_reads_what_we_store_and_sizes_are_as_computed() {
        for length in [0_usize, 1, 511, 512, 131_071, 131_072, 131_073, 1_048_576, 3_000_000] {
            let content: Vec<u8> = (0..length).map(|at| u8::try_from(at % 253).unwrap()).collect();
            let frame = whole(&content);
            assert_eq!(frame.len() as u64, stored_size(length as u64), "{length}");
            assert_eq!(zstd::decode_all(&frame[..]).unwrap(), content, "{length}");
        }
    }

    #[test]
    fn libzstd_sees_a_flipped_content_bit() {
        let mut frame = whole(&[7; 1000]);
        frame[500] ^= 1;
        assert!(zstd::decode_all(&frame[..]).is_err());
    }

    #[test]
    fn every_content_byte_is_where_arithmetic_says() {
        let content: Vec<u8> = (0..400_000_u32).map(|at| u8::try_from(at % 251).unwrap()).collect();
        let frame = whole(&content);
        for at in [0_usize, 1, 131_071, 131_072, 262_143, 262_144, 399_999] {
            let position = usize::try_from(position_in_chain(at as u64)).unwrap();
            assert_eq!(frame[position], content[at], "{at}");
        }
    }

    #[test]
    fn chains_longer_than_a_gibibyte_are_cut_into_frames() {
        let gibibyte = MAX_FRAME_CONTENT;
        assert_eq!(frames_of_chain(0), 0);
        assert_eq!(frames_of_chain(gibibyte), 1);
        assert_eq!(frames_of_chain(gibibyte + 1), 2);
        assert_eq!(stored_size_of_chain(gibibyte + 1), stored_size(gibibyte) + stored_size(1));
        assert_eq!(
            position_in_chain(gibibyte),
            stored_size(gibibyte) + FRAME_HEADER + BLOCK_HEADER
        );
    }
}
