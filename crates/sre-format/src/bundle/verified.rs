//! A bundle that may be read, and how it is read.

use std::sync::{Arc, OnceLock};

use super::checkpoint::pieces_of;
use super::errors::ReadError;
use super::layout::Head;
use super::limits::MAX_WHOLE_READ;
use super::piece::Pieces;
use super::proofs::Proofs;
use super::read_at::ReadAt;
use super::table::{BLOBS_FOLDER, Entry, Table};
use crate::Digest;
use crate::signature::SignatureFile;

/// A bundle whose tables are signed by trusted keys; every read of it is checked against them.
///
/// Only `UntrustedBundle::verify` makes one:
/// ```compile_fail,E0451
/// use sre_format::bundle::VerifiedBundle;
/// fn forge(genuine: VerifiedBundle) -> VerifiedBundle {
///     VerifiedBundle { ..genuine }
/// }
/// ```
#[derive(Clone)]
pub struct VerifiedBundle {
    pub(super) inner: Arc<Inner>,
}

pub(super) struct Inner {
    pub(super) source: Arc<dyn ReadAt>,
    pub(super) table: Table,
    pub(super) table_bytes: Vec<u8>,
    pub(super) head: Head,
    pub(super) proofs: Proofs,
    pub(super) signatures: Vec<SignatureFile>,
    pub(super) file_size: u64,
    pub(super) late_start: usize,
    pub(super) content_digest: OnceLock<Digest>,
}

impl VerifiedBundle {
    /// Gives the contents table.
    #[must_use]
    pub fn table(&self) -> &Table {
        &self.inner.table
    }

    /// Gives the digest by which people compare bundles; see [`Table::content_digest`].
    #[must_use]
    pub fn content_digest(&self) -> Digest {
        *self.inner.content_digest.get_or_init(|| self.inner.table.content_digest())
    }

    /// Gives the raw bytes of `sre.json`.
    #[must_use]
    pub fn table_bytes(&self) -> &[u8] {
        &self.inner.table_bytes
    }

    /// Gives the files of the signature region.
    #[must_use]
    pub fn signatures(&self) -> &[SignatureFile] {
        &self.inner.signatures
    }

    /// Gives the size of the file in bytes.
    #[must_use]
    pub fn file_size(&self) -> u64 {
        self.inner.file_size
    }

    /// Finds an entry by its path.
    #[must_use]
    pub fn entry(&self, path: &str) -> Option<&Entry> {
        self.index_of(path).map(|index| &self.inner.table.entries[index])
    }

    /// Finds a blob of the OCI image layout by its digest.
    #[must_use]
    pub fn blob(&self, digest: &Digest) -> Option<&Entry> {
        self.entry(&format!("{BLOBS_FOLDER}{}", digest.hex()))
    }

    /// Reads a small entry as a whole, checked; at most 64 MiB.
    pub fn read_whole(&self, entry: &Entry) -> Result<Vec<u8>, ReadError> {
        if entry.size > MAX_WHOLE_READ {
            return Err(ReadError::TooLarge { path: entry.path.clone(), size: entry.size });
        }
        if self.index_of(entry.path.as_str()).is_none_or(|index| index < 2) {
            return Err(ReadError::OutOfRange { path: entry.path.clone(), piece: 0 });
        }
        let mut whole = Vec::with_capacity(usize::try_from(entry.size).unwrap_or(0));
        let mut piece = Vec::new();
        for number in 0..pieces_of(entry.size) {
            self.read_chunk(entry, number, &mut piece)?;
            whole.extend_from_slice(&piece);
        }
        Ok(whole)
    }

    /// Reads the MiB of an entry that begins `number` pieces after its start; `buffer` then holds
    /// exactly its content, proven against the signed checkpoints.
    pub fn read_chunk(
        &self,
        entry: &Entry,
        number: u64,
        buffer: &mut Vec<u8>,
    ) -> Result<(), ReadError> {
        let index = self.index_of(entry.path.as_str()).filter(|index| *index >= 2);
        let missing = || ReadError::OutOfRange { path: entry.path.clone(), piece: number };
        self.pieces(index.ok_or_else(missing)?).read(number, buffer)
    }

    pub(super) fn pieces(&self, index: usize) -> Pieces<'_> {
        let inner = &*self.inner;
        Pieces {
            source: &*inner.source,
            proofs: &inner.proofs,
            entry: &inner.table.entries[index],
            index,
        }
    }

    /// Finds an entry by halving: raw and late entries are each in path order.
    pub(super) fn index_of(&self, path: &str) -> Option<usize> {
        let entries = &self.inner.table.entries;
        let find = |start: usize, end: usize| {
            entries[start..end]
                .binary_search_by(|entry| entry.path.as_str().cmp(path))
                .ok()
                .map(|found| start + found)
        };
        let late = self.inner.late_start;
        find(2, late)
            .or_else(|| find(late, entries.len()))
            .or_else(|| (0..2).find(|at| entries[*at].path.as_str() == path))
    }
}
