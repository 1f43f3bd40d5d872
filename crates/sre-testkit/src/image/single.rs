//! An image of one platform.

use serde_json::{Value, json};

use super::layer::Layer;
use super::{Artifact, Family, platform};

/// Builds an image: a config and a manifest over layers.
#[derive(Clone, Debug)]
pub struct Image {
    platform: String,
    family: Family,
    layers: Vec<Layer>,
    labels: Value,
}

impl Image {
    /// Begins an image for a platform such as `linux/amd64` or `linux/arm64/v8`.
    pub fn new(platform: &str) -> Self {
        let labels = json!({});
        Self { platform: platform.to_owned(), family: Family::Oci, layers: Vec::new(), labels }
    }

    /// Chooses the media types; OCI otherwise.
    pub fn family(mut self, family: Family) -> Self {
        self.family = family;
        self
    }

    /// Adds a layer on top.
    pub fn layer(mut self, layer: Layer) -> Self {
        self.layers.push(layer);
        self
    }

    /// Adds layers on top, for example a shared base.
    pub fn layers(mut self, layers: impl IntoIterator<Item = Layer>) -> Self {
        self.layers.extend(layers);
        self
    }

    /// Adds a label, which also makes otherwise equal images differ.
    pub fn label(mut self, name: &str, value: &str) -> Self {
        self.labels[name] = value.into();
        self
    }

    /// Makes the config and the manifest.
    pub fn build(self) -> Artifact {
        let mut made = Artifact::default();
        let mut config = platform(&self.platform);
        let unpacked: Vec<_> = self.layers.iter().map(Layer::unpacked).collect();
        config["rootfs"] = json!({ "type": "layers", "diff_ids": unpacked });
        config["config"] = json!({ "Labels": self.labels, "Cmd": ["/bin/true"] });
        config["created"] = "1970-01-01T00:00:00Z".into();
        let config = config.to_string().into_bytes();
        let config_descriptor = super::descriptor(self.family.config(), &config);
        made.add_blob(config);
        let layers: Vec<Value> = self
            .layers
            .iter()
            .map(|layer| {
                json!({
                    "mediaType": layer.media_type(self.family),
                    "digest": layer.digest(),
                    "size": layer.content().size(),
                })
            })
            .collect();
        made.blobs
            .extend(self.layers.iter().map(|layer| (layer.digest(), layer.content().clone())));
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": self.family.manifest(),
            "config": config_descriptor,
            "layers": layers,
        });
        made.add_manifest(self.family.manifest(), &manifest);
        made
    }
}
