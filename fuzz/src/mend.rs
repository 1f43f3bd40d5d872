//! Makes every checksum and digest of an altered bundle fit, so that what lies behind them is tried.
//!
//! The bytes are a bundle without the zeros of its filler. They are walked frame by frame as far as they
//! are frames of this format: zeros are put back, the sums of tar headers and the digests in `sre.json`
//! are computed anew, and so is the content checksum of each frame. What is no such frame stays as it is.

use sre_format::Digest;
use xxhash_rust::xxh64::xxh64;

/// Begins a frame of ours: magic, descriptor, window (`docs/format.md`, "Raw-block frames").
const FRAME: [u8; 6] = [0x28, 0xb5, 0x2f, 0xfd, 0xc4, 0x38];
/// Begins the skippable frame that fills the signature region.
const FILLER: [u8; 4] = 0x184d_2a50_u32.to_le_bytes();
/// More zeros than any filler has are not put back.
const LONGEST_FILLER: usize = 1 << 16;
/// Before each digest in `sre.json`; the rows of the table are the only ones that have it.
const ROW_DIGEST: &[u8] = b"\"digest\":\"sha256:";

/// A stretch of the file.
enum Part {
    /// A frame of raw blocks: header, content, and where the content stands in blocks.
    Raw { header: [u8; 14], blocks: Vec<usize>, content: Vec<u8> },
    /// Anything else.
    Other(Vec<u8>),
}

/// Gives the bundle with everything mended.
#[must_use]
pub fn mended(bytes: &[u8]) -> Vec<u8> {
    let mut parts = split(bytes);
    mend_headers(&mut parts);
    mend_digests(&mut parts);
    parts.iter().flat_map(render).collect()
}

fn split(mut rest: &[u8]) -> Vec<Part> {
    let mut parts = Vec::new();
    while !rest.is_empty() {
        if let Some((part, after)) = raw_frame(rest) {
            parts.push(part);
            rest = after;
        } else if let Some((part, after)) = filler(rest) {
            parts.push(part);
            rest = after;
        } else {
            // Whatever it is, the next frame may be whole again.
            let next = rest.windows(6).skip(1).position(|window| window == FRAME);
            let (other, after) = rest.split_at(next.map_or(rest.len(), |at| at + 1));
            parts.push(Part::Other(other.to_vec()));
            rest = after;
        }
    }
    parts
}

fn raw_frame(bytes: &[u8]) -> Option<(Part, &[u8])> {
    let (header, mut rest) = bytes.split_first_chunk::<14>()?;
    header.starts_with(&FRAME).then_some(())?;
    let (mut blocks, mut content) = (Vec::new(), Vec::new());
    loop {
        let (block, after) = rest.split_first_chunk::<3>()?;
        let block = u32::from_le_bytes([block[0], block[1], block[2], 0]);
        // Bits 1 and 2 are the type of the block, 0 for a raw one.
        (block & 6 == 0).then_some(())?;
        let length = usize::try_from(block >> 3).ok()?;
        let (part, after) = after.split_at_checked(length)?;
        blocks.push(length);
        content.extend_from_slice(part);
        rest = after;
        if block & 1 == 1 {
            let (_checksum, after) = rest.split_first_chunk::<4>()?;
            return Some((Part::Raw { header: *header, blocks, content }, after));
        }
    }
}

fn filler(bytes: &[u8]) -> Option<(Part, &[u8])> {
    let (header, after) = bytes.split_first_chunk::<8>()?;
    let length = u32::from_le_bytes(*header.strip_prefix(&FILLER)?.first_chunk()?) as usize;
    (length <= LONGEST_FILLER).then_some(())?;
    let mut frame = header.to_vec();
    frame.resize(8 + length, 0);
    Some((Part::Other(frame), after))
}

/// Says whether a content is the header of a tar member, and gives the size that it names.
fn member(content: &[u8]) -> Option<u64> {
    (content.len() == 512 && content[257..262] == *b"ustar").then_some(())?;
    let size = std::str::from_utf8(&content[124..135]).ok()?;
    u64::from_str_radix(size, 8).ok()
}

fn mend_headers(parts: &mut [Part]) {
    for part in parts {
        if let Part::Raw { content, .. } = part
            && member(content).is_some()
        {
            content[148..156].fill(b' ');
            let sum: u32 = content.iter().map(|byte| u32::from(*byte)).sum();
            content[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
        }
    }
}

/// Puts the digests of the files behind `sre.json` into its rows, in their order.
fn mend_digests(parts: &mut [Part]) {
    let digests = digests(parts);
    let table = parts.iter_mut().filter_map(|part| match part {
        Part::Raw { content, .. } if content.len() != 512 => Some(content),
        _ => None,
    });
    let Some(table) = table.into_iter().next() else { return };
    let mut at = 0;
    for digest in digests {
        let found = table[at..].windows(ROW_DIGEST.len()).position(|window| window == ROW_DIGEST);
        let Some(found) = found else { return };
        at += found + ROW_DIGEST.len();
        if let Some(place) = table.get_mut(at..at + 64) {
            place.copy_from_slice(digest.hex().as_bytes());
        }
    }
}

/// Gives the digest of each member that is stored raw in one frame, without `sre.json` and signatures.
fn digests(parts: &[Part]) -> Vec<Digest> {
    let mut digests = Vec::new();
    for pair in parts.windows(2) {
        let [Part::Raw { content: header, .. }, Part::Raw { content, .. }] = pair else { continue };
        let Some(size) = member(header).and_then(|size| usize::try_from(size).ok()) else {
            continue;
        };
        if header.starts_with(b"sre.json\0") || header.starts_with(b"signatures/") {
            continue;
        }
        digests.push(Digest::of(content.get(..size).unwrap_or(content)));
    }
    digests
}

#[expect(clippy::cast_possible_truncation, reason = "the format stores the low 32 bits of XXH64")]
fn render(part: &Part) -> Vec<u8> {
    let Part::Raw { header, blocks, content } = part else {
        let Part::Other(bytes) = part else { return Vec::new() };
        return bytes.clone();
    };
    let mut frame = header.to_vec();
    let mut rest = &content[..];
    for (number, length) in blocks.iter().enumerate() {
        let last = u32::from(number + 1 == blocks.len());
        let (block, after) = rest.split_at(*length);
        frame.extend_from_slice(&((*length as u32) << 3 | last).to_le_bytes()[..3]);
        frame.extend_from_slice(block);
        rest = after;
    }
    frame.extend_from_slice(&(xxh64(content, 0) as u32).to_le_bytes());
    frame
}
