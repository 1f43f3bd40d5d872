//! Which keys a manifest has. The first lines are what editors show.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

/// What goes into a bundle; `sre-bundle lock` resolves it to digests in `images.lock`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "manifest.toml")]
pub(super) struct RawManifest {
    /// What the bundle is called.
    pub bundle: RawBundle,
    /// What is special about a host, by `host` or `host:port`; for images, charts and files alike.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, RawRegistry>")]
    pub registry: BTreeMap<Spanned<String>, RawRegistry>,
    /// Container images.
    #[serde(default)]
    pub image: Vec<RawImage>,
    /// Helm charts.
    #[serde(default)]
    pub chart: Vec<RawChart>,
    /// Files.
    #[serde(default)]
    pub file: Vec<RawFile>,
}

/// What the bundle is called.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawBundle {
    /// The name of the product, such as `sre`.
    #[schemars(with = "String")]
    pub name: Spanned<String>,
    /// The version that people give, such as `1.0.0`.
    #[schemars(with = "String")]
    pub version: Spanned<String>,
    /// The line of releases whose serials are compared; `stable` unless given.
    #[schemars(with = "Option<String>")]
    pub channel: Option<Spanned<String>>,
    /// The platforms that images are carried for; `linux/amd64` unless given.
    #[schemars(with = "Option<Vec<String>>")]
    pub platforms: Option<Spanned<Vec<Spanned<String>>>>,
}

/// What is special about a host.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawRegistry {
    /// Ask the registry over plain HTTP.
    #[serde(default)]
    pub plain_http: bool,
    /// A PEM file of certificates to trust beside those of the system.
    #[schemars(with = "Option<String>")]
    pub ca_file: Option<Spanned<String>>,
    /// A place, or several, to ask before the host itself.
    #[schemars(with = "Option<OneOrMany>")]
    pub mirror: Option<Spanned<OneOrMany>>,
}

/// One text or several.
#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
pub(super) enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

/// A container image.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawImage {
    /// The full reference, with a tag, a digest or both: `docker.io/library/nginx:1.27.3`.
    #[serde(rename = "ref")]
    #[schemars(with = "String")]
    pub reference: Spanned<String>,
    /// The platforms that it is carried for; those of the bundle unless given.
    #[schemars(with = "Option<Vec<String>>")]
    pub platforms: Option<Spanned<Vec<Spanned<String>>>>,
}

/// A Helm chart: either `ref`, or `repo` with `name`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawChart {
    /// The chart in a registry, without its version: `oci://registry.example.org/charts/demo`.
    #[serde(rename = "ref")]
    #[schemars(with = "Option<String>")]
    pub reference: Option<Spanned<String>>,
    /// The address of a repository with an `index.yaml`.
    #[schemars(with = "Option<String>")]
    pub repo: Option<Spanned<String>>,
    /// The name of the chart in the repository.
    #[schemars(with = "Option<String>")]
    pub name: Option<Spanned<String>>,
    /// The version, exactly; ranges would resolve to something else every day.
    #[schemars(with = "String")]
    pub version: Spanned<String>,
    /// The digest that it must have: of the manifest in a registry, of the archive elsewhere.
    #[schemars(with = "Option<String>")]
    pub sha256: Option<Spanned<String>>,
}

/// A file: `url` with `sha256` or `checksum-file`, or `path`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawFile {
    /// Where it lies.
    #[schemars(with = "Option<String>")]
    pub url: Option<Spanned<String>>,
    /// A path on this machine, relative to the manifest.
    #[schemars(with = "Option<String>")]
    pub path: Option<Spanned<String>>,
    /// The SHA-256 of its bytes, 64 hexadecimal digits.
    #[schemars(with = "Option<String>")]
    pub sha256: Option<Spanned<String>>,
    /// The URL of a file that lists its SHA-256, as `sha256sum` writes it.
    #[schemars(with = "Option<String>")]
    pub checksum_file: Option<Spanned<String>>,
    /// Its name inside the bundle, below `files/`; the last part of URL or path unless given.
    #[serde(rename = "as")]
    #[schemars(with = "Option<String>")]
    pub name: Option<Spanned<String>>,
}
