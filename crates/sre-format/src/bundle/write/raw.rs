//! Writing one raw entry as it streams in: framed, hashed and stored one MiB at a time.

use xxhash_rust::xxh64::Xxh64;

use super::super::checkpoint::{CHAIN_BYTES, CheckpointHasher, pieces_of};
use super::super::limits::{MAX_FRAME_CONTENT, MIB};
use super::super::proofs::Proof;
use super::super::raw_frame::{self, BLOCK_CONTENT, BlockPosition};
use super::super::read_at::ReadAt;
use super::super::table::Entry;
use super::super::tar_header;
use super::{WriteAt, WriteError};

/// A raw entry that is being written: at most one MiB of it is in memory.
pub struct RawWriter {
    entry: Entry,
    modified: u64,
    hasher: CheckpointHasher,
    frame_hasher: Xxh64,
    frame_checksums: Vec<[u8; 4]>,
    /// Stored bytes of the current piece, framing included.
    buffer: Vec<u8>,
    /// Content bytes in `buffer`.
    pending: u64,
    /// Bytes of the file that pieces before this one take, from the start of the entry.
    stored: u64,
}

/// Bytes of the largest piece with all its framing: a tar header's frame, a frame's header, eight
/// block headers, padding and checksum.
const BUFFER: usize = (1 << 20) + 2048;

/// What a flush has brought to the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flushed {
    /// Pieces of the entry that are now in the file.
    pub pieces: u64,
    /// The chaining value after the last of them, or the digest of the whole entry.
    pub chain: [u8; CHAIN_BYTES],
}

impl RawWriter {
    /// Begins an entry at its final place; `modified` is the time of the lock in seconds.
    #[must_use]
    pub fn new(entry: &Entry, modified: u64) -> Self {
        Self::with_buffer(entry, modified, Vec::new())
    }

    /// Begins an entry with a buffer that an earlier writer gave back.
    ///
    /// Many writers on many threads would each leave a buffer to the allocator, which keeps one
    /// for each thread; lent ones are as many as there are transfers.
    #[must_use]
    pub fn with_buffer(entry: &Entry, modified: u64, mut buffer: Vec<u8>) -> Self {
        let header = tar_header::header(&entry.path, entry.size, modified);
        buffer.clear();
        buffer.reserve_exact(BUFFER);
        buffer.extend_from_slice(&raw_frame::whole(&header));
        Self {
            entry: entry.clone(),
            modified,
            hasher: CheckpointHasher::default(),
            frame_hasher: Xxh64::new(0),
            frame_checksums: Vec::new(),
            buffer,
            pending: 0,
            stored: 0,
        }
    }

    /// Gives the entry that is written.
    #[must_use]
    pub fn entry(&self) -> &Entry {
        &self.entry
    }

    /// Gives the bytes of content that are safely handed over, from the start of the entry.
    #[must_use]
    pub fn flushed(&self) -> u64 {
        self.hasher.total()
    }

    /// Gives the bytes of content that were taken, flushed or not.
    #[must_use]
    pub fn taken(&self) -> u64 {
        self.hasher.total() + self.pending
    }

