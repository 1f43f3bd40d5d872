//! The older form: a payload that names the image, signed, under the tag `sha256-<hex>.sig`.
//!
//! Specification: cosign's `SIGNATURE_SPEC.md`, "Simple signing" and "Storage".

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sre_format::Digest;
use sre_oci::media_type::OCI_MANIFEST;

use super::subjects::Subject;

/// Media type of the payload.
pub(super) const PAYLOAD_TYPE: &str = "application/vnd.dev.cosign.simplesigning.v1+json";
/// Media type of the configuration: the signatures of an image look like an image.
pub(super) const CONFIG_TYPE: &str = "application/vnd.oci.image.config.v1+json";
/// The annotation of a layer that holds the signature of its bytes.
const SIGNATURE: &str = "dev.cosignproject.cosign/signature";

/// Makes the payload: what is signed, and the layer that carries it.
pub(super) fn payload(subject: &Subject) -> Vec<u8> {
    let payload = json!({
        "critical": {
            "identity": { "docker-reference": subject.reference.name() },
            "image": { "docker-manifest-digest": subject.manifest.digest },
            "type": "cosign container image signature",
        },
        "optional": null,
    });
    payload.to_string().into_bytes()
}

/// The signatures under one tag.
#[derive(Default)]
pub(super) struct Signatures {
    layers: Vec<Value>,
    added: bool,
}

impl Signatures {
    /// Begins with those that upstream has there, given the bytes of its manifest.
    pub(super) fn after(earlier: &[u8]) -> Result<Self, serde_json::Error> {
        #[derive(serde::Deserialize)]
        struct Earlier {
            layers: Vec<Value>,
        }
        let Earlier { layers } = serde_json::from_slice(earlier)?;
        Ok(Self { layers, added: false })
    }

    /// Adds the signature of a payload, unless it is there.
    pub(super) fn add(&mut self, payload: &[u8], signature: &[u8]) {
        let (digest, signature) = (Digest::of(payload), STANDARD.encode(signature));
        let layer = json!({
            "mediaType": PAYLOAD_TYPE,
            "digest": digest,
            "size": payload.len(),
            "annotations": { SIGNATURE: signature },
        });
        if !self.layers.contains(&layer) {
            self.layers.push(layer);
            self.added = true;
        }
    }

    /// Makes manifest and configuration; none where everything was there before.
    pub(super) fn artifact(&self) -> Option<[Vec<u8>; 2]> {
        if !self.added {
            return None;
        }
        // Payloads are stored as they are, so the digest of a layer is that of its content, too.
        let contents: Vec<_> = self.layers.iter().map(|layer| &layer["digest"]).collect();
        let config = json!({
            "architecture": "",
            "created": "0001-01-01T00:00:00Z",
            "config": {},
            "os": "",
            "rootfs": { "type": "layers", "diff_ids": contents },
        });
        let config = config.to_string().into_bytes();
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": OCI_MANIFEST,
            "config": {
                "mediaType": CONFIG_TYPE,
                "digest": Digest::of(&config),
                "size": config.len(),
            },
            "layers": self.layers,
        });
        Some([manifest.to_string().into_bytes(), config])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_what_upstream_signed_and_adds_nothing_twice() {
        let upstream = json!({ "layers": [{ "digest": Digest::of(b"theirs"), "size": 6 }] });
        let mut signatures = Signatures::after(upstream.to_string().as_bytes()).unwrap();
        assert!(signatures.artifact().is_none());
        signatures.add(b"ours", b"signature");
        let [manifest, config] = signatures.artifact().unwrap();
        signatures.add(b"ours", b"signature");
        assert_eq!(signatures.artifact(), Some([manifest.clone(), config.clone()]));
        let manifest: Value = serde_json::from_slice(&manifest).unwrap();
        let config: Value = serde_json::from_slice(&config).unwrap();
        let digests = json!([Digest::of(b"theirs"), Digest::of(b"ours")]);
        assert_eq!(config["rootfs"]["diff_ids"], digests);
        assert_eq!(manifest["layers"][0]["digest"], digests[0]);
        assert!(Signatures::after(b"{\"manifests\":[]}").is_err());
    }
}
