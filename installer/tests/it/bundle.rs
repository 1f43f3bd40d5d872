//! Bundles of images that are made on the spot, by our own writer.

use std::collections::BTreeMap;
use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::sync::Arc;

use sre_format::Digest;
use sre_format::bundle::{
    Encoding, EntryKind, INDEX_PATH, Identity, LateWriter, Layout, PlannedEntry, Proof, RawWriter,
    ReadAt, UntrustedBundle, VerifiedBundle, finish,
};
use sre_testkit::image::Artifact;

/// A bundle in the making: what it carries by full name.
#[derive(Default)]
pub(crate) struct Builder {
    blobs: BTreeMap<Digest, (Vec<u8>, Option<String>)>,
    descriptors: Vec<serde_json::Value>,
}

impl Builder {
    /// Adds an artifact under its full name.
    pub(crate) fn with(mut self, name: &str, artifact: &Artifact) -> Self {
        for (digest, content) in &artifact.blobs {
            self.blobs.insert(*digest, (content.read_all().unwrap().to_vec(), None));
        }
        for manifest in &artifact.manifests {
            let media_type = Some(manifest.media_type.clone());
            self.blobs.insert(Digest::of(&manifest.bytes), (manifest.bytes.to_vec(), media_type));
        }
        let mut descriptor = artifact.descriptor();
        descriptor["annotations"] = serde_json::json!({"org.opencontainers.image.ref.name": name});
        self.descriptors.push(descriptor);
        self
    }

    /// Leaves a blob out, as a bundle that does not hold together would.
    pub(crate) fn without(mut self, digest: Digest) -> Self {
        self.blobs.remove(&digest);
        self
    }

    /// Writes the bundle and opens it, unsigned.
    pub(crate) fn build(self) -> VerifiedBundle {
        open(self.write())
    }

    /// Writes the bundle into a file without a name.
    pub(crate) fn write(self) -> File {
        let file = tempfile::tempfile().unwrap();
        let contents = self.contents();
        let planned = contents.iter().map(|(path, (bytes, media_type))| PlannedEntry {
            path: path.parse().unwrap(),
            kind: if path == INDEX_PATH { EntryKind::Layout } else { EntryKind::Blob },
            size: bytes.len() as u64,
            digest: Digest::of(bytes),
            media_type: media_type.clone().map(Into::into),
            encoding: if media_type.is_some() { Encoding::Zstd } else { Encoding::Raw },
        });
        let mut layout = Layout::new(identity(), planned.collect()).unwrap();
        let mut proofs = vec![Proof::default(); layout.table().entries.len()];
        for (index, entry) in layout.raw_entries() {
            let mut writer = RawWriter::new(entry, identity().modified());
            let mut rest = contents[entry.path.as_str()].0.as_slice();
            while !writer.is_done() {
                let taken = writer.fill(rest).unwrap();
                rest = &rest[taken..];
                writer.flush(&file).unwrap();
            }
            proofs[index] = writer.finish().unwrap();
        }
        let late: Vec<_> =
            layout.late_entries().map(|(index, entry)| (index, entry.clone())).collect();
        let mut writer =
            LateWriter::new(&file, layout.late_start(), identity().modified()).unwrap();
        for (index, entry) in late {
            writer.begin(&entry);
            writer.take(&contents[entry.path.as_str()].0).unwrap();
            let (offset, stored, proof) = writer.end().unwrap();
            layout.place_late(index, offset, stored);
            proofs[index] = proof;
        }
        writer.finish().unwrap();
        finish(layout, &proofs, &file).unwrap();
        file
    }

    fn contents(self) -> BTreeMap<String, (Vec<u8>, Option<String>)> {
        let index = serde_json::json!({
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.index.v1+json",
            "manifests": self.descriptors,
        });
        let mut contents: BTreeMap<_, _> = self
            .blobs
            .into_iter()
            .map(|(digest, blob)| (format!("oci/blobs/sha256/{}", digest.hex()), blob))
            .collect();
        contents.insert(INDEX_PATH.to_owned(), (index.to_string().into_bytes(), None));
        contents
    }
}

pub(crate) fn open(file: File) -> VerifiedBundle {
    let source: Arc<dyn ReadAt> = Arc::new(file);
    UntrustedBundle::open(source).unwrap().blindly_believe_unsigned().unwrap()
}

/// Flips one bit in the middle of a blob.
pub(crate) fn damage(file: &File, blob: Digest) {
    let clone = file.try_clone().unwrap();
    let bundle = open(clone);
    let entry = bundle.blob(&blob).unwrap();
    let place = entry.place.offset + 600 + entry.size / 2;
    let mut byte = [0];
    ReadAt::read_exact_at(file, &mut byte, place).unwrap();
    file.write_all_at(&[byte[0] ^ 1], place).unwrap();
}

fn identity() -> Identity {
    Identity {
        name: "sre".into(),
        version: "1.0.0".into(),
        channel: "stable".into(),
        serial: 1,
        platforms: vec!["linux/amd64".into()],
        lock: Digest::of(b"lock"),
        created: "2026-01-02T03:04:05Z".parse().unwrap(),
    }
}
