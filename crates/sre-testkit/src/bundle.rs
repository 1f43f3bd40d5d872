//! Small bundles, made by the real writer and signed by keys of known numbers.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::Path;

use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use p256::pkcs8::{EncodePrivateKey as _, LineEnding};
use serde_json::{Value, json};
use sre_format::Digest;
use sre_format::bundle::{
    Encoding, EntryKind, INDEX_PATH, Identity, LAYOUT_PATH, LateWriter, Layout, PlannedEntry,
    Proof, RawWriter, finish,
};
use sre_format::signature::{PublicKey, SignatureFile, SigningRequest, Statement};

use crate::image::Artifact;

/// A bundle to be written; the same steps give the same bytes.
#[derive(Clone, Debug)]
pub struct Bundle {
    identity: Identity,
    entries: BTreeMap<String, Stored>,
    index: Vec<Value>,
    signers: Vec<TestKey>,
}

#[derive(Clone, Debug)]
struct Stored {
    kind: EntryKind,
    encoding: Encoding,
    media_type: Option<Box<str>>,
    bytes: Vec<u8>,
}

/// A key pair from a small number, never to be used for anything real.
#[derive(Clone, Debug)]
pub struct TestKey(SigningKey);

impl TestKey {
    /// Makes the key of a number above zero.
    pub fn new(number: u8) -> Self {
        Self(SigningKey::from_slice(&[number; 32]).expect("32 small bytes are a private key"))
    }

    /// Gives the public half.
    pub fn public(&self) -> PublicKey {
        PublicKey::from_verifying_key(*self.0.verifying_key()).expect("the curve is P-256")
    }

    /// Writes `NAME.key` and `NAME.pub` into a folder.
    pub fn write(&self, folder: &Path, name: &str) {
        let pem = self.0.to_pkcs8_pem(LineEnding::LF).expect("a key has a PEM form");
        fs::write(folder.join(format!("{name}.key")), pem.as_bytes()).expect("key is written");
        fs::write(folder.join(format!("{name}.pub")), self.public().to_pem()).expect("so is this");
    }

    /// Makes the signature files of a contents table.
    pub fn sign(&self, identity: &Identity, table: &[u8]) -> Vec<SignatureFile> {
        self.answer(&SigningRequest::new(table, Statement::of_table(&identity.facts(), table)))
    }

    /// Makes the signature files that are asked for.
    pub fn answer(&self, request: &SigningRequest<'_>) -> Vec<SignatureFile> {
        let sign = |message: &[u8]| -> Vec<u8> {
            let signature: Signature = self.0.sign(message);
            signature.normalize_s().to_der().as_bytes().to_vec()
        };
        let (plain, statement) = (sign(request.plain()), sign(&request.statement()));
        request.files(&self.public(), plain, &statement).expect("both were just made")
    }
}

impl Bundle {
    /// Begins a bundle `sre` 1.0.0 of channel `stable`, serial 1, that nobody signs.
    pub fn new() -> Self {
        let identity = Identity {
            name: "sre".parse().expect("it is a word"),
            version: "1.0.0".parse().expect("it is a word"),
            channel: "stable".parse().expect("it is a word"),
            serial: 1,
            platforms: vec!["linux/amd64".parse().expect("it is a platform")],
            lock: Digest::of(b"lock"),
            created: "2026-01-02T03:04:05Z".parse().expect("it is a time"),
        };
        Self { identity, entries: BTreeMap::new(), index: Vec::new(), signers: Vec::new() }
    }

    /// Sets the serial.
    pub fn serial(mut self, serial: u64) -> Self {
        self.identity.serial = serial;
        self
    }

    /// Sets name, version and channel.
    pub fn called(mut self, name: &str, version: &str, channel: &str) -> Self {
        let word = |text: &str| text.parse().expect("it is a word");
        self.identity.name = word(name);
        self.identity.version = word(version);
        self.identity.channel = word(channel);
        self
    }

    /// Adds `files/NAME`.
    pub fn file(mut self, name: &str, bytes: &[u8]) -> Self {
        self.store(format!("files/{name}"), EntryKind::File, Encoding::Raw, None, bytes.to_vec());
        self
    }

    /// Adds an entry of a kind at its own path.
    pub fn entry(mut self, path: &str, kind: EntryKind, bytes: &[u8]) -> Self {
        self.store(path.to_owned(), kind, Encoding::Raw, None, bytes.to_vec());
        self
    }

