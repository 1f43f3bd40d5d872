//! The cluster that the bundle is for, as far as charts ask about it.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use super::check::Checker;

/// The cluster that the bundle is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kubernetes {
    /// The version of its API server, as charts see it.
    pub version: String,
    /// What it serves beyond Kubernetes itself and the custom resources of the charts.
    pub api_versions: Vec<String>,
    /// Folders and files of manifests that are applied beside the charts, relative to the manifest.
    pub manifests: Vec<PathBuf>,
}

/// The cluster that the bundle is for; charts ask for its version, and some name images by it.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawKubernetes {
    /// The version of its API server, exactly: `1.35.7`, or `1.35.7+rke2r1`.
    #[schemars(with = "String")]
    pub version: Spanned<String>,
    /// APIs that it serves beyond Kubernetes itself and the custom resources of the charts.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub api_versions: Vec<Spanned<String>>,
    /// Folders and files of manifests that are applied beside the charts.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub manifests: Vec<Spanned<String>>,
}

impl Checker<'_> {
    pub(super) fn kubernetes(&mut self, raw: &RawKubernetes) -> Option<Kubernetes> {
        let text = raw.version.get_ref();
        let version = text.strip_prefix('v').unwrap_or(text).to_owned();
        let version = match semver::Version::parse(&version) {
            Ok(_) => Some(version),
            Err(_) => self.wrong(
                raw.version.span(),
                "this is not one version of Kubernetes",
                "write all three numbers: `1.35.7`",
            ),
        };
        let apis: Vec<_> = raw.api_versions.iter().map(|api| self.api_version(api)).collect();
        let manifests: Vec<_> = raw.manifests.iter().map(|path| self.local_path(path)).collect();
        Some(Kubernetes {
            version: version?,
            api_versions: apis.into_iter().collect::<Option<_>>()?,
            manifests: manifests.into_iter().collect::<Option<_>>()?,
        })
    }

    fn api_version(&mut self, text: &Spanned<String>) -> Option<String> {
        let part = |part: &str| {
            !part.is_empty()
                && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte))
        };
        if !text.get_ref().split('/').all(part) || text.get_ref().split('/').count() > 3 {
            let help = "write `group/version` or `group/version/Kind`";
            return self.wrong(text.span(), "this is not an API of Kubernetes", help);
        }
        Some(text.get_ref().clone())
    }
}
