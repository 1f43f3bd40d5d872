//! `lock` on upstreams that lie, on formats that nothing protects, and on secrets in the wrong place.

use serde_json::{Value, json};
use sre_format::Digest;
use sre_testkit::Upstream;
use sre_testkit::image::{Artifact, Family, Index, fallback_index, fallback_tag, referrer};
use sre_testkit::upstream::{Referrers, Settings};

use crate::desk::Desk;
use crate::lock::{APP, image};

fn json_of(artifact: &Artifact) -> Value {
    serde_json::from_slice(&artifact.top().bytes).unwrap()
}

/// Puts the artifact under its repository, and its altered top manifest under the tag.
fn put_altered(desk: &Desk, artifact: &Artifact, tag: &str, top: &Value) {
    desk.upstream.push(artifact, "bench/app", "honest");
    let media_type = &artifact.top().media_type;
    desk.upstream.put_manifest("bench/app", tag, media_type, top.to_string().into_bytes());
}

#[test]
fn an_index_that_lies_about_the_size_or_type_of_a_child_is_refused() {
    for (key, lie) in [("size", json!(7)), ("mediaType", json!(Family::Docker.manifest()))] {
        let desk = Desk::new();
        let artifact = Index::new(Family::Oci).image("linux/amd64", image(7)).build();
        let mut top = json_of(&artifact);
        top["manifests"][0][key] = lie.clone();
        put_altered(&desk, &artifact, "1.0", &top);
        desk.manifest(APP);
        let run = desk.run("lock").ends_with(4).says("and what names it says");
        run.says(lie.to_string().trim_matches('"')).says("hint: do not use it");
        assert!(!desk.path("images.lock").exists());
    }
}

#[test]
fn a_list_of_referrers_that_lies_is_refused() {
    let referrers = Referrers::FallbackTag;
    let desk = Desk::with(Upstream::start(Settings { referrers, ..Settings::default() }));
    let artifact = image(7);
    desk.upstream.push(&artifact, "bench/app", "1.0");
    let sbom = referrer(&artifact, "application/spdx+json", b"{}");
    desk.upstream.push(&sbom, "bench/app", &sbom.digest().to_string());
    let list = fallback_index(std::slice::from_ref(&sbom));
    let mut top = json_of(&list);
    top["manifests"][0]["size"] = json!(7);
    put_altered(&desk, &list, &fallback_tag(&artifact.digest()), &top);
    desk.manifest(APP);
    desk.run("lock").ends_with(4).says("and what names it says");
}

#[test]
fn a_manifest_that_lies_about_the_size_of_a_blob_is_found_out_by_build() {
    let desk = Desk::new();
    let artifact = image(7);
    let mut top = json_of(&artifact);
    let size = top["layers"][0]["size"].as_u64().unwrap();
    for lie in [size - 1, size + 1] {
        top["layers"][0]["size"] = json!(lie);
        put_altered(&desk, &artifact, "1.0", &top);
        desk.manifest(APP);
        desk.run("lock").ends_with(0);
        let run = desk.run("build --unsigned").ends_with(4);
        run.says(&format!("announces {size} bytes where {lie} are expected"));
        assert!(!desk.path("sre.tar.zst").exists());
    }
}

#[test]
fn docker_schema_1_is_refused_whatever_it_calls_itself() {
    let schema_1 = json!({
        "schemaVersion": 1, "name": "bench/app", "tag": "1.0", "architecture": "amd64",
        "fsLayers": [{ "blobSum": Digest::of(b"x") }], "history": [{ "v1Compatibility": "{}" }],
    });
    for media_type in [
        "application/vnd.docker.distribution.manifest.v1+prettyjws",
        "application/vnd.docker.distribution.manifest.v1+json",
        "application/json",
        "application/vnd.docker.distribution.manifest.v2+json",
    ] {
        let desk = Desk::new();
        let bytes = schema_1.to_string().into_bytes();
        desk.upstream.put_manifest("bench/app", "1.0", media_type, bytes);
        desk.manifest(APP);
        let run = desk.run("lock").ends_with(4).says("of Docker schema 1");
        run.says("hint: push the image again with a current tool");
    }
}

#[test]
fn foreign_layers_are_refused() {
    for media_type in [
        "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
        "application/vnd.oci.image.layer.nondistributable.v1.tar+zstd",
    ] {
        let desk = Desk::new();
        let artifact = image(7);
        let mut top = json_of(&artifact);
        top["layers"][0]["mediaType"] = json!(media_type);
        top["layers"][0]["urls"] = json!(["https://evil.example/layer"]);
        put_altered(&desk, &artifact, "1.0", &top);
        desk.manifest(APP);
        desk.run("lock").ends_with(3).says("a foreign layer").says("hint: choose an image");
    }
}

#[test]
fn secrets_in_manifest_and_lock_are_refused_and_never_shown() {
    let desk = Desk::new();
    let digest = Digest::of(b"tool").hex();
    let file = |url: &str| format!("[[file]]\nurl = \"{url}\"\nsha256 = \"{digest}\"\n");
    let refused = |text: &str, line: &str| {
        let run = desk.run(&format!("{line} --events events.jsonl")).ends_with(3);
        let events = std::fs::read_to_string(desk.path("events.jsonl")).unwrap_or_default();
        for shown in [run.stdout, run.stderr, events] {
            assert!(!shown.contains("hunter2"), "{text}: {shown}");
        }
    };
    for text in [
        file("https://me:hunter2@example.org/tool"),
        file("https://hunter2@example.org/tool"),
        file("https://example.org/tool?token=hunter2"),
        "[[image]]\nref = \"me:hunter2@example.org/app:1\"\n".to_owned(),
        "[[chart]]\nref = \"oci://me:hunter2@example.org/demo\"\nversion = \"1.0.0\"\n".to_owned(),
        "[[chart]]\nrepo = \"https://me:hunter2@example.org\"\nname = \"a\"\nversion = \"1.0.0\"\n"
            .to_owned(),
        "[registry.\"example.org\"]\nmirror = \"https://me:hunter2@example.net\"\n".to_owned(),
        "[registry.\"me:hunter2@example.org\"]\nplain-http = true\n".to_owned(),
    ] {
        desk.manifest(&text);
        refused(&text, "lock");
    }
    let url = desk.upstream.put_file("/tool", "application/gzip", b"tool".to_vec());
    desk.manifest(&file(&url));
    desk.run("lock").ends_with(0);
    let lock = std::fs::read_to_string(desk.path("images.lock")).unwrap();
    for host in ["me:hunter2@", "hunter2@"] {
        let text = lock.replace("http://", &format!("http://{host}"));
        desk.write("images.lock", &text);
        refused(&text, "build --unsigned");
        refused(&text, "diff images.lock images.lock");
    }
}
