//! Reading one MiB of an entry and proving it.

use std::ops::Range;

use zstd::zstd_safe;

use super::checkpoint::{advance, conclude, pieces_of};
use super::errors::ReadError;
use super::layout::raw_stored;
use super::limits::{MAX_FRAME_CONTENT, MAX_STORED_FRAME, MIB};
use super::proofs::Proofs;
use super::raw_frame::{
    self, BLOCK_CONTENT, BLOCK_HEADER, BlockPosition, FRAME_CHECKSUM, FRAME_HEADER,
};
use super::read_at::ReadAt;
use super::table::{Encoding, Entry};
use super::tar_header;
use crate::Digest;

/// One entry together with what proves it and where it is read from.
#[derive(Clone, Copy)]
pub(super) struct Pieces<'a> {
    pub(super) source: &'a dyn ReadAt,
    pub(super) proofs: &'a Proofs,
    pub(super) entry: &'a Entry,
    pub(super) index: usize,
}

/// Where the stored bytes of a raw piece lie, framing included.
struct RawSpan {
    /// Bytes from the start of the file.
    offset: u64,
    /// Bytes of content, without padding.
    content: u64,
    /// Bytes of padding after the content.
    padding: u64,
    /// Number and content size of the frame, where the piece begins one.
    opens: Option<u64>,
    /// Number of the frame, where the piece ends one.
    closes: Option<u64>,
}

impl RawSpan {
    fn new(entry: &Entry, piece: u64) -> Self {
        let start = piece * MIB;
        let padded = entry.size + tar_header::padding(entry.size);
        let content = (entry.size - start).min(MIB);
        let is_last = piece + 1 == pieces_of(entry.size);
        let padding = if is_last { padded - entry.size } else { 0 };
        let opens = start.is_multiple_of(MAX_FRAME_CONTENT);
        let ends_frame = is_last || (start + MIB).is_multiple_of(MAX_FRAME_CONTENT);
        let lead = BLOCK_HEADER + if opens { FRAME_HEADER } else { 0 };
        Self {
            offset: entry.content_offset() + raw_frame::position_in_chain(start) - lead,
            content,
            padding,
            opens: opens.then(|| (padded - start).min(MAX_FRAME_CONTENT)),
            closes: ends_frame.then_some(start / MAX_FRAME_CONTENT),
        }
    }

    fn stored(&self) -> u64 {
        let padded = self.content + self.padding;
        padded
            + padded.div_ceil(BLOCK_CONTENT) * BLOCK_HEADER
            + if self.opens.is_some() { FRAME_HEADER } else { 0 }
            + if self.closes.is_some() { FRAME_CHECKSUM } else { 0 }
    }

    /// Checks every byte that is not content and gives the ranges of the content in `stored`.
    fn content_ranges(
        &self,
        stored: &[u8],
        checksum: Option<[u8; 4]>,
    ) -> Option<Vec<Range<usize>>> {
        let mut at = 0;
        if let Some(content) = self.opens {
            at = usize::try_from(FRAME_HEADER).ok()?;
            (stored.get(..at)? == raw_frame::header(content)).then_some(())?;
        }
        let mut left = self.content + self.padding;
        let mut content_left = usize::try_from(self.content).ok()?;
        let mut ranges = Vec::with_capacity(8);
        while left > 0 {
            let block = left.min(BLOCK_CONTENT);
            left -= block;
            let position = if left == 0 && self.closes.is_some() {
                BlockPosition::Last
            } else {
                BlockPosition::Inner
            };
            (stored.get(at..at + 3)? == raw_frame::block_header(block, position)).then_some(())?;
            let start = at + 3;
            at = start + usize::try_from(block).ok()?;
            let end = start + content_left.min(at - start);
            content_left -= end - start;
            stored.get(end..at)?.iter().all(|byte| *byte == 0).then_some(())?;
            ranges.push(start..end);
        }
        (stored.get(at..)? == checksum.as_ref().map_or(&[][..], |checksum| &checksum[..]))
            .then_some(ranges)
    }
}

