//! Packing: late entries behind the raw ones, then tables and checksums in front.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use sre_format::bundle::{Entry, LateWriter, Proof, SignatureSlot, WriteError, finish};
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

    /// Gives the path at which the file stands until it is published.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.partial.path()
    }

    /// Gives the size of the file in bytes.
    #[must_use]
    pub fn file_size(&self) -> u64 {
        self.slot.file_size()
    }

    /// Puts signature files into the bundle.
    pub fn sign(&self, files: &[SignatureFile]) -> Result<(), FetchError> {
        let written = self.slot.write(self.partial.file(), files).map_err(FetchError::Finish);
        written.map_err(|error| error.in_file(self.partial.path()))
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
    let Fetched { partial, proofs, .. } = fetched;
    let written = write(filling, proofs, &partial, cache, reporter);
    let (table_bytes, slot) = written.map_err(|error| error.in_file(partial.path()))?;
    partial.cut(slot.file_size())?;
    Ok(FilledBundle { partial, table_bytes, slot })
}

/// Writes everything but the raw entries, which are in their places.
fn write(
    filling: Filling,
    mut proofs: Vec<Proof>,
    partial: &PartialFile,
    cache: &BlobCache,
    reporter: &PhaseReporter,
) -> Result<(Vec<u8>, SignatureSlot), FetchError> {
    let Filling { mut layout, sources } = filling;
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
    finish(layout, &proofs, partial.file()).map_err(FetchError::Finish)
}

fn late_entry(
    writer: &mut LateWriter<'_>,
    entry: &Entry,
    source: Option<&Source>,
    cache: &BlobCache,
) -> Result<(u64, u64, Proof), FetchError> {
    writer.begin(entry);
    let written = match source {
        Some(Source::Made(bytes)) => writer.take(bytes).map_err(Trouble::Write),
        Some(Source::Path(path)) => {
            stream(writer, File::open(path).map_err(FetchError::local(path))?)
        }
        _ => match cache.reader(&entry.digest) {
            Some(file) => stream(writer, file),
            None => Err(Trouble::Read(io::ErrorKind::NotFound.into())),
        },
    };
    let ended = written.and_then(|()| writer.end().map_err(Trouble::Write));
    ended.map_err(|trouble| explain(trouble, entry, source, cache))
}

/// What stopped an entry on its way from the file that it is packed from.
enum Trouble {
    Read(io::Error),
    Write(WriteError),
}

fn stream(writer: &mut LateWriter<'_>, mut file: File) -> Result<(), Trouble> {
    let mut buffer = vec![0; READ_SIZE];
    loop {
        match file.read(&mut buffer).map_err(Trouble::Read)? {
            0 => return Ok(()),
            read => writer.take(&buffer[..read]).map_err(Trouble::Write)?,
        }
    }
}

fn explain(
    trouble: Trouble,
    entry: &Entry,
    source: Option<&Source>,
    cache: &BlobCache,
) -> FetchError {
    match (trouble, source) {
        (Trouble::Write(error), Some(source @ (Source::Made(_) | Source::Path(_)))) => {
            FetchError::write(entry, source)(error)
        }
        (Trouble::Read(error), Some(Source::Path(path))) => FetchError::local(path)(error),
        (Trouble::Write(error @ (WriteError::Io { .. } | WriteError::Compress { .. })), _) => {
            FetchError::Finish(error)
        }
        _ => {
            // What somebody damaged in the cache must not stand in the way of the next run.
            cache.forget(&entry.digest).ok();
            FetchError::not_fetched(entry)
        }
    }
}