    /// Adds an image, chart or other artifact under its full reference.
    pub fn carry(mut self, reference: &str, artifact: &Artifact) -> Self {
        for (digest, content) in &artifact.blobs {
            let bytes = content.read_all().expect("the content is there").to_vec();
            self.store(blob(digest), EntryKind::Blob, Encoding::Raw, None, bytes);
        }
        for manifest in &artifact.manifests {
            let media_type = Some(manifest.media_type.clone().into());
            let bytes = manifest.bytes.to_vec();
            let path = blob(&Digest::of(&bytes));
            self.store(path, EntryKind::Blob, Encoding::Zstd, media_type, bytes);
        }
        let mut row = artifact.descriptor();
        row["annotations"] = json!({ "org.opencontainers.image.ref.name": reference });
        self.index.push(row);
        self
    }

    /// Leaves a blob out, which makes an index sparse or an image broken.
    pub fn without(mut self, digest: &Digest) -> Self {
        self.entries.remove(&blob(digest));
        self
    }

    /// Has a key sign the bundle.
    pub fn signed_by(mut self, key: &TestKey) -> Self {
        self.signers.push(key.clone());
        self
    }

    /// Writes the bundle and gives the digest of its content.
    pub fn write(mut self, path: &Path) -> Digest {
        self.store_layout();
        let planned = self.entries.iter().map(|(path, stored)| PlannedEntry {
            path: path.parse().expect("test paths are legal"),
            kind: stored.kind,
            size: stored.bytes.len() as u64,
            digest: Digest::of(&stored.bytes),
            media_type: stored.media_type.clone(),
            encoding: stored.encoding,
        });
        let layout = Layout::new(self.identity.clone(), planned.collect()).expect("it fits");
        let file = File::options().read(true).write(true).create(true).truncate(true).open(path);
        let file = file.expect("the bundle can be written");
        let (layout, proofs) = self.write_entries(layout, &file);
        let content = layout.table().content_digest();
        let (table, slot) = finish(layout, &proofs, &file).expect("the head is written");
        let files = self.signers.iter().flat_map(|key| key.sign(&self.identity, &table));
        let mut files: Vec<_> = files.collect();
        files.sort_by(|one, other| one.name.cmp(&other.name));
        slot.write(&file, &files).expect("the signatures fit");
        content
    }

    fn write_entries(&self, mut layout: Layout, file: &File) -> (Layout, Vec<Proof>) {
        let modified = self.identity.modified();
        let mut proofs = vec![Proof::default(); layout.table().entries.len()];
        for (index, entry) in layout.raw_entries() {
            let mut writer = RawWriter::new(entry, modified);
            let mut rest = self.entries[entry.path.as_str()].bytes.as_slice();
            while !writer.is_done() {
                let taken = writer.fill(rest).expect("the content is as planned");
                rest = &rest[taken..];
                writer.flush(file).expect("the disk has room");
            }
            proofs[index] = writer.finish().expect("the content is as planned");
        }
        let late: Vec<_> = layout.late_entries().map(|(i, entry)| (i, entry.clone())).collect();
        let mut writer =
            LateWriter::new(file, layout.late_start(), modified).expect("compression starts");
        for (index, entry) in late {
            writer.begin(&entry);
            writer.take(&self.entries[entry.path.as_str()].bytes).expect("the disk has room");
            let (offset, stored, proof) = writer.end().expect("the content is as planned");
            layout.place_late(index, offset, stored);
            proofs[index] = proof;
        }
        writer.finish().expect("the disk has room");
        (layout, proofs)
    }

    fn store_layout(&mut self) {
        let index = json!({
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.index.v1+json",
            "manifests": self.index,
        });
        let marker = json!({ "imageLayoutVersion": "1.0.0" });
        for (path, document) in [(INDEX_PATH, index), (LAYOUT_PATH, marker)] {
            let bytes = document.to_string().into_bytes();
            self.store(path.to_owned(), EntryKind::Layout, Encoding::Zstd, None, bytes);
        }
    }

    fn store(
        &mut self,
        path: String,
        kind: EntryKind,
        encoding: Encoding,
        media_type: Option<Box<str>>,
        bytes: Vec<u8>,
    ) {
        self.entries.insert(path, Stored { kind, encoding, media_type, bytes });
    }
}

impl Default for Bundle {
    fn default() -> Self {
        Self::new()
    }
}

fn blob(digest: &Digest) -> String {
    format!("oci/blobs/sha256/{}", digest.hex())
}
