//! `sre-bundle lock` and `diff` against upstreams that behave and that do not.

use std::fs;

use sre_format::lock::Verification;
use sre_testkit::chart::Chart;
use sre_testkit::image::{
    Family, Image, Index, Layer, Packing, cosign_signature, cosign_tag, referrer,
};
use sre_testkit::upstream::{Referrers, Settings};
use sre_testkit::{Misbehaviour, Trouble, Upstream};

use crate::desk::Desk;

pub(crate) fn image(seed: u64) -> sre_testkit::image::Artifact {
    image_for("linux/amd64", seed, Family::Oci)
}

pub(crate) fn image_for(platform: &str, seed: u64, family: Family) -> sre_testkit::image::Artifact {
    let layers =
        [Layer::random(seed, 50_000, Packing::Gzip), Layer::random(1, 20_000, Packing::Gzip)];
    Image::new(platform).family(family).layers(layers).build()
}

fn index(family: Family) -> sre_testkit::image::Artifact {
    Index::new(family)
        .image("linux/amd64", image_for("linux/amd64", 10, family))
        .image("linux/arm64", image_for("linux/arm64", 11, family))
        .attestation()
        .absent("linux/s390x")
        .build()
}

pub(crate) const APP: &str = "[[image]]\nref = \"HOST/bench/app:1.0\"\n";

#[test]
fn locks_an_image_by_its_tag_and_then_has_nothing_to_do() {
    let desk = Desk::new();
    let artifact = image(7);
    desk.upstream.push(&artifact, "bench/app", "1.0");
    desk.manifest(APP);
    desk.run("lock").ends_with(0).says("images.lock written: serial 1, 1 image, 0 charts, 0 files");
    let lock = desk.lock();
    assert_eq!(lock.images[0].root.digest, artifact.digest());
    assert_eq!(lock.images[0].source.to_string(), desk.upstream.url());
    let manifest_bytes: u64 = artifact.manifests.iter().map(|it| it.bytes.len() as u64).sum();
    assert_eq!(lock.images[0].bytes, artifact.blob_bytes() + manifest_bytes);

    let before = fs::read(desk.path("images.lock")).unwrap();
    desk.upstream.clear_log();
    desk.run("lock").ends_with(0).says("images.lock unchanged: serial 1");
    desk.run("lock --check").ends_with(0).says("unchanged");
    assert_eq!(fs::read(desk.path("images.lock")).unwrap(), before);
    let fetched = desk.upstream.log().into_iter().filter(|it| it.method == "GET");
    let fetched: Vec<_> =
        fetched.map(|it| it.path).filter(|it| it.contains("/manifests/sha256:")).collect();
    assert_eq!(fetched, [""; 0], "what upstream confirms is not fetched again");
}

#[test]
fn keeps_an_index_as_it_is_and_carries_the_chosen_platforms() {
    for family in [Family::Oci, Family::Docker] {
        let desk = Desk::new();
        let artifact = index(family);
        desk.upstream.push(&artifact, "bench/app", "1.0");
        desk.manifest(APP);
        desk.run("lock").ends_with(0);
        let locked = desk.lock().images.remove(0);
        assert_eq!(locked.root.digest, artifact.digest());
        assert_eq!(locked.root.media_type, family.index());
        let platforms = |list: &[sre_format::lock::LockedManifest]| -> Vec<String> {
            list.iter().map(|it| it.platform.as_ref().unwrap().to_string()).collect()
        };
        // The attestation is about the amd64 image, so it comes along.
        assert_eq!(platforms(&locked.manifests), ["linux/amd64", "unknown/unknown"]);
        assert_eq!(platforms(&locked.absent), ["linux/arm64", "linux/s390x"]);
    }
}

#[test]
fn carries_more_platforms_when_the_image_asks_for_them() {
    let desk = Desk::new();
    desk.upstream.push(&index(Family::Oci), "bench/app", "1.0");
    desk.manifest(&format!("{APP}platforms = [\"linux/arm64\", \"linux/amd64\"]\n"));
    desk.run("lock").ends_with(0);
    assert_eq!(desk.lock().images[0].manifests.len(), 3);

    desk.manifest(&format!("{APP}platforms = [\"linux/riscv64\"]\n"));
    desk.run("lock")
        .ends_with(3)
        .says("is not there for linux/riscv64")
        .says("linux/amd64, linux/arm64");
}

