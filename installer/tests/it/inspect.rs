//! `sre-install inspect`.

use std::fs;

use sre_testkit::bundle::Bundle;
use sre_testkit::image::Image;

use crate::site::{Site, unsigned};

#[test]
fn shows_what_nobody_has_checked_as_unverified() {
    let site = Site::with_bundle();
    let run = site.run("inspect --bundle sre.tar.zst").ends_with(0);
    let run = run.showing("UNVERIFIED").showing("serial 1");
    run.showing("registry.example:5000/apps/one:1.0").showing("file                 1");
}

#[test]
fn names_the_signer_with_a_key_and_refuses_a_wrong_one() {
    let site = Site::with_bundle();
    let run = site.run("inspect --bundle sre.tar.zst --key site.pub --json").ends_with(0);
    assert_eq!(run.json()["card"]["origin"]["state"], "signed");
    site.run("inspect --bundle sre.tar.zst --key other.pub").ends_with(7);
}

#[test]
fn warns_when_the_trust_folder_does_not_know_the_signer() {
    let site = Site::with_bundle();
    fs::create_dir(site.path("trust.d")).unwrap();
    fs::copy(site.path("other.pub"), site.path("trust.d/other.pub")).unwrap();
    let run = site.run("inspect --bundle sre.tar.zst").ends_with(0);
    run.showing("UNVERIFIED").saying("unknown keys");
}

#[test]
fn shows_images_with_kinds_and_platforms() {
    let site = Site::with_bundle();
    let run = site.run("inspect --bundle sre.tar.zst --images").ends_with(0);
    let run = run.showing("linux/amd64,linux/arm64").showing("chart ");
    run.showing("registry.example:5000/charts/demo:0.1.0");
    let document = site.run("inspect --bundle sre.tar.zst --images --json").ends_with(0).json();
    assert_eq!(document["images"][0]["kind"], "image");
    assert_eq!(document["images"][1]["kind"], "chart");
}

#[test]
fn shows_folders_as_a_tree() {
    let site = Site::with_bundle();
    let run = site.run("inspect --bundle sre.tar.zst --tree").ends_with(0);
    run.showing("files/").showing("  tool.bin").showing("  blobs/sha256/");
}

#[test]
fn lists_every_file_as_json() {
    let site = Site::with_bundle();
    let document = site.run("inspect --bundle sre.tar.zst --json").ends_with(0).json();
    assert_eq!(document["kind"], "inspect");
    let files = document["files"].as_array().unwrap();
    assert!(files.iter().any(|file| file["path"] == "files/tool.bin" && file["size"] == 300_000));
}

#[test]
fn says_when_nobody_has_signed() {
    let site = Site::new();
    unsigned().write(&site.bundle());
    site.run("inspect --bundle sre.tar.zst").ends_with(0).showing("UNSIGNED");
}

#[test]
fn names_that_nobody_signed_cannot_write_a_line_of_their_own() {
    let image = Image::new("linux/amd64").build();
    for name in ["a.b/c:1\nkey          AAAA-AAAA", "a.b/c:1\u{1b}[2J", ""] {
        let site = Site::new();
        Bundle::new().carry(name, &image).write(&site.bundle());
        for more in ["", " --images", " --tree --json"] {
            let run = site.run(&format!("inspect --bundle sre.tar.zst{more}")).ends_with(6);
            let all = format!("{}{}", run.stdout, run.stderr);
            assert!(all.contains("oci/index.json"), "{all}");
            assert!(!all.lines().any(|line| line.starts_with("key")), "{all}");
            assert!(!all.contains('\u{1b}'), "{all}");
        }
    }
}

#[test]
fn refuses_a_damaged_head() {
    let site = Site::with_bundle();
    site.flip(600);
    let run = site.run("inspect --bundle sre.tar.zst");
    assert!(matches!(run.code, Some(3 | 6)), "{}", run.stderr);
}
