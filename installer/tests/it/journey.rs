//! `sre-install --bundle F` without a verb, and first contact at a terminal.

use std::fs;
use std::path::Path;

use sre_format::signature::Form;

use crate::site::{Site, key};

#[test]
fn verifies_shows_what_is_there_and_names_the_next_command() {
    let site = Site::with_bundle();
    site.run("--bundle sre.tar.zst --key site.pub")
        .ends_with(0)
        .showing("registry.example:5000/apps/one:1.0")
        .showing("verified     every byte")
        .showing("sre-install seed --bundle sre.tar.zst --key site.pub --to https://REGISTRY");
}

#[test]
fn the_next_command_is_the_same_whatever_the_medium_calls_the_file() {
    let site = Site::with_bundle();
    let name = "sre.tar.zst; touch it's-run";
    fs::rename(site.bundle(), site.path(name)).unwrap();
    let program = Path::new(env!("CARGO_BIN_EXE_sre-install"));
    let run = site.start(program, ["--bundle", name, "--key", "site.pub"]).ends_with(0);
    run.showing(r"sre-install serve --bundle 'sre.tar.zst; touch it'\''s-run' --key site.pub");
}

#[test]
fn shows_where_a_damaged_bundle_is_damaged() {
    let site = Site::with_bundle();
    let bytes = fs::read(site.bundle()).unwrap();
    let inside = bytes.windows(1000).position(|window| window == [7; 1000]).unwrap();
    site.flip(inside + 500);
    let line = "--bundle sre.tar.zst --key site.pub";
    site.run(line)
        .ends_with(6)
        .showing("DAMAGED      files/tool.bin")
        .saying("copy the bundle again");
    let document = site.run(&format!("{line} --json")).ends_with(6).json();
    assert_eq!(document["damage"][0]["path"], "files/tool.bin");
}

#[test]
fn refuses_without_a_key_and_without_a_terminal() {
    let site = Site::with_bundle();
    site.run("--bundle sre.tar.zst").ends_with(7).saying("no key is known").saying("--key");
}

#[test]
fn says_that_site_files_are_not_read() {
    let site = Site::with_bundle();
    site.run("--bundle sre.tar.zst --key site.pub --site site.toml").ends_with(2).saying("site");
}

#[test]
fn without_anything_it_asks_for_a_bundle() {
    Site::new().run("").ends_with(2).saying("--bundle");
}

/// Types lines into `sre-install` at a terminal of its own.
fn at_a_terminal(site: &Site, typed: &str) -> crate::site::Run {
    let program = env!("CARGO_BIN_EXE_sre-install");
    fs::write(site.path("typed"), typed).unwrap();
    let line = format!(
        "script --quiet --return --command '{program} --bundle sre.tar.zst' /dev/null < typed"
    );
    site.start(Path::new("sh"), ["-c", &line])
}

#[test]
fn a_person_types_the_fingerprint_from_paper_once() {
    let site = Site::with_bundle();
    let fingerprint = key().public().id().fingerprint().to_string().to_lowercase();
    let run = at_a_terminal(&site, &format!("{fingerprint}\n")).ends_with(0);
    run.showing("Type the whole fingerprint").showing("verified     every byte");
    let kept = site.path(&format!("trust.d/{}.pub", key().public().id()));
    assert_eq!(fs::read(kept).unwrap(), fs::read(site.path("site.pub")).unwrap());
    site.run("--bundle sre.tar.zst").ends_with(0);
}

#[test]
fn a_wrong_fingerprint_keeps_nothing_and_shows_nothing() {
    let site = Site::with_bundle();
    let run = at_a_terminal(&site, &"AAAA-BBBB\n".repeat(3)).ends_with(7);
    let run = run.showing("not that of any key");
    for group in key().public().id().fingerprint().groups() {
        assert!(!run.stdout.contains(&group), "{}", run.stdout);
    }
    assert!(!site.path("trust.d").exists());
}

#[test]
fn a_carried_key_that_did_not_sign_is_not_kept() {
    let site = Site::with_bundle();
    site.alter_signatures(|files| files.retain(|file| !file.name.ends_with(Form::Plain.suffix())));
    let fingerprint = key().public().id().fingerprint();
    at_a_terminal(&site, &format!("{fingerprint}\n")).ends_with(7);
    assert!(!site.path("trust.d").exists());
}
