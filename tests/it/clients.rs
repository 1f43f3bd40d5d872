//! The clients that people use pull everything from `serve`, and get what upstream had.

use sre_tests::{Containerd, FILE, IMAGES, Journey, Program, Serving};
use std::fs;

/// Gives the digest that the upstream registry has for an image.
fn upstream_digest(image: &str) -> String {
    let reference = format!("{}/{image}", Journey::shared().registry.host());
    Program::tool("crane").args(["--insecure", "digest", &reference]).run().ok()
}

#[test]
fn skopeo_copies_every_image_with_its_digest() {
    let serving = Serving::shared();
    let out = tempfile::tempdir().unwrap();
    for image in IMAGES {
        let copy = out.path().join(image.replace(['/', ':'], "_"));
        Program::tool("skopeo")
            .args(["copy", "--insecure-policy", "--src-tls-verify=false"])
            .arg(format!("docker://{}/{image}", serving.host()))
            .arg(format!("dir:{}", copy.display()))
            .env("TMPDIR", out.path())
            .run()
            .ok();
        let manifest = fs::read(copy.join("manifest.json")).unwrap();
        let digest = sre_format::Digest::of(&manifest).to_string();
        assert_eq!(digest, upstream_digest(image).trim_end());
    }
}

#[test]
fn crane_checks_every_layer_of_every_image() {
    let serving = Serving::shared();
    for image in IMAGES {
        let reference = format!("{}/{image}", serving.host());
        let crane = || Program::tool("crane").arg("--insecure");
        assert_eq!(crane().args(["digest", &reference]).run().ok(), upstream_digest(image));
        crane().args(["validate", "--remote", &reference]).run().ok();
    }
}

#[test]
fn crane_lists_repositories_and_tags() {
    let serving = Serving::shared();
    let repository = format!("{}/demo/clock", serving.host());
    let tags = Program::tool("crane").args(["--insecure", "ls", &repository]).run().ok();
    let (signatures, tags): (Vec<_>, Vec<_>) =
        tags.lines().partition(|tag| tag.starts_with("sha256-"));
    assert_eq!((tags, signatures.len()), (vec!["1.0"], 1));
}

#[test]
fn oras_fetches_manifests_and_blobs() {
    let serving = Serving::shared();
    let reference = format!("{}/{}", serving.host(), IMAGES[0]);
    let oras = |words: &[&str]| Program::tool("oras").args(words).arg("--plain-http").run().ok();
    let manifest = oras(&["manifest", "fetch", &reference]);
    let manifest: serde_json::Value = serde_json::from_str(&manifest).unwrap();
    let layer = manifest["layers"][0]["digest"].as_str().unwrap();
    let blob = format!("{}/demo/clock@{layer}", serving.host());
    let out = tempfile::tempdir().unwrap();
    let file = out.path().join("layer");
    oras(&["blob", "fetch", "--output", file.to_str().unwrap(), &blob]);
    let digest = sre_format::Digest::of(&fs::read(file).unwrap()).to_string();
    assert_eq!(digest, layer);
}

#[test]
fn helm_pulls_the_chart_as_it_was_packed() {
    let serving = Serving::shared();
    let out = tempfile::tempdir().unwrap();
    let chart = format!("oci://{}/charts/demo", serving.host());
    Program::tool("helm")
        .args(["pull", &chart, "--version", "0.1.0", "--plain-http"])
        .env("HOME", out.path())
        .folder(out.path())
        .run()
        .ok();
    let pulled = fs::read(out.path().join("demo-0.1.0.tgz")).unwrap();
    assert!(pulled == Journey::shared().chart, "the chart is not the one that was pushed");
}

#[test]
fn containerd_pulls_by_the_upstream_name_through_a_hosts_file() {
    let serving = Serving::shared();
    let containerd = Containerd::start();
    let upstream = Journey::shared().registry.host();
    let hosts = containerd.mirror(upstream, serving.host());
    for image in IMAGES {
        containerd
            .ctr()
            .args(["images", "pull", "--snapshotter", "native", "--hosts-dir"])
            .arg(&hosts)
            .arg(format!("{upstream}/{image}"))
            .run()
            .ok();
    }
    let list = containerd.ctr().args(["images", "list"]).run().ok();
    for image in IMAGES {
        assert!(list.contains(upstream_digest(image).trim_end()), "{image} is not in\n{list}");
    }
}

#[test]
fn files_come_as_they_were() {
    let serving = Serving::shared();
    let out = tempfile::tempdir().unwrap();
    let url = format!("http://{}/files/tool.txt", serving.host());
    let file = out.path().join("tool.txt");
    Program::tool("curl").args(["-fsS", "-o"]).arg(&file).arg(url).run().ok();
    assert_eq!(fs::read(file).unwrap(), FILE);
}
