//! Indexes over images of several platforms.

use serde_json::{Value, json};

use super::{Artifact, Family, platform};

/// Builds an index or, in the Docker family, a manifest list.
#[derive(Clone, Debug)]
pub struct Index {
    family: Family,
    made: Artifact,
    children: Vec<Value>,
}

impl Index {
    /// Begins an empty index.
    pub fn new(family: Family) -> Self {
        Self { family, made: Artifact::default(), children: Vec::new() }
    }

    /// Adds an image under a platform such as `linux/amd64`.
    pub fn image(mut self, name: &str, image: Artifact) -> Self {
        let mut child = image.descriptor();
        child["platform"] = platform(name);
        self.children.push(child);
        self.made.blobs.extend(image.blobs);
        self.made.manifests.extend(image.manifests);
        self
    }

    /// Adds an attestation about the first image, as `BuildKit` does: platform `unknown/unknown`.
    pub fn attestation(mut self) -> Self {
        let statement = br#"{"_type":"https://in-toto.io/Statement/v1","predicate":{}}"#.to_vec();
        let annotations = json!({ "in-toto.io/predicate-type": "https://slsa.dev/provenance/v1" });
        let config =
            (self.family.config(), br#"{"architecture":"unknown","os":"unknown"}"#.to_vec());
        let layer = ("application/vnd.in-toto+json", statement, annotations);
        let attestation = super::artifact(None, config, vec![layer]);
        let mut child = attestation.descriptor();
        child["platform"] = platform("unknown/unknown");
        child["annotations"] = json!({
            "vnd.docker.reference.type": "attestation-manifest",
            "vnd.docker.reference.digest": self.children.first().map(|first| &first["digest"]),
        });
        self.children.push(child);
        self.made.blobs.extend(attestation.blobs);
        self.made.manifests.extend(attestation.manifests);
        self
    }

    /// Names a manifest that nobody holds, which makes the index sparse.
    pub fn absent(mut self, name: &str) -> Self {
        let bytes = format!("a manifest for {name} that nobody holds");
        let mut child = super::descriptor(self.family.manifest(), bytes.as_bytes());
        child["platform"] = platform(name);
        self.children.push(child);
        self
    }

    /// Makes the index.
    pub fn build(mut self) -> Artifact {
        let value = json!({
            "schemaVersion": 2,
            "mediaType": self.family.index(),
            "manifests": self.children,
        });
        self.made.add_manifest(self.family.index(), &value);
        self.made
    }
}
