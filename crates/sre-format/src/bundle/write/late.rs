//! Writing late entries one behind the other, compressed in frames of one MiB.

use super::super::checkpoint::CheckpointHasher;
use super::super::layout::HEADER_FRAME;
use super::super::limits::MIB;
use super::super::proofs::Proof;
use super::super::table::Entry;
use super::super::{raw_frame, tar_header};
use super::{WriteAt, WriteError};
use crate::Digest;

/// zstd's level for late entries: beyond it, two cores wait for little.
const LEVEL: i32 = 3;

/// Writes late entries in their order.
pub struct LateWriter<'a> {
    file: &'a dyn WriteAt,
    modified: u64,
    compressor: zstd::bulk::Compressor<'static>,
    /// Bytes that are not in the file yet, and where they belong.
    waiting: Vec<u8>,
    flushed_to: u64,
    current: Option<Current>,
}

struct Current {
    entry: Entry,
    offset: u64,
    content: Vec<u8>,
    hasher: CheckpointHasher,
    stored: u64,
    frames: Vec<(u32, Digest)>,
}

impl<'a> LateWriter<'a> {
    /// Begins at `offset`; `modified` is the time of the lock in seconds.
    pub fn new(file: &'a dyn WriteAt, offset: u64, modified: u64) -> std::io::Result<Self> {
        let mut compressor = zstd::bulk::Compressor::new(LEVEL)?;
        compressor.include_checksum(true)?;
        compressor.include_contentsize(true)?;
        Ok(Self {
            file,
            modified,
            compressor,
            waiting: Vec::new(),
            flushed_to: offset,
            current: None,
        })
    }

    /// Begins an entry.
    pub fn begin(&mut self, entry: &Entry) {
        let offset = self.flushed_to + self.waiting.len() as u64;
        let header = tar_header::header(&entry.path, entry.size, self.modified);
        self.waiting.extend_from_slice(&raw_frame::whole(&header));
        self.current = Some(Current {
            entry: entry.clone(),
            offset,
            content: Vec::new(),
            hasher: CheckpointHasher::default(),
            stored: 0,
            frames: Vec::new(),
        });
    }

    /// Takes the next bytes of the entry.
    pub fn take(&mut self, mut bytes: &[u8]) -> Result<(), WriteError> {
        while !bytes.is_empty() {
            let Some(current) = &mut self.current else { return Ok(()) };
            if current.content.len() as u64 == MIB {
                self.compress_piece()?;
                continue;
            }
            let room = usize::try_from(MIB).unwrap_or(usize::MAX) - current.content.len();
            let (now, later) = bytes.split_at(bytes.len().min(room));
            current.content.extend_from_slice(now);
            current.hasher.update(now);
            bytes = later;
        }
        Ok(())
    }

    /// Compresses the piece in memory, with padding already behind it where it is the last.
    fn compress_piece(&mut self) -> Result<(), WriteError> {
        let Some(current) = &mut self.current else { return Ok(()) };
        let frame = self
            .compressor
            .compress(&current.content)
            .map_err(|source| WriteError::Compress { path: current.entry.path.clone(), source })?;
        current.frames.push((u32::try_from(frame.len()).unwrap_or(u32::MAX), Digest::of(&frame)));
        current.stored += frame.len() as u64;
        current.content.clear();
        self.waiting.extend_from_slice(&frame);
        if self.waiting.len() as u64 >= MIB { self.flush() } else { Ok(()) }
    }

    /// Ends the entry and gives its offset, its stored size and its proof.
    pub fn end(&mut self) -> Result<(u64, u64, Proof), WriteError> {
        if let Some(current) = self.current.as_mut().filter(|current| !current.content.is_empty()) {
            let padding = tar_header::padding(current.hasher.total());
            let padded = current.content.len() + usize::try_from(padding).unwrap_or(0);
            current.content.resize(padded, 0);
            self.compress_piece()?;
        }
        let Some(current) = self.current.take() else { return Ok((0, 0, Proof::default())) };
        let found_size = current.hasher.total();
        let (found, chains) = current.hasher.finish();
        let Entry { path, digest, size, .. } = current.entry;
        if found_size != size {
            return Err(WriteError::WrongSize { path, expected: size, found: found_size });
        }
        if found != digest {
            return Err(WriteError::WrongContent { path, expected: digest, found });
        }
        let proof = Proof { chains, frame_checksums: Vec::new(), stored_frames: current.frames };
        Ok((current.offset, current.stored, proof))
    }

    fn flush(&mut self) -> Result<(), WriteError> {
        self.file.write_all_at(&self.waiting, self.flushed_to).map_err(|source| {
            WriteError::Io { path: "the late entries".into(), offset: self.flushed_to, source }
        })?;
        self.flushed_to += self.waiting.len() as u64;
        self.waiting.clear();
        Ok(())
    }

    /// Brings the last bytes to the file and gives the offset after them.
    pub fn finish(mut self) -> Result<u64, WriteError> {
        self.flush()?;
        Ok(self.flushed_to)
    }
}

/// The frame of a tar header must have the size that the layout counts with.
const _: () = assert!(HEADER_FRAME == 533);
