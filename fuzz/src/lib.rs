//! Every parser of SRE as a function of bytes.
//!
//! `fuzz/run` feeds these to libFuzzer; `tests/it` replays the corpora under `fuzz/corpus`, with
//! mutations, in every run of the tests. A target must neither panic nor take more memory than
//! the published limits allow, whatever it is given. A new parser is a line in [`TARGETS`] and
//! a folder of the same name with at least one good example.
//!
//! * [`container`]: the bundle, as it is and with every checksum mended after the mutation
//! * [`layout`]: the image layout inside a bundle, as `inspect`, `serve` and `seed` read it
//! * [`signatures`]: keys, signatures and the files that say whom to believe; [`openpgp`]: those of package repositories
//! * [`files`]: what people and programs keep on disk
//! * [`network`]: what registries answer; [`server`]: what clients ask
//! * [`deb`]: what apt repositories say, and what hosts have
//! * [`rke2`]: the configuration of RKE2
//! * [`words`]: names, digests, URLs
#![allow(clippy::missing_panics_doc, reason = "a target panics when it has found something")]

pub mod container;
pub mod deb;
pub mod files;
pub mod layout;
pub mod memory;
pub mod mend;
pub mod network;
pub mod openpgp;
pub mod rke2;
pub mod rpm;
pub mod server;
pub mod signatures;
pub mod words;

/// A parser under test; it says whether it understood the bytes.
pub type Target = fn(&[u8]) -> bool;

/// Every target with the name of its corpus.
pub const TARGETS: &[(&str, Target)] = &[
    ("archived-images", files::archived_images),
    ("basic-credentials", server::basic_credentials),
    ("bundle", container::bundle),
    ("bundle-path", words::bundle_path),
    ("challenge", network::challenge),
    ("chart-archive", files::chart_archive),
    ("checksum-file", files::checksum_file),
    ("container", container::container),
    ("deb-packages", deb::packages),
    ("deb-record", deb::record),
    ("deb-relation", deb::relation),
    ("deb-release", deb::release),
    ("deb-status", deb::status),
    ("deb-version", deb::version),
    ("digest", words::digest),
    ("docker-config", files::docker_config),
    ("envelope", signatures::envelope),
    ("error-body", network::error_body),
    ("fingerprint", words::fingerprint),
    ("hosts-file", files::hosts_file),
    ("image-reference", words::image_reference),
    ("image-signatures", layout::image_signatures),
    ("journal", files::journal),
    ("key-id", words::key_id),
    ("layout", layout::layout),
    ("lock", files::lock),
    ("manifest", files::manifest),
    ("oci-index", network::oci_index),
    ("oci-manifest", network::oci_manifest),
    ("openpgp-clear-signed", openpgp::clear_signed),
    ("openpgp-keyring", openpgp::keyring),
    ("openpgp-private-key", openpgp::private_key),
    ("openpgp-signature", openpgp::signature),
    ("password-file", files::password_file),
    ("platform", words::platform),
    ("prefix", words::prefix),
    ("private-key", signatures::private_key),
    ("public-key", signatures::public_key),
    ("receipt", files::receipt),
    ("redirect", network::redirect),
    ("repository-index", files::repository_index),
    ("request", server::request),
    ("response-headers", network::response_headers),
    ("rke2-config", rke2::config),
    ("rpm-catalog", rpm::catalog),
    ("rpm-compressed", rpm::compressed),
    ("rpm-dependency", rpm::dependency),
    ("rpm-filelists", rpm::filelists),
    ("rpm-groups", rpm::groups),
    ("rpm-metalink", rpm::metalink),
    ("rpm-mirrorlist", rpm::mirrorlist),
    ("rpm-modules", rpm::modules),
    ("rpm-package", rpm::package),
    ("rpm-repomd", rpm::repomd),
    ("rpm-version", rpm::version),
    ("seed-target", words::seed_target),
    ("serial-record", files::serial_record),
    ("signatures", signatures::signatures),
    ("signer-answer", signatures::signer_answer),
    ("site", files::site),
    ("source-url", words::source_url),
    ("table", container::table),
    ("timestamp", words::timestamp),
    ("trust-file", signatures::trust_file),
    ("word", words::word),
];

/// Takes the bytes as text; what is no text is no text for the parsers either.
fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap_or_default()
}
