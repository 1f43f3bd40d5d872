//! Which tables a manifest has; the file of each says its keys. The first lines are what editors show.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use super::ansible::RawAnsible;
use super::bundle::RawBundle;
use super::chart::RawChart;
use super::deb::RawDeb;
use super::file::RawFile;
use super::folder::RawFolder;
use super::git::RawGit;
use super::image::RawImage;
use super::kubernetes::RawKubernetes;
use super::os_image::RawOsImage;
use super::packer_plugin::RawPackerPlugin;
use super::registry::RawRegistry;
use super::rke2::RawRke2;
use super::rpm::RawRpm;
use super::tofu_provider::RawTofuProvider;
use super::tool::RawTool;

/// What goes into a bundle; `sre-bundle lock` resolves it to digests in `images.lock`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(title = "manifest.toml")]
pub(super) struct RawManifest {
    /// What the bundle is called.
    pub bundle: RawBundle,
    /// What is special about a host, by `host` or `host:port`; for images, charts and files alike.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, RawRegistry>")]
    pub registry: BTreeMap<Spanned<String>, RawRegistry>,
    /// The cluster that the bundle is for.
    #[serde(default)]
    #[schemars(with = "RawKubernetes")]
    pub kubernetes: Option<RawKubernetes>,
    /// Container images.
    #[serde(default)]
    pub image: Vec<RawImage>,
    /// Helm charts.
    #[serde(default)]
    pub chart: Vec<RawChart>,
    /// Files.
    #[serde(default)]
    pub file: Vec<RawFile>,
    /// Folders of this machine, carried as Flux artifacts.
    #[serde(default)]
    pub folder: Vec<RawFolder>,
    /// Programs for platforms.
    #[serde(default)]
    pub tool: Vec<RawTool>,
    /// Cloud images and installation media.
    #[serde(default)]
    pub os_image: Vec<RawOsImage>,
    /// Releases of RKE2.
    #[serde(default)]
    pub rke2: Vec<RawRke2>,
    /// Providers of OpenTofu.
    #[serde(default)]
    pub tofu_provider: Vec<RawTofuProvider>,
    /// Plugins of Packer.
    #[serde(default)]
    pub packer_plugin: Vec<RawPackerPlugin>,
    /// Collections and roles of Ansible, and the Python packages that they need.
    #[serde(default)]
    #[schemars(with = "RawAnsible")]
    pub ansible: Option<RawAnsible>,
    /// RPM packages with everything that they need.
    #[serde(default)]
    pub rpm: Vec<RawRpm>,
    /// Packages for Debian, Ubuntu and their kin, with everything that they need.
    #[serde(default)]
    pub deb: Vec<RawDeb>,
    /// Commits of git repositories.
    #[serde(default)]
    pub git: Vec<RawGit>,
}
