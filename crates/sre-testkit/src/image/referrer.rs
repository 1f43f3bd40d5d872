//! What points at images: OCI referrers, the fallback tag, and cosign's signature tag.

use serde_json::{Value, json};
use sre_format::Digest;

use super::{Artifact, Family};
use crate::Content;

/// Makes a referrer: an artifact whose `subject` is another manifest.
pub fn referrer(subject: &Artifact, artifact_type: &str, payload: &[u8]) -> Artifact {
    let empty = ("application/vnd.oci.empty.v1+json", b"{}".to_vec());
    let layer = (artifact_type, payload.to_vec(), Value::Null);
    let mut made = super::artifact(Some(artifact_type), empty, vec![layer]);
    let top = made.manifests.last_mut().expect("an artifact ends with its manifest");
    let mut value: Value = serde_json::from_slice(&top.bytes).expect("it was made as JSON");
    value["subject"] = subject.descriptor();
    value["annotations"] = json!({ "org.opencontainers.image.created": "1970-01-01T00:00:00Z" });
    top.bytes = value.to_string().into();
    made
}

/// Makes an image that looks like a signature of cosign 2; it belongs under [`cosign_tag`].
pub fn cosign_signature(subject: &Digest, signature: &str) -> Artifact {
    let payload = json!({
        "critical": {
            "identity": { "docker-reference": "" },
            "image": { "docker-manifest-digest": subject },
            "type": "cosign container image signature",
        },
        "optional": null,
    });
    let payload = payload.to_string().into_bytes();
    let config = json!({
        "architecture": "", "os": "", "config": {},
        "rootfs": { "type": "layers", "diff_ids": [Digest::of(&payload)] },
    });
    let layer = (
        "application/vnd.dev.cosign.simplesigning.v1+json",
        payload,
        json!({ "dev.cosignproject.cosign/signature": signature }),
    );
    let config = (Family::Oci.config(), config.to_string().into_bytes());
    super::artifact(None, config, vec![layer])
}

/// Gives the tag under which cosign 2 looks for signatures of a manifest.
pub fn cosign_tag(subject: &Digest) -> String {
    format!("sha256-{}.sig", subject.hex())
}

/// Gives the tag under which referrers are listed where the API does not exist.
pub fn fallback_tag(subject: &Digest) -> String {
    format!("sha256-{}", subject.hex())
}

/// Makes the index for [`fallback_tag`], with the blobs and manifests of the referrers.
pub fn fallback_index(referrers: &[Artifact]) -> Artifact {
    let mut made = Artifact::default();
    let mut children = Vec::new();
    for referrer in referrers {
        let value: Value =
            serde_json::from_slice(&referrer.top().bytes).expect("it was made as JSON");
        let mut child = referrer.descriptor();
        child["artifactType"] = value["artifactType"].clone();
        children.push(child);
        made.blobs.extend::<Vec<(Digest, Content)>>(referrer.blobs.clone());
        made.manifests.extend(referrer.manifests.clone());
    }
    let value = json!({
        "schemaVersion": 2, "mediaType": Family::Oci.index(), "manifests": children,
    });
    made.add_manifest(Family::Oci.index(), &value);
    made
}
