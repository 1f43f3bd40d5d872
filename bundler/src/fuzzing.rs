//! Doors for the fuzzer: what reads bytes from outside here and is private otherwise.
//!
//! Each function calls one parser just as this package does, and gives that part of the result about which
//! something can be claimed whatever the bytes were. Nothing else uses this module.

use std::path::Path;

use sre_format::Digest;
use sre_format::signature::PublicKey;

use crate::archive::listed;
use crate::fetch::claims_of;
use crate::keys::{Passphrase, PrivateKey, to_der};
use crate::lock::{RepositoryIndex, chart_metadata, digest_of_name};

/// Gives the public half of the private key in a text; the passphrase of encrypted ones is `fuzz`.
#[must_use]
pub fn private_key(text: &str) -> Option<PublicKey> {
    let passphrase = || Ok(Passphrase::new("fuzz".to_owned()));
    let key = PrivateKey::parse(text, Path::new("site.key"), passphrase).ok()?;
    Some(key.public_key().clone())
}

/// Gives the signature in DER that a signer command answered.
#[must_use]
pub fn signer_answer(answer: &[u8]) -> Option<Vec<u8>> {
    to_der(answer)
}

/// Gives the versions of a chart that the index of a repository lists.
#[must_use]
pub fn repository_index(bytes: &[u8], chart: &str) -> Vec<String> {
    RepositoryIndex::parse(bytes).map_or_else(|_| Vec::new(), |index| index.versions(chart))
}

/// Gives name and version of the chart in an archive.
#[must_use]
pub fn chart_archive(bytes: &[u8]) -> Option<(String, String)> {
    let metadata = chart_metadata(bytes).ok()?;
    Some((metadata.name, metadata.version))
}

/// Gives the names of the images that the lists of an archive name: that of Docker, that of a layout, or
/// both.
#[must_use]
pub fn archived_images(docker: Option<&[u8]>, oci: Option<&[u8]>) -> Option<Vec<String>> {
    let images = listed(docker, oci).ok()?;
    Some(images.iter().map(ToString::to_string).collect())
}

/// Gives the digest that a checksum file has for a name.
#[must_use]
pub fn checksum_file(text: &str, name: &str) -> Option<Digest> {
    digest_of_name(text, name)
}

/// Gives how many pieces a journal claims for each entry, if it belongs to the layout.
#[must_use]
pub fn journal(bytes: &[u8], layout: Digest) -> Option<Vec<usize>> {
    Some(claims_of(bytes, layout)?.into_values().map(|chains| chains.len()).collect())
}
