//! File systems of sticks: exFAT and FAT32 know neither holes nor reserved space.

use sre_tests::{IMAGES, Journey, Medium, Program, Serving};
use std::fs;

const STICK: u64 = 96 << 20;

/// Builds onto a stick, takes it for the medium, and wants the bytes of any other disk.
fn carried_on(stick: &Medium) {
    let journey = Journey::shared();
    let bundle = stick.path("sre.tar.zst");
    journey.build(&bundle).run().ok();
    assert!(fs::read(&bundle).unwrap() == fs::read(journey.bundle()).unwrap(), "the bytes differ");
    let left = fs::read_dir(stick.folder()).unwrap();
    let left: Vec<_> = left.map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["sre.tar.zst"], "something is left beside the bundle");

    journey.sre_install("verify", &bundle).run().ok();
    let serving = Serving::start(journey, &bundle);
    let reference = format!("{}/{}", serving.host(), IMAGES[0]);
    Program::tool("crane").args(["--insecure", "validate", "--remote", &reference]).run().ok();
}

#[test]
fn a_stick_with_exfat_carries_the_same_bytes() {
    carried_on(&Medium::exfat(STICK));
}

#[test]
fn a_stick_with_fat32_carries_the_same_bytes() {
    carried_on(&Medium::vfat(STICK));
}

#[test]
fn a_stick_that_is_too_small_is_known_before_the_first_download() {
    let journey = Journey::shared();
    let stick = Medium::exfat(8 << 20);
    stick.fill();
    let bundle = stick.path("sre.tar.zst");
    let said = journey.build(&bundle).arg("--json").run();
    let answer: serde_json::Value = serde_json::from_str(&said.stdout()).unwrap();
    said.fails_with(8);
    let message = answer["message"].as_str().unwrap();
    assert!(message.contains("no room") && message.contains(".partial"), "{answer}");
    assert!(!bundle.exists());
}

#[test]
fn a_file_system_without_large_files_is_named_as_such() {
    let journey = Journey::shared();
    let out = tempfile::tempdir().unwrap();
    // What FAT32 says to a file of 4 GiB, said here to one of half a MiB.
    let script = "trap '' XFSZ; ulimit -f 1024; exec \"$@\"";
    let built = ["build", "--manifest", "manifest.toml", "--lock", "images.lock"];
    let limited =
        Program::tool("sh").args(["-c", script, "sh"]).arg(sre_tests::ours::sre_bundle_path());
    let said = limited
        .args(built)
        .args(["--key", "site.key", "-o"])
        .arg(out.path().join("sre.tar.zst"))
        .folder(&journey.path("."))
        .env("SRE_KEY_PASSPHRASE", "")
        .env("SRE_CACHE", journey.path("cache"))
        .run()
        .fails_with(5);
    assert!(said.contains("sre.tar.zst.partial") && said.contains("FAT32"), "{said}");
}