    /// Says whether the current piece is whole, so that `flush` must be called.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.pending == MIB || (self.taken() == self.entry.size && !self.is_done())
    }

    /// Says whether everything is in the file.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.flushed() == self.entry.size && self.buffer.is_empty()
    }

    /// Takes bytes until the current piece is whole, and gives the number that it took.
    ///
    /// Bytes beyond the size of the entry are an error: upstream delivers something else.
    pub fn fill(&mut self, bytes: &[u8]) -> Result<usize, WriteError> {
        let before = self.taken();
        if bytes.len() as u64 > self.entry.size - before {
            return Err(WriteError::WrongSize {
                path: self.entry.path.clone(),
                expected: self.entry.size,
                found: before + bytes.len() as u64,
            });
        }
        let mut rest = bytes;
        while !rest.is_empty() && self.pending < MIB {
            if self.pending.is_multiple_of(BLOCK_CONTENT) {
                self.open_block();
            }
            let room = BLOCK_CONTENT - self.pending % BLOCK_CONTENT;
            let (now, later) =
                rest.split_at(rest.len().min(usize::try_from(room).unwrap_or(rest.len())));
            self.buffer.extend_from_slice(now);
            self.pending += now.len() as u64;
            rest = later;
        }
        Ok(bytes.len() - rest.len())
    }

    fn padded_size(&self) -> u64 {
        self.entry.size + tar_header::padding(self.entry.size)
    }

    fn open_block(&mut self) {
        let at = self.taken();
        let left = self.padded_size() - at;
        let in_frame = MAX_FRAME_CONTENT - at % MAX_FRAME_CONTENT;
        if at.is_multiple_of(MAX_FRAME_CONTENT) {
            self.buffer.extend_from_slice(&raw_frame::header(left.min(MAX_FRAME_CONTENT)));
        }
        let length = left.min(BLOCK_CONTENT);
        let is_last = left <= BLOCK_CONTENT || in_frame == BLOCK_CONTENT;
        let position = if is_last { BlockPosition::Last } else { BlockPosition::Inner };
        self.buffer.extend_from_slice(&raw_frame::block_header(length, position));
    }

    /// Hashes the piece, ends its frame where one ends, and puts it into the file.
    pub fn flush(&mut self, file: &dyn WriteAt) -> Result<Flushed, WriteError> {
        let flushed = self.seal();
        let offset = self.entry.place.offset + self.stored;
        file.write_all_at(&self.buffer, offset).map_err(|source| WriteError::Io {
            path: self.entry.path.to_string(),
            offset,
            source,
        })?;
        self.advance();
        Ok(flushed)
    }

    fn advance(&mut self) {
        self.stored += self.buffer.len() as u64;
        self.buffer.clear();
        self.pending = 0;
    }

    /// Hashes the content in the buffer, then adds padding and checksum where they belong.
    fn seal(&mut self) -> Flushed {
        let mut blocks = self.content_blocks();
        // The hashers are fed slice by slice; the buffer is lent out and put back.
        let buffer = std::mem::take(&mut self.buffer);
        while let Some((start, length)) = blocks.pop() {
            let content = &buffer[start..start + length];
            self.hasher.update(content);
            self.frame_hasher.update(content);
        }
        self.buffer = buffer;
        let total = self.hasher.total();
        if self.pending > 0 && (total == self.entry.size || total.is_multiple_of(MAX_FRAME_CONTENT))
        {
            self.close_frame(total);
        }
        self.pending = 0;
        Flushed { pieces: total.div_ceil(MIB).max(1), chain: self.chain_value() }
    }

    /// Lists start and length of the content of each block in the buffer, last one first.
    fn content_blocks(&self) -> Vec<(usize, usize)> {
        let mut blocks = Vec::with_capacity(8);
        let mut left = usize::try_from(self.pending).unwrap_or(0);
        let mut end = self.buffer.len();
        let block = usize::try_from(BLOCK_CONTENT).unwrap_or(usize::MAX);
        while left > 0 {
            let length = if left.is_multiple_of(block) { block } else { left % block };
            blocks.push((end - length, length));
            end -= length + 3;
            left -= length;
        }
        blocks
    }

    fn close_frame(&mut self, total: u64) {
        if total == self.entry.size {
            let padding = usize::try_from(tar_header::padding(total)).unwrap_or(0);
            let zeros = [0_u8; 512];
            self.buffer.extend_from_slice(&zeros[..padding]);
            self.frame_hasher.update(&zeros[..padding]);
        }
        let checksum = raw_frame::checksum(&self.frame_hasher);
        self.buffer.extend_from_slice(&checksum);
        self.frame_checksums.push(checksum);
        self.frame_hasher = Xxh64::new(0);
    }

    fn chain_value(&self) -> [u8; CHAIN_BYTES] {
        if self.hasher.total() == self.entry.size {
            return *self.hasher.clone().finish().0.as_bytes();
        }
        self.hasher.checkpoints().last().map_or([0; CHAIN_BYTES], |chain| chain.to_bytes())
    }

    /// Gives the buffer back, for another writer; this one can only be finished then.
    #[must_use]
    pub fn take_buffer(&mut self) -> Vec<u8> {
        debug_assert!(self.buffer.is_empty(), "a finished writer holds nothing back");
        std::mem::take(&mut self.buffer)
    }

    /// Ends the entry: its size and digest must be the ones of the lock.
    pub fn finish(self) -> Result<Proof, WriteError> {
        if !self.is_done() {
            return Err(WriteError::WrongSize {
                path: self.entry.path.clone(),
                expected: self.entry.size,
                found: self.flushed(),
            });
        }
        let (found, chains) = self.hasher.finish();
        if found != self.entry.digest {
            return Err(WriteError::WrongContent {
                path: self.entry.path,
                expected: self.entry.digest,
                found,
            });
        }
        Ok(Proof { chains, frame_checksums: self.frame_checksums, stored_frames: Vec::new() })
    }

    /// Goes on with an entry of which a former run wrote a part.
    ///
    /// `claimed` has the chaining value after each piece that the journal names. Pieces are read
    /// back and hashed; the first that is not what the journal claims ends what is believed.
    pub fn resume(
        entry: &Entry,
        modified: u64,
        buffer: Vec<u8>,
        file: &dyn ReadAt,
        claimed: &[[u8; CHAIN_BYTES]],
    ) -> Self {
        let mut writer = Self::with_buffer(entry, modified, buffer);
        for claim in
            claimed.iter().take(usize::try_from(pieces_of(entry.size)).unwrap_or(usize::MAX))
        {
            if !writer.take_back(file, claim) {
                break;
            }
        }
        writer
    }

    /// Reads one piece back; where it does not hold, the writer stays as it was.
    fn take_back(&mut self, file: &dyn ReadAt, claim: &[u8; CHAIN_BYTES]) -> bool {
        let mut trial = Self {
            entry: self.entry.clone(),
            modified: self.modified,
            hasher: self.hasher.clone(),
            frame_hasher: self.frame_hasher.clone(),
            frame_checksums: self.frame_checksums.clone(),
            buffer: self.buffer.clone(),
            pending: 0,
            stored: self.stored,
        };
        let start = self.flushed();
        let length = usize::try_from((self.entry.size - start).min(MIB)).unwrap_or(0);
        let mut content = Vec::with_capacity(length);
        let mut block = vec![0_u8; 128 * 1024];
        while content.len() < length {
            let at = start + content.len() as u64;
            let part = (length - content.len()).min(block.len());
            let position = self.entry.content_offset() + raw_frame::position_in_chain(at);
            if file.read_exact_at(&mut block[..part], position).is_err() {
                return false;
            }
            content.extend_from_slice(&block[..part]);
        }
        let holds =
            trial.fill(&content).is_ok() && trial.seal().chain == *claim && trial.is_on_disk(file);
        if holds {
            trial.advance();
            *self = trial;
        }
        holds
    }

    /// Says whether the file holds exactly the stored bytes of the sealed piece.
    fn is_on_disk(&self, file: &dyn ReadAt) -> bool {
        let mut found = vec![0; self.buffer.len()];
        let offset = self.entry.place.offset + self.stored;
        file.read_exact_at(&mut found, offset).is_ok() && found == self.buffer
    }
}
