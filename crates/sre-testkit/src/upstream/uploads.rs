//! Blobs on their way in.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::PathBuf;

use bytes::Bytes;
use sha2::{Digest as _, Sha256};
use sre_format::Digest;

use super::settings::Storage;
use crate::Content;

/// One unfinished upload.
pub(super) struct Upload {
    pub(super) repository: String,
    pub(super) received: u64,
    hash: Sha256,
    sink: Sink,
}

enum Sink {
    Memory(Vec<u8>),
    File(File, PathBuf),
    Nothing,
}

impl Upload {
    pub(super) fn begin(repository: &str, id: &str, storage: &Storage) -> io::Result<Self> {
        let sink = match storage {
            Storage::Memory => Sink::Memory(Vec::new()),
            Storage::Folder(folder) => {
                let path = folder.join(format!("upload-{id}"));
                Sink::File(File::create(&path)?, path)
            }
            Storage::Swallow => Sink::Nothing,
        };
        Ok(Self { repository: repository.to_owned(), received: 0, hash: Sha256::new(), sink })
    }

    pub(super) fn append(&mut self, piece: &Bytes) -> io::Result<()> {
        match &mut self.sink {
            Sink::Memory(bytes) => bytes.extend_from_slice(piece),
            Sink::File(file, _) => file.write_all(piece)?,
            Sink::Nothing => {}
        }
        self.hash.update(piece);
        self.received += piece.len() as u64;
        Ok(())
    }

    /// Closes the upload; nothing comes back when the digest is another one.
    pub(super) fn finish(&mut self, digest: Digest) -> io::Result<Option<Content>> {
        let size = self.received;
        if Digest::from_bytes(self.hash.clone().finalize().into()) != digest {
            return Ok(None);
        }
        Ok(Some(match &mut self.sink {
            Sink::Memory(bytes) => Content::from(std::mem::take(bytes)),
            Sink::File(_, path) => {
                let last = path.with_file_name(digest.hex());
                std::fs::rename(path, &last)?;
                Content::File { path: last, size }
            }
            Sink::Nothing => Content::Swallowed { size },
        }))
    }
}
