//! Every parser of SRE as a function of bytes.
//!
//! `fuzz/run` feeds these to libFuzzer; `tests/it` replays the corpora under `fuzz/corpus`, with
//! mutations, in every run of the tests. A target must neither panic nor take more memory than
//! the published limits allow, whatever it is given. A new parser is a line in [`TARGETS`] and
//! a folder of the same name with at least one good example.

use std::sync::Arc;

use sre_format::bundle::{BundlePath, Table, UntrustedBundle};
use sre_format::lock::Lock;
use sre_format::manifest::Manifest;
use sre_format::signature::{Fingerprint, PublicKey, SignatureFile, envelope};
use sre_format::trust::{Trust, TrustFile};
use sre_format::{Digest, ImageReference, PlatformName, SourceUrl, Timestamp};
use sre_oci::CredentialStore;
use sre_oci::media_type::{OCI_INDEX, OCI_MANIFEST};
use sre_oci::names::Prefix;

/// A parser under test.
pub type Target = fn(&[u8]);

/// Every target with the name of its corpus.
pub const TARGETS: &[(&str, Target)] = &[
    ("bundle", bundle),
    ("bundle-path", bundle_path),
    ("digest", digest),
    ("docker-config", docker_config),
    ("envelope", sigstore_bundle),
    ("fingerprint", fingerprint),
    ("image-reference", image_reference),
    ("lock", lock),
    ("manifest", manifest),
    ("oci-index", oci_index),
    ("oci-manifest", oci_manifest),
    ("platform", platform),
    ("prefix", prefix),
    ("public-key", public_key),
    ("signatures", signatures),
    ("source-url", source_url),
    ("table", table),
    ("timestamp", timestamp),
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

fn platform(bytes: &[u8]) {
    if let Ok(platform) = text(bytes).parse::<PlatformName>() {
        assert_eq!(platform.to_string(), text(bytes));
    }
}

fn timestamp(bytes: &[u8]) {
    if let Ok(time) = text(bytes).parse::<Timestamp>() {
        assert_eq!(time.to_string().parse::<Timestamp>().ok(), Some(time));
    }
}

/// People type fingerprints in more than one way; what is understood must mean the same again.
fn fingerprint(bytes: &[u8]) {
    if let Ok(fingerprint) = text(bytes).parse::<Fingerprint>() {
        assert_eq!(fingerprint.to_string().parse::<Fingerprint>().ok(), Some(fingerprint));
    }
}

fn prefix(bytes: &[u8]) {
    text(bytes).parse::<Prefix>().ok();
}

/// Credentials in a URL must be refused before anything can print them.
fn source_url(bytes: &[u8]) {
    if let Ok(url) = text(bytes).parse::<SourceUrl>() {
        assert!(url.to_string().parse::<SourceUrl>().is_ok());
    }
}

fn manifest(bytes: &[u8]) {
    Manifest::parse("manifest.toml", bytes).ok();
}

fn lock(bytes: &[u8]) {
    Lock::parse("images.lock", bytes).ok();
}

fn sigstore_bundle(bytes: &[u8]) {
    envelope::open(bytes).ok();
}

/// Reads a file of credentials as `docker login` and others leave it.
fn docker_config(bytes: &[u8]) {
    let Ok(file) = tempfile::NamedTempFile::new() else { return };
    if std::fs::write(file.path(), bytes).is_ok() {
        drop(CredentialStore::from_files(vec![file.path().to_owned()]));
    }
}

fn oci_manifest(bytes: &[u8]) {
    sre_oci::Manifest::parse(bytes.to_vec().into(), OCI_MANIFEST).ok();
}

fn oci_index(bytes: &[u8]) {
    sre_oci::Manifest::parse(bytes.to_vec().into(), OCI_INDEX).ok();
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
