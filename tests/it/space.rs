//! A disk that fills up on the connected side: one clear message that names the file, the code for lack of
//! space, nothing half done under a final name, and a re-run that goes on.

use sre_tests::{Journey, Medium, Program};
use std::fs;
use std::path::Path;

/// The exit code for lack of space.
const SPACE: i32 = 8;
/// The unit in which a file system in memory gives out room.
const PAGE: u64 = 4096;

fn size(path: &Path) -> u64 {
    fs::metadata(path).unwrap().len()
}

/// Gives the room that a file takes.
fn room(path: &Path) -> u64 {
    size(path).next_multiple_of(PAGE)
}

fn mib(count: u64) -> u64 {
    count << 20
}

/// Wants a failure for lack of space whose message names a file.
#[track_caller]
fn no_room(program: Program, named: &Path) {
    let said = program.run().fails_with(SPACE);
    let plain = said.replace(['\n', ' '], "");
    let name = named.display().to_string().replace(' ', "");
    assert!(plain.contains(&name), "{name} is not named in\n{said}");
    assert!(said.contains("space") || said.contains("room"), "{said}");
}

fn verb(journey: &Journey, verb: &str, out: &Path) -> Program {
    let inputs = ["--manifest", "manifest.toml", "--lock", "images.lock", "-o"];
    journey.sre_bundle().arg(verb).args(inputs).arg(out)
}

#[test]
fn build_says_that_the_disk_is_full_and_goes_on_with_more_room() {
    let journey = Journey::prepare();
    let whole = journey.path("whole.tar.zst");
    journey.build(&whole).run().ok();
    let needed = size(&whole);
    for tenths in [1, 3, 5, 7, 9] {
        let disk = Medium::of_bytes(needed * tenths / 10);
        let out = disk.path("sre.tar.zst");
        no_room(journey.build(&out), &disk.path("sre.tar.zst.partial"));
        assert!(!out.exists(), "a file stands under the final name though the disk was full");
        disk.resize(needed * 2 + mib(4));
        journey.build(&out).run().ok();
        assert!(fs::read(&out).unwrap() == fs::read(&whole).unwrap(), "at {tenths} tenths");
    }
}

#[test]
fn fetch_and_pack_name_the_file_that_found_no_room_and_end_in_the_same_bytes() {
    let journey = Journey::prepare();
    let whole = journey.path("whole.tar.zst");
    verb(&journey, "fetch", &whole).run().ok();
    let payload = room(&journey.path("whole.tar.zst.partial"));
    let journal = room(&journey.path("whole.tar.zst.partial.journal"));
    verb(&journey, "pack", &whole).run().ok();

    let disk = Medium::of_bytes(payload);
    let out = disk.path("sre.tar.zst");
    no_room(verb(&journey, "fetch", &out), &disk.path("sre.tar.zst.partial.journal"));
    disk.resize(payload + journal);
    verb(&journey, "fetch", &out).run().ok();
    no_room(verb(&journey, "pack", &out), &disk.path("sre.tar.zst.partial"));
    assert!(!out.exists(), "a file stands under the final name though the disk was full");
    disk.resize(payload + journal + mib(4));
    verb(&journey, "pack", &out).run().ok();
    assert!(fs::read(&out).unwrap() == fs::read(&whole).unwrap(), "the bytes differ");
}

#[test]
fn lock_keeps_the_old_lock_and_writes_the_new_one_with_more_room() {
    let journey = Journey::prepare();
    let disk = Medium::of_bytes(mib(1));
    let (lock, cache) = (disk.path("images.lock"), disk.path("cache"));
    let run = |cache: &Path| {
        let manifest = ["lock", "--manifest", "manifest.toml", "--lock"];
        let program = journey.sre_bundle().args(manifest).arg(&lock);
        program.arg("--cache").arg(cache)
    };
    disk.fill();
    no_room(run(&journey.path("other-cache")), &lock);
    assert!(!lock.exists(), "half a lock");
    no_room(run(&cache), &disk.path("cache"));
    disk.make_room();
    run(&cache).run().ok();
    let before = fs::read(&lock).unwrap();

    let manifest = fs::read_to_string(journey.path("manifest.toml")).unwrap();
    let newer = manifest.replace("version = \"1.0.0\"", "version = \"1.0.1\"");
    fs::write(journey.path("manifest.toml"), newer).unwrap();
    disk.fill();
    no_room(run(&cache), &lock);
    assert_eq!(fs::read(&lock).unwrap(), before, "the old lock was touched");
    disk.make_room();
    run(&cache).run().ok();
    assert!(fs::read_to_string(&lock).unwrap().contains("1.0.1"));
}

#[test]
fn keygen_leaves_no_half_of_a_key_and_makes_it_with_more_room() {
    let journey = Journey::shared();
    let disk = Medium::of_bytes(mib(1));
    let site = disk.path("site");
    let keygen = || journey.sre_bundle().args(["keygen", "--out"]).arg(&site);
    disk.fill();
    no_room(keygen(), &disk.path("site.key"));
    let left = |name: &str| disk.path(name).exists();
    assert!(!left("site.key") && !left("site.pub"), "half of a key pair is left");
    disk.make_room();
    keygen().run().ok();
    assert!(left("site.key") && left("site.pub"));
}

#[test]
fn sign_leaves_the_bundle_as_it_was_and_signs_it_with_more_room() {
    let journey = Journey::shared();
    let below = tempfile::tempdir().unwrap();
    let unsigned = below.path().join("sre.tar.zst");
    verb(journey, "pack", &unsigned).args(["--key", "site.key"]).run().ok();
    // The bundle lies on the read-only part of a live system, where the first change needs a whole copy.
    let changes = Medium::of_bytes(size(&unsigned) / 2);
    let system = Medium::overlay(below.path(), changes.folder());
    let bundle = system.path("sre.tar.zst");
    let sign = || journey.sre_bundle().args(["sign", "--key", "site.key"]).arg(&bundle);
    no_room(sign(), &bundle);
    assert!(fs::read(&bundle).unwrap() == fs::read(&unsigned).unwrap(), "it was changed");
    changes.resize(size(&unsigned) * 2 + mib(4));
    sign().run().ok();
    assert!(fs::read(&bundle).unwrap() == fs::read(journey.bundle()).unwrap(), "the bytes differ");
}

#[test]
fn a_full_disk_under_the_answer_or_the_events_is_said() {
    let journey = Journey::shared();
    let inspect = || journey.sre_bundle().arg("inspect").arg(journey.bundle());
    let full = || fs::File::options().write(true).open("/dev/full").unwrap();
    let program = inspect().start(full(), std::process::Stdio::piped());
    let ended = program.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(SPACE), "{said}");
    assert!(said.contains("standard output"), "{said}");

    let ran = inspect().args(["--events", "/dev/full"]).run();
    let said = ran.stderr();
    ran.ok();
    assert!(said.contains("/dev/full"), "nobody learns that the events are not whole:\n{said}");
}
