//! Every parser of SRE as a function of bytes.
//!
//! `fuzz/run` feeds these to libFuzzer; `tests/it` replays the corpora under `fuzz/corpus`, with
//! mutations, in every run of the tests. A target must neither panic nor take more memory than
//! the published limits allow, whatever it is given. A new parser is a line in [`TARGETS`] and
//! a folder of the same name with at least one good example.

use std::sync::Arc;

use sre_format::bundle::{BundlePath, Table, UntrustedBundle};
use sre_format::signature::{PublicKey, SignatureFile};
use sre_format::trust::{Trust, TrustFile};
use sre_format::{Digest, ImageReference};
use sre_oci::Manifest;
use sre_oci::media_type::{OCI_INDEX, OCI_MANIFEST};

/// A parser under test.
pub type Target = fn(&[u8]);

/// Every target with the name of its corpus.
pub const TARGETS: &[(&str, Target)] = &[
    ("bundle", bundle),
    ("bundle-path", bundle_path),
    ("digest", digest),
    ("image-reference", image_reference),
    ("oci-index", oci_index),
    ("oci-manifest", oci_manifest),
    ("public-key", public_key),
    ("signatures", signatures),
    ("table", table),
    ("trust-file", trust_file),
];

/// Opens a bundle and, if it opens, reads all of it.
fn bundle(bytes: &[u8]) {
    let Ok(bundle) = UntrustedBundle::open(Arc::new(bytes.to_vec())) else { return };
    let Ok(bundle) = bundle.blindly_believe_unsigned() else { return };
    let report = bundle.verify_everything(std::num::NonZeroUsize::MIN, &|_| {});
    assert_eq!(report.entries, bundle.table().entries.len() + 1);
    for entry in &bundle.table().entries {
        bundle.read_whole(entry).ok();
    }
}

fn table(bytes: &[u8]) {
    if let Ok(table) = Table::parse(bytes) {
        // What is accepted must mean the same when it is written again.
        assert_eq!(Table::parse(&table.render()).ok().as_ref(), Some(&table));
    }
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap_or_default()
}

fn bundle_path(bytes: &[u8]) {
    if let Ok(path) = text(bytes).parse::<BundlePath>() {
        assert_eq!(path.as_str(), text(bytes));
        assert!(!path.as_str().split('/').any(|part| matches!(part, "" | "." | "..")));
    }
}

fn digest(bytes: &[u8]) {
    if let Ok(digest) = text(bytes).parse::<Digest>() {
        assert_eq!(digest.to_string(), text(bytes));
    }
}

fn image_reference(bytes: &[u8]) {
    if let Ok(reference) = text(bytes).parse::<ImageReference>() {
        assert_eq!(reference.to_string(), text(bytes));
    }
}

fn oci_manifest(bytes: &[u8]) {
    Manifest::parse(bytes.to_vec().into(), OCI_MANIFEST).ok();
}

fn oci_index(bytes: &[u8]) {
    Manifest::parse(bytes.to_vec().into(), OCI_INDEX).ok();
}

fn public_key(bytes: &[u8]) {
    PublicKey::from_pem(text(bytes)).ok();
}

fn trust_file(bytes: &[u8]) {
    TrustFile::parse(bytes).ok();
}

/// Up to the first zero byte stands a public key; the rest is split into a plain signature of
/// 72 bytes and a Sigstore bundle.
fn signatures(bytes: &[u8]) {
    let Some(split) = bytes.iter().position(|byte| *byte == 0) else { return };
    let (pem, rest) = bytes.split_at(split);
    let Ok(key) = PublicKey::from_pem(text(pem)) else { return };
    let rest = &rest[1..];
    let (plain, sigstore) = rest.split_at(rest.len().min(72));
    let file = |suffix: &str, bytes: &[u8]| SignatureFile {
        name: format!("{}{suffix}", key.id()),
        bytes: bytes.to_vec(),
    };
    let files = [file(".sig", plain), file(".sigstore.json", sigstore)];
    let facts = sre_format::signature::BundleFacts {
        name: "sre".into(),
        version: "1.0.0".into(),
        channel: "stable".into(),
        serial: 1,
    };
    assert!(
        Trust::of_key(key).check_table(&facts, b"table", &files).is_err(),
        "nobody signed this"
    );
}
