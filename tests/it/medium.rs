//! Media and clocks as they are: read-only, altered while serving, years off.

use sre_tests::{IMAGES, Journey, Medium, Program, Serving, ours};
use std::fs::{self, OpenOptions};
use std::os::unix::fs::FileExt as _;
use std::path::Path;

fn pull(serving: &Serving, image: &str) -> sre_tests::Ran {
    let reference = format!("{}/{image}", serving.host());
    Program::tool("crane").args(["--insecure", "validate", "--remote", &reference]).run()
}

#[test]
fn verify_and_serve_read_from_a_read_only_medium() {
    let journey = Journey::shared();
    let folder = tempfile::tempdir().unwrap();
    fs::copy(journey.bundle(), folder.path().join("sre.tar.zst")).unwrap();
    let medium = Medium::read_only(folder.path());
    let bundle = medium.path("sre.tar.zst");
    assert!(fs::write(medium.path("note"), "x").is_err(), "the medium can be written to");
    journey.sre_install("verify", &bundle).run().ok();
    let serving = Serving::start(journey, &bundle);
    pull(&serving, IMAGES[0]).ok();
}

#[test]
fn bytes_altered_while_serving_are_never_given_out() {
    let journey = Journey::shared();
    let folder = tempfile::tempdir().unwrap();
    let bundle = folder.path().join("sre.tar.zst");
    fs::copy(journey.bundle(), &bundle).unwrap();
    let serving = Serving::start(journey, &bundle);
    pull(&serving, IMAGES[0]).ok();
    flip_the_middle(&bundle);
    let failures = IMAGES.into_iter().filter(|image| pull(&serving, image).code() != Some(0));
    assert!(failures.count() > 0, "the altered byte was given out or never read");
    journey.sre_install("verify", &bundle).run().fails_with(6);
}

/// Flips a bit in the middle of the file, which is payload.
fn flip_the_middle(bundle: &Path) {
    let file = OpenOptions::new().read(true).write(true).open(bundle).unwrap();
    let middle = file.metadata().unwrap().len() / 2;
    let mut byte = [0];
    file.read_exact_at(&mut byte, middle).unwrap();
    file.write_all_at(&[byte[0] ^ 1], middle).unwrap();
}

#[test]
fn a_bundle_that_is_cut_short_while_serving_is_never_given_out() {
    let journey = Journey::shared();
    let folder = tempfile::tempdir().unwrap();
    let bundle = folder.path().join("sre.tar.zst");
    fs::copy(journey.bundle(), &bundle).unwrap();
    let serving = Serving::start(journey, &bundle);
    let file = OpenOptions::new().write(true).open(&bundle).unwrap();
    file.set_len(file.metadata().unwrap().len() / 2).unwrap();
    let failures = IMAGES.into_iter().filter(|image| pull(&serving, image).code() != Some(0));
    assert!(failures.count() > 0, "what is no longer there was given out");
}

#[test]
fn a_wrong_clock_changes_neither_the_bytes_nor_the_trust() {
    let journey = Journey::prepare();
    let now = journey.path("now.tar.zst");
    journey.build(&now).run().ok();
    for date in ["1999-12-31 23:59:59", "2099-01-01 00:00:00"] {
        let then = journey.path("then.tar.zst");
        ours::at_date(date, ours::Name::SreBundle)
            .args(["build", "--manifest", "manifest.toml", "--lock", "images.lock"])
            .args(["--key", "site.key", "-o"])
            .arg(&then)
            .env("SRE_KEY_PASSPHRASE", "")
            .env("SRE_CACHE", journey.path("cache"))
            .folder(&journey.path("."))
            .run()
            .ok();
        assert!(fs::read(&now).unwrap() == fs::read(&then).unwrap(), "the bytes differ in {date}");
        ours::at_date(date, ours::Name::SreInstall)
            .arg("verify")
            .arg("--bundle")
            .arg(&then)
            .arg("--key")
            .arg(journey.key())
            .env("SRE_STATE", journey.fresh_state())
            .run()
            .ok();
        fs::remove_file(then).unwrap();
    }
}
