//! Helm charts: archives, OCI artifacts and HTTP repositories.

use std::fmt::Write as _;

use serde_json::{Value, json};
use sre_format::Digest;

use crate::Upstream;
use crate::image::{self, Artifact, Packing};

/// The media type of a chart's config in a registry.
pub const CONFIG: &str = "application/vnd.cncf.helm.config.v1+json";
/// The media type of a chart's archive in a registry.
pub const CONTENT: &str = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";
/// The media type of a chart's provenance file in a registry.
pub const PROVENANCE: &str = "application/vnd.cncf.helm.chart.provenance.v1.prov";

/// A small chart with one template.
#[derive(Clone, Debug)]
pub struct Chart {
    name: String,
    version: String,
    image: String,
    provenance: Option<Vec<u8>>,
}

impl Chart {
    /// Begins a chart.
    pub fn new(name: &str, version: &str) -> Self {
        let (name, version) = (name.to_owned(), version.to_owned());
        Self { name, version, image: "example.org/app:1".to_owned(), provenance: None }
    }

    /// Says which image the chart's Deployment runs.
    pub fn image(mut self, reference: &str) -> Self {
        reference.clone_into(&mut self.image);
        self
    }

    /// Adds a provenance file.
    pub fn provenance(mut self, bytes: &[u8]) -> Self {
        self.provenance = Some(bytes.to_vec());
        self
    }

    /// Gives the name of the archive, `NAME-VERSION.tgz`.
    pub fn file_name(&self) -> String {
        format!("{}-{}.tgz", self.name, self.version)
    }

    /// Gives the tag in a registry: the version with `_` for `+`.
    pub fn tag(&self) -> String {
        self.version.replace('+', "_")
    }

    /// Packs the archive.
    pub fn archive(&self) -> Vec<u8> {
        let name = &self.name;
        let mut archive = tar::Builder::new(Vec::new());
        let mut file = |path: &str, text: &str| {
            image::append(&mut archive, &format!("{name}/{path}"), text.as_bytes(), 0o644);
        };
        file(
            "Chart.yaml",
            &format!(
                "apiVersion: v2\nname: {name}\nversion: {}\nappVersion: \"1\"\ntype: application\n",
                self.version
            ),
        );
        file("values.yaml", &format!("image: {}\nreplicas: 1\n", self.image));
        file("templates/deployment.yaml", DEPLOYMENT);
        let plain = archive.into_inner().expect("writing to memory does not fail");
        image::pack(plain, Packing::Gzip).expect("packing in memory does not fail")
    }

    /// Makes the OCI artifact that `helm push` would push.
    pub fn artifact(&self) -> Artifact {
        let config = json!({
            "name": self.name, "version": self.version, "apiVersion": "v2", "appVersion": "1",
            "type": "application",
        });
        let mut layers = vec![(CONTENT, self.archive(), Value::Null)];
        layers.extend(self.provenance.clone().map(|bytes| (PROVENANCE, bytes, Value::Null)));
        image::artifact(None, (CONFIG, config.to_string().into_bytes()), layers)
    }
}

/// Serves charts as an HTTP repository below a path such as `/charts`; gives its URL.
pub fn serve_repository(upstream: &Upstream, path: &str, charts: &[Chart]) -> String {
    let mut index = "apiVersion: v1\nentries:\n".to_owned();
    let mut names: Vec<&str> = charts.iter().map(|chart| chart.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    for name in names {
        writeln!(index, "  {name}:").expect("writing to a string does not fail");
        for chart in charts.iter().filter(|chart| chart.name == name) {
            index.push_str(&entry(chart));
            publish(upstream, path, chart);
        }
    }
    index.push_str("generated: \"1970-01-01T00:00:00Z\"\n");
    upstream.put_file(&format!("{path}/index.yaml"), "text/yaml", index.into_bytes());
    format!("{}{path}", upstream.url())
}

fn entry(chart: &Chart) -> String {
    let digest = Digest::of(&chart.archive()).hex();
    let Chart { name, version, .. } = chart;
    let file = chart.file_name();
    format!(
        "  - apiVersion: v2\n    appVersion: \"1\"\n    created: \"1970-01-01T00:00:00Z\"\n    \
         digest: {digest}\n    name: {name}\n    type: application\n    urls:\n    - {file}\n    \
         version: {version}\n"
    )
}

fn publish(upstream: &Upstream, path: &str, chart: &Chart) {
    let file = format!("{path}/{}", chart.file_name());
    upstream.put_file(&file, "application/gzip", chart.archive());
    if let Some(provenance) = &chart.provenance {
        upstream.put_file(&format!("{file}.prov"), "text/plain", provenance.clone());
    }
}

const DEPLOYMENT: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}
spec:
  replicas: {{ .Values.replicas }}
  selector:
    matchLabels:
      app: {{ .Release.Name }}
  template:
    metadata:
      labels:
        app: {{ .Release.Name }}
    spec:
      containers:
      - name: app
        image: {{ .Values.image }}
";