#[test]
fn refuses_a_single_image_for_another_platform() {
    let desk = Desk::new();
    desk.upstream.push(&image_for("linux/arm64", 3, Family::Docker), "bench/app", "1.0");
    desk.manifest(APP);
    desk.run("lock").ends_with(3).says("is not there for linux/amd64, only for linux/arm64");
    desk.manifest(&format!("{APP}platforms = [\"linux/arm64\"]\n"));
    desk.run("lock").ends_with(0);
}

#[test]
fn finds_signatures_and_referrers_of_referrers() {
    for referrers in [Referrers::Api, Referrers::FallbackTag] {
        let desk = Desk::with(Upstream::start(Settings { referrers, ..Settings::default() }));
        let artifact = image(7);
        let digest = artifact.digest();
        desk.upstream.push(&artifact, "bench/app", "1.0");
        desk.upstream.push(
            &cosign_signature(&digest, "signature"),
            "bench/app",
            &cosign_tag(&digest),
        );
        let sbom = referrer(&artifact, "application/spdx+json", b"{}");
        let signature = referrer(&sbom, "application/vnd.dev.sigstore.bundle.v0.3+json", b"{}");
        for made in [&sbom, &signature] {
            desk.upstream.push(made, "bench/app", &made.digest().to_string());
        }
        if matches!(referrers, Referrers::FallbackTag) {
            for (subject, made) in [(&artifact, &sbom), (&sbom, &signature)] {
                let index = sre_testkit::image::fallback_index(std::slice::from_ref(made));
                let tag = sre_testkit::image::fallback_tag(&subject.digest());
                desk.upstream.push(&index, "bench/app", &tag);
            }
        }
        desk.manifest(APP);
        desk.run("lock").ends_with(0);
        let locked = desk.lock().images.remove(0);
        let mut found: Vec<_> =
            locked.referrers.iter().map(|it| (it.subject, it.digest, it.tag.is_some())).collect();
        found.sort();
        let by_tag = cosign_signature(&digest, "signature").digest();
        let mut expected = vec![
            (digest, by_tag, true),
            (digest, sbom.digest(), false),
            (sbom.digest(), signature.digest(), false),
        ];
        expected.sort();
        assert_eq!(found, expected);
    }
}

#[test]
fn a_registry_that_refuses_to_list_referrers_has_not_said_that_there_are_none() {
    let desk = Desk::new();
    desk.upstream.push(&image(7), "bench/app", "1.0");
    desk.manifest(APP);
    for path in ["/referrers/", ".sig"] {
        desk.upstream.heal();
        desk.upstream.trouble(Trouble::on(path).does(Misbehaviour::status(403)));
        desk.run("lock").ends_with(4).says("403");
        assert!(!desk.path("images.lock").exists());
    }
}

#[test]
fn reports_every_input_that_fails_not_only_the_first() {
    let desk = Desk::new();
    desk.upstream.push(&image(7), "bench/app", "1.0");
    desk.manifest(&format!(
        "{APP}[[image]]\nref = \"HOST/bench/gone:1\"\n[[file]]\nurl = \"http://HOST/gone.bin\"\nsha256 = \"{}\"\n",
        "00".repeat(32)
    ));
    desk.run("lock")
        .ends_with(4)
        .says("2 inputs cannot be resolved")
        .says("bench/gone:1 does not exist")
        .says("gone.bin does not exist");
}

#[test]
fn notices_that_a_tag_has_moved_and_shows_both_sides() {
    let desk = Desk::new();
    let (old, new) = (image(7), image(8));
    desk.upstream.push(&old, "bench/app", "1.0");
    desk.manifest(APP);
    desk.run("lock").ends_with(0);
    let locked = fs::read(desk.path("images.lock")).unwrap();
    desk.upstream.push(&new, "bench/app", "1.0");

    let run = desk.run("lock --locked").ends_with(4).says("upstream no longer matches");
    let run = run.says(&old.digest().to_string()).says(&new.digest().to_string());
    let run = run.says("images.lock unchanged: serial 1");
    assert!(run.stderr.contains("hint: "));
    assert_eq!(fs::read(desk.path("images.lock")).unwrap(), locked, "--check changes nothing");

    let json = desk.run("lock --check --json").ends_with(4).json();
    assert_eq!(json["changes"]["inputs"][0]["before"]["digest"], old.digest().to_string());
    assert_eq!(json["changes"]["inputs"][0]["after"]["digest"], new.digest().to_string());

    desk.run("lock").ends_with(0).says("serial 2").says("serial  1 -> 2");
    assert_eq!(desk.lock().images[0].root.digest, new.digest());
}

