//! Images, indexes and referrers as registries know them, the same bytes for the same input.
//!
//! [`Layer`] packs real files; [`Image`] makes a config and a manifest over layers; [`Index`] gathers
//! images of several platforms; [`referrer`] and [`cosign_signature`] point at any of them. All of them
//! become an [`Artifact`], which [`crate::Upstream::push`] takes.

mod index;
mod layer;
mod referrer;
mod single;

use bytes::Bytes;
use serde_json::{Value, json};
use sre_format::Digest;

pub use index::Index;
pub use layer::{Layer, Packing};
pub(crate) use layer::{append, pack};
pub use referrer::{cosign_signature, cosign_tag, fallback_index, fallback_tag, referrer};
pub use single::Image;

use crate::Content;
use crate::upstream::Manifest;

/// Whose media types are used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Family {
    /// `application/vnd.oci.image...`
    #[default]
    Oci,
    /// `application/vnd.docker...`, schema 2.
    Docker,
}

impl Family {
    /// Gives the media type of an image manifest.
    pub fn manifest(self) -> &'static str {
        match self {
            Self::Oci => "application/vnd.oci.image.manifest.v1+json",
            Self::Docker => "application/vnd.docker.distribution.manifest.v2+json",
        }
    }

    /// Gives the media type of an index or manifest list.
    pub fn index(self) -> &'static str {
        match self {
            Self::Oci => "application/vnd.oci.image.index.v1+json",
            Self::Docker => "application/vnd.docker.distribution.manifest.list.v2+json",
        }
    }

    /// Gives the media type of an image's config.
    pub fn config(self) -> &'static str {
        match self {
            Self::Oci => "application/vnd.oci.image.config.v1+json",
            Self::Docker => "application/vnd.docker.container.image.v1+json",
        }
    }
}

/// A manifest with all that it needs: blobs, and other manifests before it.
#[derive(Clone, Debug, Default)]
pub struct Artifact {
    /// The blobs by digest.
    pub blobs: Vec<(Digest, Content)>,
    /// The manifests, children first, the top one last.
    pub manifests: Vec<Manifest>,
}

impl Artifact {
    /// Gives the manifest that a tag would name.
    pub fn top(&self) -> &Manifest {
        self.manifests.last().expect("every builder ends with a manifest")
    }

    /// Gives the digest of that manifest.
    pub fn digest(&self) -> Digest {
        Digest::of(&self.top().bytes)
    }

    /// Gives the descriptor of that manifest.
    pub fn descriptor(&self) -> Value {
        let top = self.top();
        descriptor(&top.media_type, &top.bytes)
    }

    /// Adds up the sizes of the blobs, each counted once, in bytes.
    pub fn blob_bytes(&self) -> u64 {
        let unique: std::collections::BTreeMap<_, _> =
            self.blobs.iter().map(|(digest, content)| (digest, content.size())).collect();
        unique.into_values().sum()
    }

    fn add_blob(&mut self, bytes: Vec<u8>) -> Digest {
        let digest = Digest::of(&bytes);
        self.blobs.push((digest, Content::from(bytes)));
        digest
    }

    fn add_manifest(&mut self, media_type: &str, value: &Value) {
        let bytes = Bytes::from(value.to_string());
        self.manifests.push(Manifest { media_type: media_type.to_owned(), bytes });
    }
}

/// Makes an artifact of one config and some layers, as Helm, Flux and others push them.
///
/// Each layer is a media type, its bytes and its annotations as a JSON object.
pub fn artifact(
    artifact_type: Option<&str>,
    config: (&str, Vec<u8>),
    layers: Vec<(&str, Vec<u8>, Value)>,
) -> Artifact {
    let mut made = Artifact::default();
    let config_descriptor = descriptor(config.0, &config.1);
    made.add_blob(config.1);
    let layers: Vec<Value> = layers
        .into_iter()
        .map(|(media_type, bytes, annotations)| {
            let mut descriptor = descriptor(media_type, &bytes);
            if annotations.is_object() {
                descriptor["annotations"] = annotations;
            }
            made.add_blob(bytes);
            descriptor
        })
        .collect();
    let mut manifest = json!({
        "schemaVersion": 2,
        "mediaType": Family::Oci.manifest(),
        "config": config_descriptor,
        "layers": layers,
    });
    if let Some(artifact_type) = artifact_type {
        manifest["artifactType"] = artifact_type.into();
    }
    made.add_manifest(Family::Oci.manifest(), &manifest);
    made
}

fn descriptor(media_type: &str, bytes: &[u8]) -> Value {
    json!({ "mediaType": media_type, "digest": Digest::of(bytes), "size": bytes.len() })
}

fn platform(text: &str) -> Value {
    let mut parts = text.split('/');
    let mut value = json!({ "architecture": "unknown", "os": parts.next() });
    if let Some(architecture) = parts.next() {
        value["architecture"] = architecture.into();
    }
    if let Some(variant) = parts.next() {
        value["variant"] = variant.into();
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image() -> Artifact {
        let layers = [
            Layer::of_files(&[("etc/motd", b"hello")], Packing::Gzip),
            Layer::random(3, 70_000, Packing::Stored),
            Layer::random(4, 1000, Packing::Zstd),
        ];
        Image::new("linux/amd64").layers(layers).build()
    }

    #[test]
    fn the_same_input_makes_the_same_bytes() {
        assert_eq!(image().digest(), image().digest());
    }

    #[test]
    fn every_descriptor_names_a_blob_that_is_there() {
        let image = image();
        let manifest: Value = serde_json::from_slice(&image.top().bytes).unwrap();
        let layers = manifest["layers"].as_array().unwrap();
        for descriptor in layers.iter().chain([&manifest["config"]]) {
            let digest: Digest = descriptor["digest"].as_str().unwrap().parse().unwrap();
            let (_, content) = image.blobs.iter().find(|(own, _)| *own == digest).unwrap();
            assert_eq!(descriptor["size"], content.size());
            assert_eq!(content.digest().unwrap(), digest);
        }
    }

    #[test]
    fn layers_are_archives_that_tar_reads() {
        let layer = Layer::of_files(&[("a/b", b"text"), ("c", b"")], Packing::Gzip);
        let bytes = layer.content().read_all().unwrap();
        let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(&bytes[..]));
        let names: Vec<String> = archive
            .entries()
            .unwrap()
            .map(|entry| entry.unwrap().path().unwrap().display().to_string())
            .collect();
        assert_eq!(names, ["a/b", "c"]);
    }

    #[test]
    fn an_index_holds_its_images_and_an_attestation() {
        let index = Index::new(Family::Oci)
            .image("linux/amd64", image())
            .image("linux/arm64/v8", Image::new("linux/arm64/v8").build())
            .attestation()
            .build();
        let value: Value = serde_json::from_slice(&index.top().bytes).unwrap();
        assert_eq!(value["manifests"].as_array().unwrap().len(), 3);
        assert_eq!(value["manifests"][1]["platform"]["variant"], "v8");
        assert_eq!(value["manifests"][2]["platform"]["os"], "unknown");
        assert_eq!(index.manifests.len(), 4);
    }
}
