//! Packing: late entries behind the raw ones, then tables and checksums in front.

use std::fs::File;
use std::io::Read;
use std::path::PathBuf;

use sre_format::bundle::{Entry, LateWriter, Proof, SignatureSlot, finish};
use sre_format::signature::SignatureFile;
use sre_steps::PhaseReporter;

use crate::fetch::{BlobCache, FetchError, Fetched, Filling, PartialFile, Source};

/// Bytes that are read from a cached file at a time.
const READ_SIZE: usize = 128 * 1024;

/// A bundle that is complete but for its signatures.
#[derive(Debug)]
pub struct FilledBundle {
    partial: PartialFile,
    table_bytes: Vec<u8>,
    slot: SignatureSlot,
}

impl FilledBundle {
    /// Gives the raw bytes of `sre.json`, which are to be signed.
    #[must_use]
    pub fn table_bytes(&self) -> &[u8] {
        &self.table_bytes
    }

    /// Gives the size of the file in bytes.
    #[must_use]
    pub fn file_size(&self) -> u64 {
        self.slot.file_size()
    }

    /// Puts signature files into the bundle.
    pub fn sign(&self, files: &[SignatureFile]) -> Result<(), FetchError> {
        self.slot.write(self.partial.file(), files).map_err(FetchError::Finish)
    }

    /// Syncs the bundle and gives it its name.
    pub fn publish(self) -> Result<PathBuf, FetchError> {
        self.partial.publish()
    }
}

/// Packs what was fetched.
pub fn pack(
    filling: Filling,
    fetched: Fetched,
    cache: &BlobCache,
    reporter: &PhaseReporter,
) -> Result<FilledBundle, FetchError> {
    let Filling { mut layout, sources } = filling;
    let Fetched { partial, mut proofs, .. } = fetched;
    let modified = layout.table().identity.modified();
    let late: Vec<(usize, Entry)> =
        layout.late_entries().map(|(index, entry)| (index, entry.clone())).collect();
    reporter.expect(late.len() as u64);
    let mut writer = LateWriter::new(partial.file(), layout.late_start(), modified)
        .map_err(FetchError::file("compress into", partial.target()))?;
    for (index, entry) in late {
        let source = sources[index].as_ref();
        let (offset, stored, proof) = late_entry(&mut writer, &entry, source, cache)?;
        layout.place_late(index, offset, stored);
        proofs[index] = proof;
        reporter.advance(1);
    }
    writer.finish().map_err(FetchError::Finish)?;
    let finished = finish(layout, &proofs, partial.file());
    let (table_bytes, slot) = finished.map_err(FetchError::Finish)?;
    partial.cut(slot.file_size())?;
    Ok(FilledBundle { partial, table_bytes, slot })
}

fn late_entry(
    writer: &mut LateWriter<'_>,
    entry: &Entry,
    source: Option<&Source>,
    cache: &BlobCache,
) -> Result<(u64, u64, Proof), FetchError> {
    writer.begin(entry);
    match source {
        Some(Source::Made(bytes)) => writer.take(bytes).map_err(failed(entry))?,
        Some(Source::Path(path)) => {
            let file = File::open(path).map_err(FetchError::file("open", path))?;
            stream(writer, entry, file)?;
        }
        _ => {
            let missing =
                || FetchError::NotFetched { entry: entry.path.to_string(), digest: entry.digest };
            stream(writer, entry, cache.reader(&entry.digest).ok_or_else(missing)?)?;
        }
    }
    writer.end().map_err(|error| {
        // A cached file that was torn must not stand in the way of the next run.
        cache.forget(&entry.digest).ok();
        failed(entry)(error)
    })
}

fn stream(writer: &mut LateWriter<'_>, entry: &Entry, mut file: File) -> Result<(), FetchError> {
    let mut buffer = vec![0; READ_SIZE];
    loop {
        let read = file.read(&mut buffer).map_err(FetchError::file("read", entry.path.as_str()))?;
        if read == 0 {
            return Ok(());
        }
        writer.take(&buffer[..read]).map_err(failed(entry))?;
    }
}

fn failed(entry: &Entry) -> impl FnOnce(sre_format::bundle::WriteError) -> FetchError {
    let entry = entry.path.to_string();
    move |source| FetchError::Write { entry, source_name: "the cache".into(), source }
}
