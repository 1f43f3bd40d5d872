//! A platform of charts and images on loopback, and `check` run on it.

use sre_format::Digest;
use sre_testkit::Upstream;
use sre_testkit::image::{Artifact, Family, Image, Index};
use sre_tests::{Program, Ran, ours};
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use tempfile::TempDir;

/// Charts and images that a manifest names, and the servers that have them.
pub(super) struct Platform {
    pub(super) upstream: Upstream,
    folder: TempDir,
    kubernetes: String,
    inputs: String,
    index: String,
}

/// What `check` found.
pub(super) struct Found {
    pub(super) report: serde_json::Value,
    pub(super) said: String,
}

impl Platform {
    pub(super) fn new() -> Self {
        let kubernetes = "[kubernetes]\nversion = \"1.35.7\"\n".to_owned();
        Self {
            upstream: Upstream::plain(),
            folder: tempfile::tempdir().unwrap(),
            kubernetes,
            inputs: String::new(),
            index: String::new(),
        }
    }

    /// Puts text with `HOST` in it into the terms of this platform.
    fn here(&self, text: &str) -> String {
        text.replace("HOST", &self.upstream.host())
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(super) fn write(self, name: &str, text: &str) -> Self {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, self.here(text)).unwrap();
        self
    }

    /// Replaces what the manifest says about the cluster.
    pub(super) fn kubernetes(self, lines: &str) -> Self {
        Self { kubernetes: lines.to_owned(), ..self }
    }

    /// Packs a chart of these files by `helm package` and names it in the manifest.
    pub(super) fn chart(self, name: &str, files: &[(&str, &str)]) -> Self {
        self.chart_with(name, "", files)
    }

    /// The same with more lines in the manifest.
    pub(super) fn chart_with(mut self, name: &str, lines: &str, files: &[(&str, &str)]) -> Self {
        self = self.write(
            &format!("charts/{name}/Chart.yaml"),
            &format!("apiVersion: v2\nname: {name}\nversion: 1.0.0\n"),
        );
        for (path, text) in files {
            self = self.write(&format!("charts/{name}/{path}"), text);
        }
        self.helm().args(["package", &format!("charts/{name}")]).run().ok();
        let file = format!("{name}-1.0.0.tgz");
        let bytes = fs::read(self.path(&file)).unwrap();
        self.upstream.put_file(&format!("/charts/{file}"), "application/gzip", bytes);
        let entry = format!("  {name}:\n  - {{name: {name}, version: 1.0.0, urls: [{file}]}}\n");
        self.index.push_str(&entry);
        let lines = self.here(lines);
        let repository = self.upstream.url().to_owned();
        write!(
            self.inputs,
            "[[chart]]\nrepo = \"{repository}/charts\"\nname = \"{name}\"\nversion = \"1.0.0\"\n{lines}"
        )
        .unwrap();
        self
    }

    /// Has images in the registry and names them in the manifest.
    pub(super) fn carry(mut self, images: &[&str]) -> Self {
        for image in images {
            self = self.carry_with(image, "");
        }
        self
    }

    /// The same for one image, with more lines in the manifest.
    pub(super) fn carry_with(self, image: &str, lines: &str) -> Self {
        let artifact = Image::new("linux/amd64").label("name", image).build();
        self.carry_artifact(image, &artifact, lines)
    }

    pub(super) fn carry_artifact(mut self, image: &str, artifact: &Artifact, lines: &str) -> Self {
        let (repository, tag) = image.split_once(':').unwrap();
        self.upstream.push(artifact, repository, tag);
        let host = self.upstream.host();
        write!(self.inputs, "[[image]]\nref = \"{host}/{image}\"\n{lines}").unwrap();
        self
    }

    /// Names a release of RKE2 whose archives hold one image.
    pub(super) fn release_rke2(&mut self, image: &str, digest: &str) {
        let index = serde_json::json!({ "schemaVersion": 2, "manifests": [{
            "digest": digest, "mediaType": "application/vnd.oci.image.manifest.v1+json", "size": 1,
            "annotations": { "io.containerd.image.name": image },
        }] });
        fs::write(self.path("index.json"), index.to_string()).unwrap();
        let pack = ["--zstd", "-cf", "images.tar.zst", "index.json"];
        Program::tool("tar").folder(self.folder.path()).args(pack).run().ok();
        let archive = fs::read(self.path("images.tar.zst")).unwrap();
        let mut sums = String::new();
        for (name, bytes) in [
            ("rke2.linux-amd64.tar.gz", b"a program".to_vec()),
            ("rke2-images-core.linux-amd64.tar.zst", archive.clone()),
            ("rke2-images-canal.linux-amd64.tar.zst", archive),
            ("install.sh", b"#!/bin/sh\n".to_vec()),
        ] {
            writeln!(sums, "{}  {name}", Digest::of(&bytes).hex()).unwrap();
            self.upstream.put_file(&format!("/rke2/{name}"), "application/octet-stream", bytes);
        }
        let install = Digest::of(b"#!/bin/sh\n").hex();
        self.upstream.put_file("/rke2/sha256sum-amd64.txt", "text/plain", sums.into_bytes());
        let url = format!("{}/rke2", self.upstream.url());
        write!(
            self.inputs,
            "[[rke2]]\nversion = \"v1.35.7+rke2r1\"\nurl = \"{url}\"\n\
             install-script = {{ url = \"{url}/install.sh\", sha256 = \"{install}\" }}\n"
        )
        .unwrap();
    }

