//! Helm charts.

use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use super::check::Checker;
use super::rendering::{RawRendering, Rendering};
use crate::lock::chart_tag;
use crate::{Digest, ImageReference, SourceUrl, is_tag};

/// A chart that is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chart {
    /// Where it is.
    pub source: ChartSource,
    /// Its version, exactly.
    pub version: String,
    /// The digest that it must have: of the manifest in a registry, of the archive elsewhere.
    pub pinned: Option<Digest>,
    /// A file of OpenPGP public keys, relative to the manifest; one of them must have signed the chart.
    pub keyring: Option<String>,
    /// How it is rendered.
    pub rendering: Rendering,
}

/// Where a chart is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChartSource {
    /// In a registry, under this name and the version as tag.
    Oci(ImageReference),
    /// In a repository with an `index.yaml`.
    Http {
        /// The address of the repository.
        repository: SourceUrl,
        /// The name of the chart in it.
        name: String,
    },
}

/// A Helm chart: either `ref`, or `repo` with `name`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
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
    /// A file of OpenPGP public keys, relative to the manifest: one of them must have signed the provenance file.
    pub keyring: Option<String>,
    /// The name of the release that `check` renders; the name of the chart unless given.
    #[schemars(with = "Option<String>")]
    pub release_name: Option<Spanned<String>>,
    /// The namespace of the release; `default` unless given.
    #[schemars(with = "Option<String>")]
    pub namespace: Option<Spanned<String>>,
    /// Files of the values that the platform really uses, relative to the manifest.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub values: Vec<Spanned<String>>,
    /// Images that what the chart installs asks for later by itself.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub operands: Vec<Spanned<String>>,
    /// Images that the chart names and nothing ever runs; without a tag all of that name.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub not_needed: Vec<Spanned<String>>,
}

impl Checker<'_> {
    pub(super) fn chart(&mut self, raw: RawChart) -> Option<Chart> {
        let at = raw.version.span();
        let version = self.chart_version(&raw.version);
        let pinned = raw.sha256.map(|sha256| self.digest(&sha256));
        let rendering = self.rendering(RawRendering {
            release: raw.release_name,
            namespace: raw.namespace,
            values: raw.values,
            operands: raw.operands,
            not_needed: raw.not_needed,
        });
        let source = match (raw.reference, raw.repo, raw.name) {
            (Some(reference), None, None) => self.oci_chart(&reference),
            (None, Some(repo), Some(name)) => {
                let repository = self.url(&repo);
                let name = self.chart_name(&name);
                repository
                    .zip(name)
                    .map(|(repository, name)| ChartSource::Http { repository, name })
            }
            _ => self.wrong(
                at.clone(),
                "it is not clear where this chart is",
                "write either `ref = \"oci://...\"`, or `repo = \"https://...\"` with `name`",
            ),
        };
        let pinned = match pinned {
            Some(pinned) => Some(pinned?),
            None => None,
        };
        let (source, version, rendering) = (source?, version?, rendering?);
        let chart = Chart { source, version, pinned, keyring: raw.keyring, rendering };
        self.unique("chart", format!("{:?} {}", chart.source, chart.version), at);
        Some(chart)
    }

    fn oci_chart(&mut self, reference: &Spanned<String>) -> Option<ChartSource> {
        let at = reference.span();
        let Some(name) = reference.get_ref().strip_prefix("oci://") else {
            let help = "for a repository with an index, write `repo` and `name`";
            return self.wrong(at, "the `ref` of a chart begins with `oci://`", help);
        };
        let parsed = self.reference(&Spanned::new(at.clone(), name.to_owned()))?;
        if parsed.tag().is_some() || parsed.digest().is_some() {
            let help = "write the version as `version`, a digest as `sha256`";
            return self.wrong(at, "the `ref` of a chart has no tag and no digest", help);
        }
        Some(ChartSource::Oci(parsed))
    }

    fn chart_version(&mut self, version: &Spanned<String>) -> Option<String> {
        let text = version.get_ref();
        let exact = text.strip_prefix('v').unwrap_or(text);
        if semver::Version::parse(exact).is_err() || !is_tag(&chart_tag(text)) {
            let help = "charts have semantic versions such as `1.2.3`; ranges are not resolved";
            return self.wrong(version.span(), "this is not one version of a chart", help);
        }
        Some(text.clone())
    }

    fn chart_name(&mut self, name: &Spanned<String>) -> Option<String> {
        if !crate::is_path_component(name.get_ref()) {
            let help = "lowercase letters and digits, joined by `-`, `_` or `.`";
            return self.wrong(name.span(), "this is not the name of a chart", help);
        }
        Some(name.get_ref().clone())
    }
}
