//! Locked folders.
//!
//! A folder of the connected side is carried as the OCI artifact that `flux push artifact` would make
//! of it, but with the same bytes every time: the layer follows from the files alone, configuration
//! and manifest from the lock.

use serde::Serialize;
use serde_json::{Value, json};

use super::{ArtifactBlob, LockedManifest};
use crate::manifest::Folder;
use crate::{Digest, ImageReference};

/// Media type of the configuration of a Flux artifact.
const CONFIG_TYPE: &str = "application/vnd.cncf.flux.config.v1+json";
/// Media type of the packed files.
const CONTENT_TYPE: &str = "application/vnd.cncf.flux.content.v1.tar+gzip";
/// Media type of the manifest.
const MANIFEST_TYPE: &str = "application/vnd.oci.image.manifest.v1+json";
/// When artifacts that are made the same every time say they were made (`flux push artifact --reproducible`).
const CREATED: &str = "1970-01-01T00:00:00Z";

/// A folder of the connected side.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LockedFolder {
    /// The reference under which it is carried.
    pub reference: ImageReference,
    /// The manifest of the artifact.
    #[serde(flatten)]
    pub root: LockedManifest,
    /// Where it lies, relative to the manifest unless absolute.
    pub path: String,
    /// What is left out besides what `.sourceignore` files say, in the words of `.gitignore`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ignore: Vec<String>,
    /// How many files are carried.
    pub files: u64,
    /// The digest of its content: of the plain tar with all carried files.
    pub content: Digest,
    /// The same tar in gzip, the layer of the artifact.
    pub layer: FolderLayer,
    /// Where people find the files, for whoever looks at the artifact.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Which state of the source it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revision: Option<String>,
}

/// The packed files of a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FolderLayer {
    /// The digest of its bytes.
    pub digest: Digest,
    /// The count of its bytes.
    pub size: u64,
}

impl LockedFolder {
    /// Locks a folder of a manifest to what it holds.
    #[must_use]
    pub fn new(folder: &Folder, files: u64, content: Digest, layer: FolderLayer) -> Self {
        let Folder { reference, path, ignore, source, revision } = folder.clone();
        let (digest, media_type) = (content, MANIFEST_TYPE.into());
        let root = LockedManifest { digest, size: 0, media_type, platform: None };
        let mut locked =
            Self { reference, root, path, ignore, files, content, layer, source, revision };
        // Only now is everything there that the manifest follows from.
        locked.root = locked.root();
        locked
    }

    /// Gives the media type of the layer.
    #[must_use]
    pub const fn layer_type() -> &'static str {
        CONTENT_TYPE
    }

    /// Makes manifest and configuration of the artifact; its other blob is the layer.
    #[must_use]
    pub fn artifact(&self) -> [ArtifactBlob; 2] {
        let config = json!({
            "architecture": "",
            "created": CREATED,
            "os": "",
            "rootfs": { "type": "layers", "diff_ids": [self.content] },
            "config": {},
        });
        let config = config.to_string().into_bytes();
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": MANIFEST_TYPE,
            "config": {
                "mediaType": CONFIG_TYPE,
                "digest": Digest::of(&config),
                "size": config.len(),
            },
            "layers": [{
                "mediaType": CONTENT_TYPE,
                "digest": self.layer.digest,
                "size": self.layer.size,
            }],
            "annotations": self.annotations(),
        });
        [
            ArtifactBlob { media_type: MANIFEST_TYPE, bytes: manifest.to_string().into_bytes() },
            ArtifactBlob { media_type: CONFIG_TYPE, bytes: config },
        ]
    }

    /// Gives the manifest of the artifact as the lock names it.
    #[must_use]
    pub fn root(&self) -> LockedManifest {
        let [manifest, _] = self.artifact();
        manifest.as_manifest()
    }

    /// Gives the bytes of all blobs of the artifact.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        let made: usize = self.artifact().iter().map(|blob| blob.bytes.len()).sum();
        made as u64 + self.layer.size
    }

    fn annotations(&self) -> Value {
        let mut annotations = json!({ "org.opencontainers.image.created": CREATED });
        for (key, value) in [("source", &self.source), ("revision", &self.revision)] {
            if let Some(value) = value {
                annotations[format!("org.opencontainers.image.{key}")] = json!(value);
            }
        }
        annotations
    }
}
