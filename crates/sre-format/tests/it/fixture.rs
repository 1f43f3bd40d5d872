//! Small bundles, made by our own writer.

use std::fs::File;
use std::num::NonZeroUsize;
use std::sync::Arc;

use sre_format::Digest;
use sre_format::bundle::{
    Encoding, EntryKind, Identity, LateWriter, Layout, PlannedEntry, Proof, RawWriter, Report,
    UntrustedBundle, VerifiedBundle, finish,
};

/// An entry with its content.
#[derive(Clone)]
pub(crate) struct Content {
    pub(crate) path: String,
    pub(crate) kind: EntryKind,
    pub(crate) encoding: Encoding,
    pub(crate) bytes: Vec<u8>,
}

pub(crate) fn file(path: &str, encoding: Encoding, bytes: Vec<u8>) -> Content {
    Content { path: path.into(), kind: EntryKind::File, encoding, bytes }
}

pub(crate) fn noise(length: usize) -> Vec<u8> {
    let mut state = 88_172_645_463_325_252_u64;
    std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[0]
    })
    .take(length)
    .collect()
}

pub(crate) fn identity() -> Identity {
    Identity {
        name: "sre".parse().unwrap(),
        version: "1.0.0".parse().unwrap(),
        channel: "stable".parse().unwrap(),
        serial: 1,
        platforms: vec!["linux/amd64".parse().unwrap()],
        lock: Digest::of(b"lock"),
        created: "2026-01-02T03:04:05Z".parse().unwrap(),
    }
}

pub(crate) fn layout(contents: &[Content]) -> Layout {
    let planned = contents.iter().map(|content| PlannedEntry {
        path: content.path.parse().unwrap(),
        kind: content.kind,
        size: content.bytes.len() as u64,
        digest: Digest::of(&content.bytes),
        media_type: None,
        encoding: content.encoding,
    });
    Layout::new(identity(), planned.collect()).unwrap()
}

pub(crate) fn modified() -> u64 {
    identity().modified()
}

pub(crate) fn bytes_of<'a>(contents: &'a [Content], path: &str) -> &'a [u8] {
    &contents.iter().find(|content| content.path == path).unwrap().bytes
}

/// Writes a bundle without signatures into a file and gives its bytes.
pub(crate) fn write(contents: &[Content], file: &File) -> Vec<u8> {
    let mut layout = layout(contents);
    let mut proofs = vec![Proof::default(); layout.table().entries.len()];
    for (index, entry) in layout.raw_entries() {
        let mut writer = RawWriter::new(entry, modified());
        let mut rest = bytes_of(contents, entry.path.as_str());
        while !writer.is_done() {
            let taken = writer.fill(rest).unwrap();
            rest = &rest[taken..];
            writer.flush(file).unwrap();
        }
        proofs[index] = writer.finish().unwrap();
    }
    let late: Vec<_> = layout.late_entries().map(|(index, entry)| (index, entry.clone())).collect();
    let mut writer = LateWriter::new(file, layout.late_start(), modified()).unwrap();
    for (index, entry) in late {
        writer.begin(&entry);
        writer.take(bytes_of(contents, entry.path.as_str())).unwrap();
        let (offset, stored, proof) = writer.end().unwrap();
        layout.place_late(index, offset, stored);
        proofs[index] = proof;
    }
    writer.finish().unwrap();
    finish(layout, &proofs, file).unwrap();
    read(file)
}

pub(crate) fn read(file: &File) -> Vec<u8> {
    use std::os::unix::fs::FileExt;
    let mut bytes = vec![0; usize::try_from(file.metadata().unwrap().len()).unwrap()];
    file.read_exact_at(&mut bytes, 0).unwrap();
    bytes
}

pub(crate) fn bundle(contents: &[Content]) -> Vec<u8> {
    write(contents, &tempfile::tempfile().unwrap())
}

pub(crate) fn open(bytes: Vec<u8>) -> VerifiedBundle {
    UntrustedBundle::open(Arc::new(bytes)).unwrap().blindly_believe_unsigned().unwrap()
}

pub(crate) fn full_pass(bundle: &VerifiedBundle) -> Report {
    bundle.verify_everything(NonZeroUsize::new(2).unwrap(), &|_| {})
}

/// Raw and compressed, empty, tiny, at the edges of blocks and of a MiB.
pub(crate) fn every_shape() -> Vec<Content> {
    let mib = 1 << 20;
    let mut contents = Vec::new();
    for (number, length) in
        [0, 1, 511, 512, 513, 131_072, mib - 1, mib, mib + 1, 3 * mib + 77].into_iter().enumerate()
    {
        contents.push(file(&format!("files/raw-{number}"), Encoding::Raw, noise(length)));
        contents.push(file(
            &format!("evidence/text-{number}"),
            Encoding::Zstd,
            b"all work ".repeat(length / 9 + 1)[..length].to_vec(),
        ));
    }
    for entry in &mut contents {
        if entry.path.starts_with("evidence") {
            entry.kind = EntryKind::Evidence;
        }
    }
    contents
}
