//! Plugins of Packer.

use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use super::Mirrored;
use super::check::Checker;
use super::tofu_provider::Letters;
use crate::lock::SetKind;
use crate::{PlatformName, SourceUrl};

/// A plugin of Packer that is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackerPlugin {
    /// Its full source, `host/namespace/name`.
    pub source: String,
    /// The last part of the source.
    pub name: String,
    /// Its version, exactly.
    pub version: String,
    /// The folder on a server that holds the zips and the sums of this version.
    pub releases: SourceUrl,
    /// Files of keys, one of which must have signed the sums; empty where sums alone will do.
    pub keys: Vec<String>,
    /// The platforms that it is carried for.
    pub platforms: Vec<PlatformName>,
}

/// A plugin of Packer, fetched from its releases and carried as Packer keeps its plugins.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawPackerPlugin {
    /// The full source: `github.com/hashicorp/proxmox`.
    #[schemars(with = "String")]
    pub source: Spanned<String>,
    /// The version, exactly, without the `v` of its tag.
    #[schemars(with = "String")]
    pub version: Spanned<String>,
    /// The platforms that it is carried for; those of the bundle unless given.
    #[schemars(with = "Option<Vec<String>>")]
    pub platforms: Option<Spanned<Vec<Spanned<String>>>>,
    /// The URL of the folder that holds the zips and the sums of a version, in which `{version}`
    /// stands for it; that of the releases on GitHub unless given.
    #[schemars(with = "Option<String>")]
    pub releases: Option<Spanned<String>>,
    /// Files of OpenPGP keys, relative to the manifest, of which one must have signed the sums.
    #[serde(default)]
    pub keys: Vec<String>,
}

impl PackerPlugin {
    /// Gives how the names of all its files begin.
    #[must_use]
    pub fn stem(&self) -> String {
        format!("packer-plugin-{}_v{}", self.name, self.version)
    }

    /// Gives the folder of its files inside the bundle.
    #[must_use]
    pub fn folder(&self) -> String {
        format!("{}/plugins/{}", SetKind::PackerPlugin.folder(), self.source)
    }
}

impl Checker<'_> {
    pub(super) fn packer_plugin(
        &mut self,
        raw: RawPackerPlugin,
        usual: &[PlatformName],
    ) -> Option<Mirrored> {
        let at = raw.source.span();
        let example = "write all of it: `github.com/hashicorp/proxmox`";
        let parts = self.source_parts(&raw.source, "a plugin", Letters::Any, example);
        let version = self.plain_version(&raw.version);
        let platforms = self.platforms_or(raw.platforms, usual);
        let ([host, namespace, name], version) = (parts?, version?);
        let releases = match &raw.releases {
            Some(releases) => {
                let filled = releases.get_ref().replace("{version}", &version);
                self.url_at(releases.span(), &format!("{}/", filled.trim_end_matches('/')))?
            }
            None if host == "github.com" => {
                let repository = format!("{host}/{namespace}/packer-plugin-{name}");
                let folder = format!("https://{repository}/releases/download/v{version}/");
                self.url_at(at.clone(), &folder)?
            }
            None => {
                let help = "name the folder of its files: `releases = \"https://...\"`";
                return self.wrong(at, "only releases on github.com are found by themselves", help);
            }
        };
        let source = raw.source.into_inner();
        let (platforms, keys) = (platforms?, raw.keys);
        let plugin = PackerPlugin { source, name, version, releases, keys, platforms };
        // What follows in the names of its files has no sign that could make them unfit.
        let longest =
            format!("plugins/{}/{}_x5.00_windows_amd64.exe", plugin.source, plugin.stem());
        self.placed(SetKind::PackerPlugin, &longest, &at)?;
        Some(Mirrored::PackerPlugin(plugin))
    }
}
