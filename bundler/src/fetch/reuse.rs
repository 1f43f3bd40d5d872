//! Taking payloads from an older bundle instead of the network.

use std::collections::HashMap;

use sre_format::Digest;
use sre_format::bundle::{RawWriter, VerifiedBundle, pieces_of};

use super::partial_file::PartialFile;
use super::{BlobCache, FetchError};

/// An older, verified bundle and where it has what.
#[derive(Clone)]
pub struct Reuse {
    bundle: VerifiedBundle,
    by_digest: HashMap<Digest, usize>,
}

impl Reuse {
    /// Looks through the table of an older bundle.
    #[must_use]
    pub fn new(bundle: VerifiedBundle) -> Self {
        let entries = bundle.table().entries.iter().enumerate().skip(2);
        let by_digest = entries.map(|(index, entry)| (entry.digest, index)).collect();
        Self { bundle, by_digest }
    }

    /// Says whether the older bundle holds this content.
    #[must_use]
    pub fn has(&self, digest: &Digest) -> bool {
        self.by_digest.contains_key(digest)
    }

    /// Copies content into the cache, piece by piece and checked; gives false where the older
    /// bundle does not hold it, or holds it damaged.
    pub(super) fn keep(&self, digest: &Digest, cache: &BlobCache) -> Result<bool, FetchError> {
        let Some(old) = self.by_digest.get(digest) else { return Ok(false) };
        let entry = &self.bundle.table().entries[*old];
        let (mut writer, mut piece) = (cache.writer()?, Vec::new());
        for number in 0..pieces_of(entry.size) {
            if self.bundle.read_chunk(entry, number, &mut piece).is_err() {
                return Ok(false);
            }
            writer.write(&piece)?;
        }
        Ok(writer.keep()? == *digest)
    }

    /// Copies one raw entry, piece by piece and checked, from where the writer stands.
    ///
    /// Gives false where the older bundle does not hold it, or holds it damaged: then the
    /// network is asked for the rest.
    pub(super) fn copy(
        &self,
        index: usize,
        writer: &mut RawWriter,
        partial: &PartialFile,
        progress: &(dyn Fn(u64) + Send + Sync),
    ) -> Result<bool, FetchError> {
        let Some(old) = self.by_digest.get(&writer.entry().digest) else { return Ok(false) };
        let entry = &self.bundle.table().entries[*old];
        let mut piece = Vec::new();
        for number in writer.flushed() >> 20..pieces_of(entry.size) {
            if writer.is_done() {
                break;
            }
            if self.bundle.read_chunk(entry, number, &mut piece).is_err() {
                return Ok(false);
            }
            let write = |source| FetchError::Write {
                entry: entry.path.to_string(),
                source_name: "the bundle that is reused".into(),
                source,
            };
            writer.fill(&piece).map_err(write)?;
            let flushed = writer.flush(&partial.file).map_err(write)?;
            partial.journal.record(index, &flushed)?;
            progress(piece.len() as u64);
        }
        Ok(writer.is_done())
    }
}
