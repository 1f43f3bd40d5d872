//! The signatures of images that the bundle's own keys made, from the index that names them.
//!
//! That index stands outside of the content digest, which people compare, because hardware signs the
//! same image differently each time. So it may name nothing but signatures: a tag in it has the form
//! that cosign looks for and no other, or it could put another image under a name of `oci/index.json`.

use serde::Deserialize;

use super::ImagesError;
use crate::bundle::{IMAGE_SIGNATURES_PATH, VerifiedBundle};
use crate::{Digest, ImageReference};

/// A signature of an image, as the index of signatures names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageSignature {
    /// Its repository, with the tag of cosign (`sha256-<hex>.sig`) or its own digest.
    pub reference: ImageReference,
    /// Media type of its manifest.
    pub media_type: String,
    /// Digest of its manifest.
    pub digest: Digest,
    /// Bytes of its manifest.
    pub size: u64,
    /// What kind of artifact it is, where the index says so.
    pub artifact_type: Option<String>,
}

#[derive(Deserialize)]
struct Index {
    manifests: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    media_type: String,
    digest: Digest,
    size: u64,
    artifact_type: Option<String>,
    annotations: Annotations,
}

#[derive(Deserialize)]
struct Annotations {
    /// A full reference (image-spec, "Pre-Defined Annotation Keys").
    #[serde(rename = "org.opencontainers.image.ref.name")]
    reference: ImageReference,
}

/// Lists the signatures of images that the keys of a bundle made; none where it has none.
pub fn image_signatures(bundle: &VerifiedBundle) -> Result<Vec<ImageSignature>, ImagesError> {
    let Some(entry) = bundle.entry(IMAGE_SIGNATURES_PATH) else { return Ok(Vec::new()) };
    read_image_signatures(&bundle.read_whole(entry)?)
}

/// Reads the index of the signatures of images.
pub fn read_image_signatures(index: &[u8]) -> Result<Vec<ImageSignature>, ImagesError> {
    let index: Index = serde_json::from_slice(index).map_err(ImagesError::SignatureIndex)?;
    let signature = |row: Row| {
        let Row { media_type, digest, size, artifact_type, annotations } = row;
        let reference = annotations.reference;
        let names_a_signature = match (reference.tag(), reference.digest()) {
            (Some(tag), None) => is_signature_tag(tag),
            (None, named) => named == Some(digest),
            _ => false,
        };
        if !names_a_signature {
            return Err(ImagesError::NoSignature { reference });
        }
        Ok(ImageSignature { reference, media_type, digest, size, artifact_type })
    };
    index.manifests.into_iter().map(signature).collect()
}

/// Says whether a tag is one under which cosign looks for signatures.
fn is_signature_tag(tag: &str) -> bool {
    let hex = tag.strip_prefix("sha256-").and_then(|rest| rest.strip_suffix(".sig"));
    hex.is_some_and(|hex| Digest::from_hex(hex).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index(name: &str, digest: Digest) -> Vec<u8> {
        let row = serde_json::json!({
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "digest": digest,
            "size": 7,
            "annotations": { "org.opencontainers.image.ref.name": name },
        });
        serde_json::json!({ "manifests": [row] }).to_string().into_bytes()
    }

    #[test]
    fn names_signatures_and_nothing_that_could_stand_for_an_image() {
        let digest = Digest::of(b"x");
        let hex = digest.hex();
        for (name, fits) in [
            (format!("example.org/a:sha256-{hex}.sig"), true),
            (format!("example.org/a@{digest}"), true),
            (format!("example.org/a@{}", Digest::of(b"y")), false),
            ("example.org/a:1.0".to_owned(), false),
            (format!("example.org/a:sha256-{hex}.att"), false),
            (format!("example.org/a:sha256-{hex}"), false),
            (format!("example.org/a:sha256-{}.sig", &hex[1..]), false),
            (format!("example.org/a:sha256-{hex}.sig@{digest}"), false),
            ("example.org/a".to_owned(), false),
        ] {
            let read = read_image_signatures(&index(&name, digest));
            assert_eq!(read.is_ok(), fits, "{name}: {read:?}");
        }
        assert!(read_image_signatures(b"[]").is_err());
    }
}
