//! Images, a chart and a file, made on the spot from files that every developer has.

use crate::places::workspace;
use crate::programs::Program;
use anyhow::{Context as _, Result};
use sre_testkit::Upstream;
use sre_testkit::chart::Chart;
use sre_testkit::image::{Artifact, Family, Image, Index, Layer, Packing};
use std::path::Path;

/// The images: an image of two layers, and one for two platforms that shares a layer with it.
pub(crate) const IMAGES: [(&str, &str); 2] = [("demo/sources", "1.0"), ("demo/toolchain", "2.0")];

/// What was pushed, and how many bytes its blobs hold.
pub(crate) struct Content {
    pub(crate) manifest: String,
    pub(crate) bytes: u64,
}

impl Content {
    /// Fills an upstream and writes the manifest that asks for all of it.
    pub(crate) fn push_to(upstream: &Upstream) -> Result<Self> {
        let documents = tree(&workspace().join("docs"), Packing::Gzip)?;
        let sources = tree(&workspace().join("crates"), Packing::Gzip)?;
        let toolchain = tree(&standard_library()?, Packing::Zstd)?;
        let image = |platform: &str, layers: Vec<Layer>| {
            Image::new(platform).layers(layers).label("org.example.demo", platform).build()
        };
        let first = image("linux/amd64", vec![documents.clone(), sources]);
        let second = Index::new(Family::Oci)
            .image("linux/amd64", image("linux/amd64", vec![documents.clone(), toolchain]))
            .image("linux/arm64", image("linux/arm64", vec![documents]))
            .build();
        let chart = Chart::new("demo", "0.1.0").image(&format!(
            "{}/{}:{}",
            upstream.host(),
            IMAGES[0].0,
            IMAGES[0].1
        ));
        let artifacts: [(&Artifact, &str, &str); 3] = [
            (&first, IMAGES[0].0, IMAGES[0].1),
            (&second, IMAGES[1].0, IMAGES[1].1),
            (&chart.artifact(), "charts/demo", "0.1.0"),
        ];
        let mut bytes = 0;
        for (artifact, repository, tag) in artifacts {
            upstream.push(artifact, repository, tag);
            bytes += artifact.blob_bytes();
        }
        let licence = std::fs::read(workspace().join("LICENSE"))?;
        let sha256 = sre_format::Digest::of(&licence).to_string();
        let url = upstream.put_file("/LICENSE", "text/plain", licence);
        let manifest = manifest(&upstream.host(), &url, sha256.trim_start_matches("sha256:"));
        Ok(Self { manifest, bytes })
    }
}

fn tree(folder: &Path, packing: Packing) -> Result<Layer> {
    Layer::of_tree(folder, packing).with_context(|| format!("cannot pack {}", folder.display()))
}

/// Gives the folder of Rust's own standard library: some hundred megabytes that are surely there.
fn standard_library() -> Result<std::path::PathBuf> {
    let folder = Program::new("rustc").arguments(["--print", "target-libdir"]).output()?;
    Ok(folder.trim_end().into())
}

fn manifest(host: &str, url: &str, sha256: &str) -> String {
    let [(first, first_tag), (second, second_tag)] = IMAGES;
    format!(
        r#"[bundle]
name = "demo"
version = "1.0.0"
channel = "stable"
platforms = ["linux/amd64"]

[registry."{host}"]
plain-http = true

[[image]]
ref = "{host}/{first}:{first_tag}"

[[image]]
ref = "{host}/{second}:{second_tag}"

[[chart]]
ref = "oci://{host}/charts/demo"
version = "0.1.0"

[[file]]
url = "{url}"
sha256 = "{sha256}"
"#
    )
}
