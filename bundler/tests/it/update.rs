//! `update`: newer versions, as upstreams list them.

use serde_json::{Value, json};
use sre_testkit::chart::{Chart, serve_repository};
use sre_testkit::{Misbehaviour, Trouble};

use crate::desk::Desk;
use crate::lock::image;

/// A desk whose upstream has newer versions of an image, of two charts and of a program.
fn desk() -> Desk {
    let desk = Desk::new();
    let tags =
        ["1.0.0", "1.0.2", "1.0.10", "1.1.0", "2.0.0", "3.0.0-rc.1", "1.2.0-alpine", "latest"];
    for (seed, tag) in (1..).zip(tags) {
        desk.upstream.push(&image(seed), "app/one", tag);
    }
    for version in ["0.1.0+build.1", "0.2.0+build.7"] {
        let chart = Chart::new("demo", version);
        desk.upstream.push(&chart.artifact(), "charts/demo", &chart.tag());
    }
    let charts =
        ["1.2.3", "1.2.4", "2.0.0", "3.0.0-beta.1"].map(|version| Chart::new("web", version));
    let repository = serve_repository(&desk.upstream, "/stable", &charts);
    let hash = "ab".repeat(20);
    let references = ["tool-1.0.0", "tool-1.4.0", "other-9.0.0"]
        .map(|tag| format!("{hash}\trefs/tags/{tag}\n"))
        .concat();
    desk.upstream.put_file("/tool.git/info/refs", "text/plain", references.into_bytes());
    let sum = "00".repeat(32);
    desk.manifest(&format!(
        "[[image]]\nref = \"HOST/app/one:1.0.0\"\n\
         [[chart]]\nref = \"oci://HOST/charts/demo\"\nversion = \"0.1.0+build.1\"\n\
         [[chart]]\nrepo = \"{repository}\"\nname = \"web\"\nversion = \"1.2.3\"\n\
         [[tool]]\nname = \"tool\"\nversion = \"1.0.0\"\nsha256 = \"{sum}\"\n\
         url = \"http://HOST/tool/releases/download/tool-{{version}}/tool\"\nversions-from = \"http://HOST/tool.git\"\n\
         [[tool]]\nname = \"other\"\nversion = \"1.0.0\"\nsha256 = \"{sum}\"\nurl = \"http://HOST/other\"\n\
         [[file]]\npath = \"manifest.toml\"\n"
    ));
    desk
}

fn rows(report: &Value) -> Vec<Value> {
    let rows = report["inputs"].as_array().unwrap().iter();
    rows.map(|row| json!([row["kind"], row["current"], row["patch"], row["minor"], row["major"]]))
        .collect()
}

#[test]
fn newer_versions_of_every_kind_are_told_by_their_step() {
    let desk = desk();
    let report = desk.run("update --json").ends_with(0).json();
    assert_eq!(
        rows(&report),
        [
            json!(["image", "1.0.0", "1.0.10", "1.1.0", "2.0.0"]),
            json!(["chart", "0.1.0+build.1", null, "0.2.0+build.7", null]),
            json!(["chart", "1.2.3", "1.2.4", null, "2.0.0"]),
            json!(["tool", "1.0.0", null, "1.4.0", null]),
        ]
    );
    let unknown: Vec<_> =
        report["unknown"].as_array().unwrap().iter().map(|it| it["name"].clone()).collect();
    assert_eq!(unknown, ["other", "manifest.toml"]);
    let run = desk.run("update").ends_with(0).says("4 of 4 inputs have newer versions");
    run.says("1.0.0 -> 1.0.10 (patch), 1.1.0 (minor), 2.0.0 (major)").says("versions-from");
}

#[test]
fn an_upstream_that_fails_is_told_with_its_fault_beside_what_the_others_say() {
    let desk = desk();
    desk.upstream.trouble(Trouble::on("/stable").does(Misbehaviour::status(403)));
    let run = desk.run("update --json");
    assert_eq!(rows(&run.json()).len(), 3, "{}", run.stdout);
    run.ends_with(4).says("web");
    desk.upstream.heal();
    desk.upstream.put_file("/tool.git/info/refs", "text/html", b"<html>".to_vec());
    desk.run("update").ends_with(4).says("is no git repository");
}

#[test]
fn a_repository_without_the_pinned_version_is_the_wrong_one() {
    let desk = desk();
    let references = format!("{}\trefs/tags/v9.0.0\n", "ab".repeat(20));
    desk.upstream.put_file("/tool.git/info/refs", "text/plain", references.into_bytes());
    desk.run("update").ends_with(4).says("does not have the version that is pinned");
}

#[test]
fn renovate_gets_a_file_of_releases_for_each_input() {
    let desk = desk();
    desk.run("update --renovate versions").ends_with(0);
    let host = desk.upstream.host().replace(':', "_");
    let read = |path: String| -> Value {
        serde_json::from_slice(&std::fs::read(desk.path(&path)).unwrap()).unwrap()
    };
    let image = read(format!("versions/image/{host}_app_one.json"));
    let versions =
        ["1.0.0", "1.0.10", "1.1.0", "2.0.0"].map(|version| json!({ "version": version }));
    assert_eq!(image, json!({ "releases": versions }));
    assert_eq!(read("versions/tool/tool.json".into())["releases"][1]["version"], "1.4.0");
}