#[test]
fn a_pinned_digest_that_upstream_lost_is_an_error() {
    let desk = Desk::new();
    let pinned = image(7);
    desk.upstream.push(&image(8), "bench/app", "1.0");
    desk.manifest(&format!("[[image]]\nref = \"HOST/bench/app:1.0@{}\"\n", pinned.digest()));
    desk.run("lock").ends_with(4).says("does not exist");
    desk.upstream.push(&pinned, "bench/app", "other");
    desk.run("lock").ends_with(0);
    assert_eq!(desk.lock().images[0].verified, [Verification::Manifest]);
}

#[test]
fn warns_where_an_index_is_pinned_and_carried_in_part() {
    let desk = Desk::new();
    let artifact = index(Family::Oci);
    desk.upstream.push(&artifact, "bench/app", "1.0");
    let pin = format!("{}/bench/app@{}", desk.upstream.host(), artifact.digest());
    let chart = Chart::new("demo", "0.1.0").image(&pin);
    desk.upstream.push(&chart.artifact(), "charts/demo", "0.1.0");
    desk.manifest(&format!(
        "{APP}[[chart]]\nref = \"oci://HOST/charts/demo\"\nversion = \"0.1.0\"\n"
    ));
    desk.run("lock").ends_with(0).says("warning: the chart demo 0.1.0 pins");
    desk.manifest(&format!("[[image]]\nref = \"HOST/bench/app@{}\"\n", artifact.digest()));
    desk.run("lock").ends_with(0).says("warning: the manifest pins");
}

#[test]
fn an_upstream_that_delivers_other_bytes_than_it_names_is_refused() {
    let desk = Desk::new();
    desk.upstream.push(&image(7), "bench/app", "1.0");
    desk.manifest(APP);
    desk.upstream.trouble(
        Trouble::on("/manifests/sha256:").method("GET").does(Misbehaviour::Corrupt { at: 20 }),
    );
    desk.run("lock").ends_with(4).says("instead of");
    assert!(!desk.path("images.lock").exists());
}

#[test]
fn a_new_comment_in_the_manifest_is_a_new_serial() {
    let desk = Desk::new();
    desk.manifest("");
    desk.run("lock").ends_with(0).says("serial 1");
    desk.manifest("# a remark\n");
    desk.run("lock --check").ends_with(3).says("the manifest was changed after");
    desk.run("lock").ends_with(0).says("serial 2");
}

#[test]
fn a_typo_in_the_manifest_names_the_line_and_the_key_that_was_meant() {
    let desk = Desk::new();
    desk.manifest("[[imgae]]\nref = \"HOST/a:1\"\n");
    let run = desk.run("lock").ends_with(3);
    let run =
        run.says("unknown key `imgae`").says("manifest.toml:6:3").says("did you mean `image`?");
    assert_eq!(run.stdout, "");
    let json = desk.run("lock --json").ends_with(3).json();
    assert_eq!(json["kind"], "failure");
    assert_eq!(json["problems"][0]["line"], 6);
}

#[test]
fn writes_events_that_end_with_a_terminal_one() {
    let desk = Desk::new();
    desk.upstream.push(&image(7), "bench/app", "1.0");
    desk.manifest(APP);
    desk.run("lock --quiet --events events.jsonl").ends_with(0);
    let text = fs::read_to_string(desk.path("events.jsonl")).unwrap();
    let names: Vec<String> = text
        .lines()
        .map(|line| {
            let line: serde_json::Value = serde_json::from_str(line).unwrap();
            assert_eq!(line["version"], 1);
            line["event"].as_str().unwrap().to_owned()
        })
        .filter(|name| name != "progress")
        .collect();
    assert_eq!(
        names,
        [
            "run-started",
            "phase-started",
            "step-started",
            "step-finished",
            "phase-finished",
            "run-finished"
        ]
    );
}