impl Pieces<'_> {
    /// Reads one piece into `buffer`, which then holds exactly its content, and proves it.
    pub(super) fn read(&self, piece: u64, buffer: &mut Vec<u8>) -> Result<(), ReadError> {
        if piece >= pieces_of(self.entry.size) {
            return Err(ReadError::OutOfRange { path: self.entry.path.clone(), piece });
        }
        if self.entry.size == 0 {
            buffer.clear();
            return self.prove_empty();
        }
        match self.entry.place.encoding {
            Encoding::Raw => self.read_raw(piece, buffer),
            Encoding::Zstd => self.read_compressed(piece, buffer),
        }
    }

    fn prove_empty(&self) -> Result<(), ReadError> {
        if self.entry.digest == Digest::of(b"") { Ok(()) } else { Err(self.damaged(0)) }
    }

    /// Checks one piece without moving its content together, which only a reader of it needs.
    pub(super) fn check(&self, piece: u64, buffer: &mut Vec<u8>) -> Result<u64, ReadError> {
        if self.entry.place.encoding == Encoding::Zstd || self.entry.size == 0 {
            self.read(piece, buffer)?;
            return Ok(buffer.len() as u64);
        }
        let ranges = self.fill_raw(piece, buffer)?;
        Ok(ranges.iter().map(|range| range.len() as u64).sum())
    }

    fn read_raw(&self, piece: u64, buffer: &mut Vec<u8>) -> Result<(), ReadError> {
        let ranges = self.fill_raw(piece, buffer)?;
        let mut length = 0;
        for range in ranges {
            let next = length + range.len();
            buffer.copy_within(range, length);
            length = next;
        }
        buffer.truncate(length);
        Ok(())
    }

    /// Reads the stored bytes of a piece, proves them, and gives the ranges of the content.
    fn fill_raw(&self, piece: u64, buffer: &mut Vec<u8>) -> Result<Vec<Range<usize>>, ReadError> {
        let span = RawSpan::new(self.entry, piece);
        self.fill(buffer, span.stored(), span.offset)?;
        let checksum = match span.closes {
            Some(frame) => {
                let checksum = self.proofs.frame_checksum(self.index, self.entry, frame);
                Some(checksum.ok_or_else(|| self.damaged(piece))?)
            }
            None => None,
        };
        let ranges = span.content_ranges(buffer, checksum).ok_or_else(|| self.damaged(piece))?;
        // Every block but the last of an entry is a whole number of hash blocks long.
        self.prove(piece, ranges.iter().map(|range| &buffer[range.clone()]))?;
        Ok(ranges)
    }

    fn read_compressed(&self, piece: u64, buffer: &mut Vec<u8>) -> Result<(), ReadError> {
        let damaged = || self.damaged(piece);
        let record = self.proofs.stored_frame(self.index, self.entry, piece);
        let (offset, length, digest) = record.ok_or_else(damaged)?;
        if u64::from(length) > MAX_STORED_FRAME
            || offset + u64::from(length) > self.entry.place.stored
        {
            return Err(damaged());
        }
        self.fill(buffer, u64::from(length), self.entry.content_offset() + offset)?;
        if Digest::of(buffer) != digest {
            return Err(damaged());
        }
        let content =
            usize::try_from((self.entry.size - piece * MIB).min(MIB)).map_err(|_| damaged())?;
        let is_last = piece + 1 == pieces_of(self.entry.size);
        let padding = if is_last { tar_header::padding(self.entry.size) } else { 0 };
        let padded = content + usize::try_from(padding).map_err(|_| damaged())?;
        if !is_one_frame(buffer, padded) {
            return Err(damaged());
        }
        let decoded = zstd::bulk::decompress(buffer, padded).map_err(|_| damaged())?;
        if decoded.len() != padded || decoded[content..].iter().any(|byte| *byte != 0) {
            return Err(damaged());
        }
        buffer.clear();
        buffer.extend_from_slice(&decoded[..content]);
        self.prove(piece, std::iter::once(&buffer[..]))
    }

    fn fill(&self, buffer: &mut Vec<u8>, length: u64, offset: u64) -> Result<(), ReadError> {
        buffer.resize(usize::try_from(length).map_err(|_| self.damaged(0))?, 0);
        self.source.read_exact_at(buffer, offset).map_err(|source| ReadError::Io {
            path: self.entry.path.clone(),
            offset,
            length,
            source,
        })
    }

    /// Hashes the content of a piece, given in parts of which all but the last are a multiple of
    /// 64 bytes long, from the checkpoint before it to what must come after it.
    fn prove<'b>(
        &self,
        piece: u64,
        parts: impl Iterator<Item = &'b [u8]>,
    ) -> Result<(), ReadError> {
        let mut chain = self.proofs.before(self.index, piece).ok_or_else(|| self.damaged(piece))?;
        let mut last: &[u8] = &[];
        for part in parts {
            chain = advance(chain, last);
            last = part;
        }
        let proven = if piece + 1 == pieces_of(self.entry.size) {
            conclude(chain, last, self.entry.size) == self.entry.digest
        } else {
            self.proofs.chain(self.index, piece) == Some(advance(chain, last))
        };
        if proven { Ok(()) } else { Err(self.damaged(piece)) }
    }

    /// Names the damaged bytes in the file, so that a medium can be examined there.
    fn damaged(&self, piece: u64) -> ReadError {
        let (offset, length) = match self.entry.place.encoding {
            Encoding::Raw if self.entry.size > 0 => {
                let span = RawSpan::new(self.entry, piece);
                (span.offset, span.stored())
            }
            _ => (self.entry.content_offset(), self.entry.place.stored.max(1)),
        };
        ReadError::Damaged { path: self.entry.path.clone(), offset, length }
    }
}

