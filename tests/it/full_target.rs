//! A disk that fills up under `seed`: its own state, and the store of the registry that it fills.

use sre_tests::{Journey, Medium, Program, Registry};
use std::fs;
use std::path::{Path, PathBuf};

fn seed(journey: &Journey, target: &Registry, state: &Path) -> Program {
    let to = format!("http://{}", target.host());
    journey.sre_install("seed", &journey.bundle()).args(["--to", &to]).env("SRE_STATE", state)
}

/// Wants every image of the bundle in the target, whole.
fn all_there(target: &Registry) {
    let found = target.repositories();
    assert_eq!(found.len(), 3, "{found:?}");
    target.nothing_is_half_done();
}

#[test]
fn a_full_state_directory_is_said_and_the_next_run_ends_what_was_begun() {
    let journey = Journey::shared();
    let target = Registry::start();
    let disk = Medium::of_bytes(1 << 20);
    disk.fill();
    let said = seed(journey, &target, disk.folder()).run().fails_with(8);
    let place = disk.folder().display().to_string();
    assert!(said.contains(&place) && said.contains("--state"), "{said}");
    disk.make_room();
    seed(journey, &target, disk.folder()).run().ok();
    all_there(&target);
    let receipts = fs::read_dir(disk.path("receipts")).unwrap().count();
    assert!(receipts > 0, "the second run left no receipt");
}

#[test]
fn a_full_registry_is_said_shows_nothing_half_done_and_is_filled_later() {
    let journey = Journey::shared();
    let disk = Medium::of_bytes(256 << 10);
    let target = Registry::keeping(disk.folder());
    let state = journey.fresh_state();
    let said = seed(journey, &target, &state).run().fails_with(8);
    assert!(said.contains(target.host()), "{said}");
    assert!(said.contains("space"), "nothing tells what is wrong with the registry:\n{said}");
    for repository in target.repositories() {
        assert_eq!(target.tags(&repository), Vec::<String>::new(), "{repository} is visible");
    }
    disk.resize(64 << 20);
    seed(journey, &target, &state).run().ok();
    all_there(&target);
}

/// Leaves a record of a registry's store as a disk that is full does.
fn half_write(record: &Path) {
    fs::write(record, "").unwrap();
}

/// Gives the record of a manifest that no tag names.
fn untagged_manifest(target: &Registry) -> PathBuf {
    let read = |path: &PathBuf| fs::read_to_string(path).unwrap();
    let tagged: Vec<String> = target.records("/current/").iter().map(read).collect();
    let mut manifests = target.records("_manifests/revisions/").into_iter();
    manifests.find(|path| !tagged.contains(&read(path))).unwrap()
}

#[test]
fn half_written_records_are_mended_and_tags_only_when_that_is_asked_for() {
    let journey = Journey::shared();
    let target = Registry::start();
    let state = journey.fresh_state();
    seed(journey, &target, &state).run().ok();
    half_write(&target.records("_layers/")[0]);
    half_write(&untagged_manifest(&target));
    seed(journey, &target, &state).run().ok();
    all_there(&target);
    let tags = target.records("/current/");
    let is_list = |path: &&PathBuf| {
        let path = path.to_string_lossy();
        path.contains("/tags/sha256-") && !path.contains(".sig/")
    };
    for (tag, code) in
        [(tags.iter().find(|path| !is_list(path)), 9), (tags.iter().find(is_list), 5)]
    {
        half_write(tag.unwrap());
        let said = seed(journey, &target, &state).run().fails_with(code);
        assert!(said.contains("read") && said.contains("--overwrite-tags"), "{said}");
        seed(journey, &target, &state).arg("--overwrite-tags").run().ok();
        all_there(&target);
    }
}
