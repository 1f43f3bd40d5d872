//! `preflight` where no node is visited: what it refuses, and a machine that lacks the programs for it.
//! Visits are tested with a real server in `tests/it/preflight.rs` of the workspace.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use crate::hosts::{INIT, with_rke2};
use crate::site::{Site, key};

const PREFLIGHT: &str = "preflight --bundle sre.tar.zst --key site.pub --site site.toml";

fn site() -> Site {
    let site = Site::new();
    with_rke2().signed_by(&key()).write(&site.bundle());
    site.run(INIT).ends_with(0);
    site
}

#[test]
fn a_node_that_the_site_lacks_and_a_wrong_site_file_are_refused_before_any_visit() {
    let site = site();
    let other = format!("{PREFLIGHT} --only-node one --only-node tow");
    site.run(&other).ends_with(2).saying("no node `tow`").saying("one, two");
    let text = fs::read_to_string(site.path("site.toml")).unwrap();
    fs::write(site.path("site.toml"), text.replace("[cluster]", "[clutser]")).unwrap();
    site.run(PREFLIGHT).ends_with(3).saying("clutser");
    assert!(!site.path("state/sites").exists());
}

#[test]
fn a_machine_without_the_programs_says_so_and_that_it_could_not_look() {
    let site = site();
    fs::create_dir(site.path("keys")).unwrap();
    fs::write(site.path("keys/sre"), "-----BEGIN OPENSSH PRIVATE KEY-----\n").unwrap();
    fs::set_permissions(site.path("keys/sre"), fs::Permissions::from_mode(0o600)).unwrap();
    let state = format!("SRE_STATE={}", site.path("state").display());
    let run = |more: &[&str]| {
        let program = env!("CARGO_BIN_EXE_sre-install");
        let words = ["-i", "PATH=/nonexistent", &state, program];
        let words = words.into_iter().chain(PREFLIGHT.split(' ')).chain(more.iter().copied());
        site.start(Path::new("/usr/bin/env"), words).ends_with(5)
    };
    let text = run(&[]).saying("checks failed, on 1 hosts");
    let text = text.showing("FAILED          ssh-client       `ssh` is not in the path");
    let text = text.showing("one (10.20.0.11, server)");
    let text = text.showing("could not look  ssh              cannot start `ssh`");
    let text = text.showing("fine            bundle           it brings RKE2 v1.35.7+rke2r1");
    // One line for all that was not seen for one reason.
    assert_eq!(text.stdout.matches("the node was not reached").count(), 2, "{}", text.stdout);
    let report = run(&["--json", "--only-node", "two", "--files", "mine"]).json();
    assert_eq!(report["kind"], "preflight");
    let names: Vec<_> = report["hosts"].as_array().unwrap().iter().map(|it| &it["name"]).collect();
    assert_eq!(names, ["admin", "two"]);
    assert!(site.path("mine/known_hosts").exists() && !site.path("mine/inventory.json").exists());
}
