//! The files of Helm: the index of a repository, and the `Chart.yaml` in an archive.

use std::collections::BTreeMap;
use std::io::Read;
use std::ops::ControlFlow;

use serde::{Deserialize, Serialize};
use sre_format::lock::is_chart_name;
use sre_steps::with_causes;

use crate::archive::{ArchiveError, walk};

/// The most bytes of the index of a repository.
pub(super) const MAX_INDEX: u64 = 128 << 20;
/// The most bytes of the archive of a chart.
pub(super) const MAX_ARCHIVE: u64 = 256 << 20;
/// The most bytes of a provenance file.
pub(super) const MAX_PROVENANCE: u64 = 1 << 20;
/// The most bytes of a `Chart.yaml`.
const MAX_CHART_YAML: u64 = 1 << 20;
/// The most bytes that an archive may unpack to before its `Chart.yaml` is found.
const MAX_UNPACKED: u64 = 1 << 30;

/// The index of a repository, as far as it is needed here.
#[derive(Debug, Deserialize)]
pub(crate) struct RepositoryIndex {
    #[serde(default)]
    entries: BTreeMap<String, Vec<Release>>,
}

/// A version of a chart in a repository.
#[derive(Debug, Deserialize)]
pub(super) struct Release {
    pub version: String,
    #[serde(default)]
    pub urls: Vec<String>,
    pub digest: Option<String>,
}

impl RepositoryIndex {
    /// Reads an index, within limits that suit the largest public ones.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, String> {
        let mut options = serde_saphyr::Options::default();
        if let Some(budget) = &mut options.budget {
            budget.max_events = 40_000_000;
            budget.max_nodes = 20_000_000;
        }
        serde_saphyr::from_slice_with_options(bytes, options).map_err(|error| short(&error))
    }

    /// Gives a version of a chart.
    pub(super) fn release(&self, name: &str, version: &str) -> Option<&Release> {
        self.entries.get(name)?.iter().find(|release| release.version == version)
    }

    /// Gives all versions of a chart.
    pub(crate) fn all_versions(&self, name: &str) -> Vec<String> {
        let releases = self.entries.get(name).into_iter().flatten();
        releases.map(|release| release.version.clone()).collect()
    }

    /// Gives the first versions of a chart; repositories list the newest first.
    pub(crate) fn versions(&self, name: &str) -> Vec<String> {
        let releases = self.entries.get(name).into_iter().flatten();
        releases.take(5).map(|release| release.version.clone()).collect()
    }
}

/// `Chart.yaml`, in the order in which helm writes it as JSON.
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Metadata {
    pub name: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    home: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    sources: Vec<String>,
    pub version: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    description: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    keywords: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    maintainers: Vec<Maintainer>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    icon: String,
    api_version: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    condition: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    tags: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    app_version: String,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    deprecated: bool,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    annotations: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    kube_version: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    dependencies: Vec<Dependency>,
    #[serde(default, rename = "type", skip_serializing_if = "String::is_empty")]
    kind: String,
}

#[derive(Debug, Deserialize, Serialize)]
struct Maintainer {
    #[serde(default, skip_serializing_if = "String::is_empty")]
    name: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    email: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    url: String,
}

#[derive(Debug, Deserialize, Serialize)]
struct Dependency {
    name: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    version: String,
    #[serde(default)]
    repository: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    condition: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    tags: Vec<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    enabled: bool,
    #[serde(default, rename = "import-values", skip_serializing_if = "Vec::is_empty")]
    import_values: Vec<serde_json::Value>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    alias: String,
}

/// Reads the `Chart.yaml` of the chart in an archive (not those of its dependencies).
pub(crate) fn metadata(archive: impl Read) -> Result<Metadata, String> {
    let mut text = None;
    let unpacked = sre_compression::unpack(archive, MAX_UNPACKED).map_err(|it| it.to_string())?;
    let walked = walk(unpacked, MAX_UNPACKED, |path, member| {
        let is_top = path.split('/').filter(|part| *part != ".").count() == 2;
        if !is_top || !path.ends_with("/Chart.yaml") || !member.header().entry_type().is_file() {
            return Ok::<_, ArchiveError>(ControlFlow::Continue(()));
        }
        let mut bytes = Vec::new();
        member.take(MAX_CHART_YAML).read_to_end(&mut bytes).map_err(ArchiveError::Read)?;
        text = Some(bytes);
        Ok(ControlFlow::Break(()))
    });
    walked.map_err(|error| with_causes(&error))?;
    let text = text.ok_or("there is no Chart.yaml in it")?;
    let metadata: Metadata = serde_saphyr::from_slice(&text).map_err(|error| short(&error))?;
    if !is_chart_name(&metadata.name) {
        return Err(
            "the name in its Chart.yaml is more than letters, digits, `-`, `_` and `.`".into()
        );
    }
    Ok(metadata)
}

/// Gives the first line of an error: the rest is an excerpt of a file that nobody here wrote.
fn short(error: &serde_saphyr::Error) -> String {
    error.to_string().lines().next().unwrap_or_default().chars().take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const INDEX: &str = "\
apiVersion: v1
entries:
  demo:
  - name: demo
    version: 1.10.0
    appVersion: 1.10
    digest: 00
    urls: [demo-1.10.0.tgz]
    created: 2026-01-01T00:00:00Z
  - version: 1.9.0
generated: 2026-01-01T00:00:00Z
";

    #[test]
    fn finds_a_version_in_an_index() {
        let index = RepositoryIndex::parse(INDEX.as_bytes()).unwrap();
        assert_eq!(index.release("demo", "1.10.0").unwrap().urls, ["demo-1.10.0.tgz"]);
        assert!(index.release("demo", "1.1.0").is_none() && index.release("x", "1.9.0").is_none());
        assert_eq!(index.versions("demo"), ["1.10.0", "1.9.0"]);
    }

    #[test]
    fn keeps_numbers_of_yaml_as_they_are_written() {
        let yaml = "apiVersion: v2\nname: demo\nversion: 1.0.0\nappVersion: 1.10\n\
                    annotations: {a: 1, b: true}\n";
        let metadata: Metadata = serde_saphyr::from_str(yaml).unwrap();
        assert_eq!(
            serde_json::to_string(&metadata).unwrap(),
            r#"{"name":"demo","version":"1.0.0","apiVersion":"v2","appVersion":"1.10","annotations":{"a":"1","b":"true"}}"#
        );
    }

    #[test]
    fn refuses_an_index_that_unfolds_without_end() {
        let mut bomb = String::from("a: &a [x,x,x,x,x,x,x,x,x]\n");
        for (name, before) in ["b", "c", "d", "e", "f", "g", "h", "i"]
            .iter()
            .zip(["a", "b", "c", "d", "e", "f", "g", "h"])
        {
            let line = format!("{name}: &{name} [{}]\n", vec![format!("*{before}"); 9].join(","));
            bomb.push_str(&line);
        }
        let bomb = format!("{bomb}entries: {{x: [*i]}}\n");
        assert!(RepositoryIndex::parse(bomb.as_bytes()).is_err());
    }
}
