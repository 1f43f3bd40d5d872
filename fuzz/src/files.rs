//! What people write and what programs keep on disk.

use std::fmt::Debug;

use serde::Serialize;
use serde::de::DeserializeOwned;
use sre_bundle::fuzzing;
use sre_format::lock::Lock;
use sre_format::manifest::Manifest;
use sre_format::trust::SerialRecord;
use sre_format::{Digest, Explain};
use sre_site::SiteFile;
use sre_steps::Receipt;

use crate::text;

/// Reads a manifest; what is wrong with it is shown with its lines.
#[must_use]
pub fn manifest(bytes: &[u8]) -> bool {
    Manifest::parse("manifest.toml", bytes).inspect_err(|error| show(error)).is_ok()
}

/// Reads a site file; what is wrong with it is shown with its lines, and no secret in them.
#[must_use]
pub fn site(bytes: &[u8]) -> bool {
    let Ok(file) = SiteFile::parse("site.toml", bytes).inspect_err(|error| show(error)) else {
        return false;
    };
    let site = file.site();
    assert!(site.servers().next().is_some() && site.api_host().is_some());
    assert_eq!(site.digest(), Digest::of(&site.canonical()));
    true
}

/// Reads a lock, which must mean the same when it is written again.
#[must_use]
pub fn lock(bytes: &[u8]) -> bool {
    let lock = Lock::parse("images.lock", bytes).inspect_err(|error| show(error));
    let Ok(lock) = lock else { return false };
    let written = lock.to_string();
    assert_eq!(Lock::parse("images.lock", written.as_bytes()).ok().as_ref(), Some(&lock));
    true
}

/// Tells an error as the programs do; a place in the file must be one that exists.
fn show(error: &dyn Explain) {
    assert!(!error.to_string().is_empty());
    for problem in error.problems() {
        let report = miette::Report::new(problem.clone());
        assert!(!format!("{problem:?}{report:?}").is_empty());
    }
}

/// Reads a file of credentials as `docker login` and others leave it.
#[must_use]
pub fn docker_config(bytes: &[u8]) -> bool {
    let places = [("docker.io", "library/nginx"), ("registry.example:5000", "a/b")];
    let know = |(host, repository)| sre_oci::fuzzing::docker_config(bytes, host, repository);
    places.into_iter().filter_map(|place| know(place).ok()).any(|known| known)
}

/// Reads a hosts file.
#[must_use]
pub fn hosts_file(bytes: &[u8]) -> bool {
    let found = sre_oci::fuzzing::hosts_file(text(bytes), "registry.example");
    let named = text(bytes).to_ascii_lowercase().contains("registry.example");
    assert!(named || found.is_empty());
    !found.is_empty()
}

/// Reads the lists of images of an archive: the bytes are that of Docker, or that of an OCI image layout.
#[must_use]
pub fn archived_images(bytes: &[u8]) -> bool {
    let docker = fuzzing::archived_images(Some(bytes), None);
    let oci = fuzzing::archived_images(None, Some(bytes));
    for name in docker.iter().chain(&oci).flatten() {
        assert!(name.parse::<sre_format::ImageReference>().is_ok());
    }
    docker.or(oci).is_some_and(|names| !names.is_empty())
}

/// Reads the checksum file of an upstream.
#[must_use]
pub fn checksum_file(bytes: &[u8]) -> bool {
    let Some(digest) = fuzzing::checksum_file(text(bytes), "tool.tar.gz") else { return false };
    assert!(text(bytes).to_ascii_lowercase().contains(&digest.hex()));
    true
}

/// Reads the index of a chart repository.
#[must_use]
pub fn repository_index(bytes: &[u8]) -> bool {
    !fuzzing::repository_index(bytes, "demo").is_empty()
}

/// Looks for the `Chart.yaml` in the archive of a chart.
#[must_use]
pub fn chart_archive(bytes: &[u8]) -> bool {
    fuzzing::chart_archive(bytes).is_some()
}

/// Reads the journal of a build that was cut off; no claim can be longer than the journal.
#[must_use]
pub fn journal(bytes: &[u8]) -> bool {
    let claims = fuzzing::journal(bytes, Digest::of(b"layout")).unwrap_or_default();
    assert!(claims.iter().sum::<usize>() * 40 <= bytes.len());
    !claims.is_empty()
}

/// Reads the passwords of `serve`.
#[must_use]
pub fn password_file(bytes: &[u8]) -> bool {
    let accepted = sre_install::fuzzing::password_file(text(bytes));
    assert!(!accepted || !text(bytes).contains("\n:"), "a user without a name");
    accepted
}

/// Reads a receipt.
#[must_use]
pub fn receipt(bytes: &[u8]) -> bool {
    json::<Receipt>(bytes)
}

/// Reads the record of what was applied here.
#[must_use]
pub fn serial_record(bytes: &[u8]) -> bool {
    json::<SerialRecord>(bytes)
}

/// Reads a document of ours, which must mean the same when it is written again.
fn json<T: DeserializeOwned + Serialize + PartialEq + Debug>(bytes: &[u8]) -> bool {
    let Ok(document) = serde_json::from_slice::<T>(bytes) else { return false };
    let written = serde_json::to_vec(&document).unwrap_or_default();
    assert_eq!(serde_json::from_slice::<T>(&written).ok().as_ref(), Some(&document));
    true
}