/// Says whether stored bytes are one zstd frame that names its content, with nothing beside it:
/// libzstd skips what is no content, and decompresses as many frames as there are.
fn is_one_frame(stored: &[u8], content: usize) -> bool {
    zstd_safe::find_frame_compressed_size(stored) == Ok(stored.len())
        && zstd_safe::get_frame_content_size(stored)
            .is_ok_and(|named| named == Some(content as u64))
}

/// Reads a raw file of the head, before any proof exists for it: framing and checksum are
/// checked, the content is not believed.
pub(super) fn read_head_file(
    source: &dyn ReadAt,
    offset: u64,
    size: u64,
) -> std::io::Result<Option<Vec<u8>>> {
    let padded = size + tar_header::padding(size);
    let mut content = Vec::with_capacity(usize::try_from(padded).unwrap_or(usize::MAX));
    if size == 0 {
        return Ok(Some(content));
    }
    let mut hasher = xxhash_rust::xxh64::Xxh64::new(0);
    let mut stored = Vec::new();
    let mut position = offset;
    let mut framing_holds = raw_stored(size) == raw_frame::stored_size(padded);
    let mut done = 0;
    while done < padded && framing_holds {
        let span = HeadSpan {
            content: (padded - done).min(MIB),
            first: done == 0,
            last: done + MIB >= padded,
        };
        stored.resize(span.stored(), 0);
        source.read_exact_at(&mut stored, position)?;
        framing_holds = span.take(&stored, padded, &mut hasher, &mut content);
        position += stored.len() as u64;
        done += span.content;
    }
    let zeros = content.get(usize::try_from(size).unwrap_or(usize::MAX)..);
    let padding_holds = zeros.is_some_and(|zeros| zeros.iter().all(|byte| *byte == 0));
    content.truncate(usize::try_from(size).unwrap_or(usize::MAX));
    Ok((framing_holds && padding_holds).then_some(content))
}

/// A MiB of a head file with its framing.
struct HeadSpan {
    content: u64,
    first: bool,
    last: bool,
}

impl HeadSpan {
    #[expect(clippy::cast_possible_truncation, reason = "a MiB and its framing")]
    fn stored(&self) -> usize {
        let framing = self.content.div_ceil(BLOCK_CONTENT) * BLOCK_HEADER
            + if self.first { FRAME_HEADER } else { 0 }
            + if self.last { FRAME_CHECKSUM } else { 0 };
        (self.content + framing) as usize
    }

    fn take(
        &self,
        stored: &[u8],
        padded: u64,
        hasher: &mut xxhash_rust::xxh64::Xxh64,
        content: &mut Vec<u8>,
    ) -> bool {
        let span = RawSpan {
            offset: 0,
            content: self.content,
            padding: 0,
            opens: self.first.then_some(padded),
            closes: self.last.then_some(0),
        };
        // The checksum covers this piece too, so the content goes into the hasher before the
        // stored checksum is compared; ranges are taken from the framing that is expected.
        let end = stored.len() - if self.last { 4 } else { 0 };
        let blocks = &stored[if self.first { 14 } else { 0 }..end];
        let start = content.len();
        for block in blocks.chunks(131_075) {
            content.extend_from_slice(block.get(3..).unwrap_or_default());
        }
        hasher.update(&content[start..]);
        let checksum = self.last.then(|| raw_frame::checksum(hasher));
        span.content_ranges(stored, checksum).is_some()
    }
}
