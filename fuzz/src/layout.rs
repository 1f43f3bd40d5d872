//! The image layout inside a bundle: what `inspect`, `serve` and `seed` make of its index and manifests.

use std::sync::Arc;
use std::time::Duration;

use sre_format::Digest;
use sre_format::bundle::{
    BLOBS_FOLDER, Encoding, EntryKind, INDEX_PATH, Identity, Layout, PlannedEntry, Proof,
    RawWriter, UntrustedBundle, VerifiedBundle, finish,
};
use sre_format::contents::{images, named, read_image_signatures};
use sre_install::seed::Catalog;
use sre_install::serve::{BundleLibrary, Source};
use sre_oci::names::Prefix;
use sre_oci::server::Library as _;
use sre_steps::Reporter;

use crate::memory::Memory;

/// The most manifests of one example.
const MOST_PARTS: usize = 10;

/// Reads the index of the signatures of images, which may name signatures alone.
#[must_use]
pub fn image_signatures(bytes: &[u8]) -> bool {
    let Ok(signatures) = read_image_signatures(bytes) else { return false };
    for signature in &signatures {
        let tag = signature.reference.tag();
        assert!(tag.is_none_or(|tag| tag.starts_with("sha256-") && tag.split('.').nth(1) == Some("sig")));
    }
    !signatures.is_empty()
}

/// Reads the image layout of a bundle that is made of the bytes.
///
/// The bytes are parts between zero bytes: first `index.json`, then blobs, each as a line with its
/// media type and the content. `$3` stands for the digest of the third blob, counted from one, in
/// hexadecimal; a part can name those behind it.
#[must_use]
pub fn layout(bytes: &[u8]) -> bool {
    let Some(bundle) = bundle(bytes) else { return false };
    named(&bundle).ok();
    images(&bundle).ok();
    let catalog = Catalog::read(&bundle, &Prefix::default());
    let never = Box::new(|| Err("it is in memory".to_owned()));
    let source = Source::new(bundle, never, Duration::ZERO, Reporter::silent());
    let Ok(library) = BundleLibrary::read(Arc::clone(&source), Prefix::default()) else {
        return false;
    };
    assert_eq!(library.images().count(), library.count());
    for entry in &source.bundle().table().entries {
        library.referrers(&entry.digest).ok();
    }
    catalog.is_ok_and(|catalog| !catalog.repositories.is_empty())
}

fn bundle(bytes: &[u8]) -> Option<VerifiedBundle> {
    let mut parts: Vec<Vec<u8>> =
        bytes.splitn(MOST_PARTS, |byte| *byte == 0).map(<[u8]>::to_vec).collect();
    let mut entries = Vec::new();
    while let Some(part) = parts.pop() {
        let (path, media_type, content) = if parts.is_empty() {
            (INDEX_PATH.to_owned(), None, part)
        } else {
            let line = part.iter().position(|byte| *byte == b'\n');
            let (media_type, content) = line.map_or((None, &part[..]), |at| {
                (std::str::from_utf8(&part[..at]).ok(), &part[at + 1..])
            });
            let path = format!("{BLOBS_FOLDER}{}", Digest::of(content).hex());
            (path, media_type.map(str::to_owned), content.to_vec())
        };
        let name = format!("${}", parts.len());
        for before in &mut parts {
            *before = replaced(before, name.as_bytes(), Digest::of(&content).hex().as_bytes());
        }
        entries.push((path, media_type, content));
    }
    // The same content twice would be the same path twice.
    entries.sort();
    entries.dedup_by(|one, other| one.0 == other.0);
    write(&entries)
}

fn replaced(text: &[u8], name: &[u8], value: &[u8]) -> Vec<u8> {
    let mut result = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.windows(name.len()).position(|window| window == name) {
        result.extend_from_slice(&rest[..at]);
        result.extend_from_slice(value);
        rest = &rest[at + name.len()..];
    }
    result.extend_from_slice(rest);
    result
}

fn write(entries: &[(String, Option<String>, Vec<u8>)]) -> Option<VerifiedBundle> {
    let planned = entries.iter().map(|(path, media_type, content)| {
        Some(PlannedEntry {
            path: path.parse().ok()?,
            kind: if path == INDEX_PATH { EntryKind::Layout } else { EntryKind::Blob },
            size: content.len() as u64,
            digest: Digest::of(content),
            media_type: media_type.as_deref().map(Into::into),
            encoding: Encoding::Raw,
        })
    });
    let layout = Layout::new(identity()?, planned.collect::<Option<_>>()?).ok()?;
    let memory = Memory::default();
    let mut proofs = vec![Proof::default(); layout.table().entries.len()];
    for (index, entry) in layout.raw_entries() {
        let content = entries.iter().find(|(path, ..)| path == entry.path.as_str())?;
        let mut writer = RawWriter::new(entry, 0);
        let mut rest = &content.2[..];
        while !writer.is_done() {
            rest = &rest[writer.fill(rest).ok()?..];
            writer.flush(&memory).ok()?;
        }
        proofs[index] = writer.finish().ok()?;
    }
    finish(layout, &proofs, &memory).ok()?;
    UntrustedBundle::open(Arc::new(memory.into_bytes())).ok()?.blindly_believe_unsigned().ok()
}

fn identity() -> Option<Identity> {
    Some(Identity {
        name: "sre".parse().ok()?,
        version: "1.0.0".parse().ok()?,
        channel: "stable".parse().ok()?,
        serial: 1,
        platforms: vec!["linux/amd64".parse().ok()?],
        lock: Digest::of(b"lock"),
        created: "1970-01-01T00:00:00Z".parse().ok()?,
    })
}