    /// Adds lines to the manifest.
    pub(super) fn name(&mut self, lines: &str) {
        self.inputs.push_str(lines);
    }

    pub(super) fn helm(&self) -> Program {
        Program::tool("helm").env("HOME", self.folder.path()).folder(self.folder.path())
    }

    pub(super) fn sre_bundle(&self, line: &str) -> Program {
        ours::sre_bundle()
            .folder(self.folder.path())
            .env("SRE_CACHE", self.path("cache"))
            .env("SRE_KEY_PASSPHRASE", "")
            .env("PATH", sre_tests::path_of_tools())
            .args(line.split_whitespace())
    }

    /// Writes the manifest and locks it.
    pub(super) fn locked(self) -> Self {
        let index = format!("apiVersion: v1\nentries:\n{}", self.index);
        self.upstream.put_file("/charts/index.yaml", "text/yaml", index.into_bytes());
        let host = self.upstream.host();
        let manifest = format!(
            "[bundle]\nname = \"demo\"\nversion = \"1.0.0\"\n{}[registry.\"{host}\"]\nplain-http = true\n{}",
            self.kubernetes, self.inputs
        );
        fs::write(self.path("manifest.toml"), manifest).unwrap();
        self.sre_bundle("lock").run().ok();
        self
    }

    /// Locks and checks.
    pub(super) fn check(self) -> Found {
        let platform = self.locked();
        let host = platform.upstream.host();
        Found::of(&platform.sre_bundle("check --json").run(), &host)
    }
}

impl Found {
    pub(super) fn of(ran: &Ran, host: &str) -> Self {
        let text = ran.stdout().replace(host, "HOST");
        let report = serde_json::from_str(&text)
            .unwrap_or_else(|error| panic!("{error} in\n{}", ran.told()));
        let code = i32::from(report_is_wrong(&report)) * 3;
        assert_eq!(ran.code(), Some(code), "{}", ran.told());
        Self { report, said: ran.stderr() }
    }

    /// Gives the images of a list, sorted.
    pub(super) fn images(&self, list: &str) -> Vec<String> {
        let rows = self.report[list].as_array().unwrap_or_else(|| panic!("no {list}"));
        let mut images: Vec<String> = rows
            .iter()
            .map(|row| row["image"].as_str().or(row.as_str()).unwrap().to_owned())
            .collect();
        images.sort();
        images.dedup();
        images
    }

    /// Wants every image that is asked for to be carried, these and no others.
    #[track_caller]
    pub(super) fn is_complete_with(&self, images: &[&str]) {
        assert_eq!(self.images("images"), images, "{:#}", self.report);
        assert_eq!(self.report["complete"], true, "{:#}", self.report);
    }

    /// Wants these images to be missing, and no others.
    #[track_caller]
    pub(super) fn misses(&self, images: &[&str]) {
        assert_eq!(self.images("missing"), images, "{:#}", self.report);
        assert_eq!(self.report["complete"], false);
        // What is carried and was not found would be unused.
        assert_eq!(self.images("unused"), Vec::<String>::new(), "{:#}", self.report);
    }

    /// Gives the places that ask for an image, wherever it is listed.
    pub(super) fn evidence(&self, image: &str) -> String {
        let lists = ["images", "missing", "notNeeded"];
        let rows = lists.iter().flat_map(|list| self.report[list].as_array().unwrap());
        let row = rows.into_iter().find(|row| row["image"] == image);
        row.unwrap_or_else(|| panic!("{image} is nowhere in {:#}", self.report))["evidence"]
            .to_string()
    }
}

fn report_is_wrong(report: &serde_json::Value) -> bool {
    report["kind"] != "check" || report["complete"] != true
}

/// An index of two platforms, and the digest of one of its children.
pub(super) fn two_platforms(child: &str) -> (Artifact, String) {
    let image = |platform: &str| Image::new(platform).label("platform", platform).build();
    let wanted = image(child).digest().to_string();
    let index = Index::new(Family::Oci);
    let index =
        index.image("linux/amd64", image("linux/amd64")).image("linux/arm64", image("linux/arm64"));
    (index.build(), wanted)
}
