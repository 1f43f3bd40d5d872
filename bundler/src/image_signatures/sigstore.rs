//! The newer form: a Sigstore bundle v0.3 in an artifact that refers to the image.
//!
//! Specification: cosign's `BUNDLE_SPEC.md`; image-spec, "Guidelines for artifact usage".

use serde_json::json;
use sre_format::Digest;
use sre_oci::media_type::OCI_MANIFEST;

use super::subjects::Subject;

/// Media type of a Sigstore bundle, and of the artifact that carries it.
pub(super) const BUNDLE_TYPE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";
/// Media type of a configuration that says nothing (image-spec, "Guidance for an empty descriptor").
pub(super) const EMPTY_TYPE: &str = "application/vnd.oci.empty.v1+json";
/// The configuration that says nothing.
pub(super) const EMPTY: &[u8] = b"{}";

/// Makes the manifest of the artifact that carries a bundle.
pub(super) fn manifest(subject: &Subject, bundle: &[u8]) -> Vec<u8> {
    let of = &subject.manifest;
    let manifest = json!({
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "artifactType": BUNDLE_TYPE,
        "config": {
            "mediaType": EMPTY_TYPE,
            "digest": Digest::of(EMPTY),
            "size": EMPTY.len(),
        },
        "layers": [{
            "mediaType": BUNDLE_TYPE,
            "digest": Digest::of(bundle),
            "size": bundle.len(),
        }],
        "subject": { "mediaType": of.media_type, "digest": of.digest, "size": of.size },
        "annotations": {
            "dev.sigstore.bundle.content": "dsse-envelope",
            "dev.sigstore.bundle.predicateType": sre_format::signature::IMAGE_PREDICATE,
        },
    });
    manifest.to_string().into_bytes()
}
