//! `build`: the same bytes whatever happens on the way, and never a half-done file.

use std::sync::Arc;

use sre_format::bundle::UntrustedBundle;
use sre_format::signature::PublicKey;
use sre_format::trust::Trust;
use sre_testkit::{Misbehaviour, Trouble};

use crate::site::Site;

#[test]
fn the_same_lock_gives_the_same_bytes_and_a_bundle_that_holds() {
    let site = Site::locked();
    site.build("one.tar.zst", &[]).ok();
    site.forget_cache();
    site.build("two.tar.zst", &["--transfers", "1"]).ok();
    let bytes = site.read("one.tar.zst");
    assert!(bytes == site.read("two.tar.zst"));
    let key = PublicKey::from_pem(&String::from_utf8(site.read("site.pub")).unwrap()).unwrap();
    let (bundle, _) =
        UntrustedBundle::open(Arc::new(bytes)).unwrap().verify(&Trust::of_key(key)).unwrap();
    let report = bundle.verify_everything(std::num::NonZeroUsize::MIN, &|_| {});
    assert_eq!(report.damage, []);
    assert!(bundle.entry("files/tool.tar.gz").is_some());
}

#[test]
fn fetch_pack_and_sign_give_what_build_gives() {
    let site = Site::locked();
    site.build("whole.tar.zst", &[]).ok();
    let key = ["--key", "site.key"];
    let said = site.run(&[&["fetch", "-o", "steps.tar.zst"], &key[..]].concat()).ok();
    assert!(said.contains("sre-bundle pack --key site.key -o steps.tar.zst"), "{said}");
    assert!(!site.path("steps.tar.zst").exists());
    site.upstream.clear_log();
    site.run(&[&["pack", "-o", "steps.tar.zst"], &key[..]].concat()).ok();
    assert_eq!(site.upstream.log().len(), 0, "pack fetched something again");
    assert!(site.read("steps.tar.zst") != site.read("whole.tar.zst"));
    site.run(&["sign", "steps.tar.zst", "--key", "site.key"]).ok();
    assert!(site.read("steps.tar.zst") == site.read("whole.tar.zst"));
}

#[test]
fn every_blob_is_fetched_once_and_none_again_after_a_cut() {
    let site = Site::locked();
    site.build("whole.tar.zst", &[]).ok();
    let payload = site.upstream.blob_bytes_sent();
    site.upstream.trouble(
        Trouble::on("/blobs/").method("GET").times(3).does(Misbehaviour::Drop { after: 2_500_000 }),
    );
    site.forget_cache();
    site.build("cut.tar.zst", &[]).ok();
    let again = site.upstream.blob_bytes_sent() - payload;
    assert!(again <= payload + (3 << 20), "{again} bytes came for {payload}");
    assert!(site.read("cut.tar.zst") == site.read("whole.tar.zst"));
}

#[test]
fn a_resumed_download_is_told_on_the_display_and_in_the_events() {
    let site = Site::locked();
    // Of the layers of 3 and 5 MiB, one breaks off once and the other twice.
    site.upstream.trouble(
        Trouble::on("/blobs/").method("GET").does(Misbehaviour::Drop { after: 2_500_000 }),
    );
    let said = site.build("sre.tar.zst", &["--events", "events.jsonl"]).ok();
    assert_eq!(said.matches(": it broke off after ").count(), 3, "{said}");
    let text = String::from_utf8(site.read("events.jsonl")).unwrap();
    let events = text.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let retries: Vec<_> = events.filter(|event| event["event"] == "retry").collect();
    assert_eq!(retries.len(), 3, "{text}");
    for retry in retries {
        assert_eq!((&retry["phase"], &retry["attempt"]), (&"fetch".into(), &1.into()));
        assert!(retry["what"].as_str().unwrap().contains("/blobs/sha256:"), "{retry}");
    }
}

#[test]
fn a_killed_run_fetches_less_than_a_mib_of_a_connection_again() {
    let site = Site::locked();
    site.build("whole.tar.zst", &[]).ok();
    site.forget_cache();
    // Only the largest layer, which comes first, is long enough to fall silent in its fourth MiB.
    let silent = Misbehaviour::Stall { after: (3 << 20) + 500_000 };
    site.upstream.trouble(Trouble::on("/blobs/").method("GET").does(silent));
    let arguments = ["build", "--key", "site.key", "-o", "sre.tar.zst", "--transfers", "1"];
    let mut child = site.command(&arguments).spawn().unwrap();
    let journal = site.path("sre.tar.zst.partial.journal");
    let pieces =
        || std::fs::metadata(&journal).map_or(0, |found| found.len().saturating_sub(40) / 40);
    let begun = std::time::Instant::now();
    while pieces() < 3 && begun.elapsed().as_secs() < 60 {
        std::thread::yield_now();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    site.upstream.heal();
    site.upstream.clear_log();
    site.build("sre.tar.zst", &[]).ok();
    assert!(site.read("sre.tar.zst") == site.read("whole.tar.zst"));
    let ranges: Vec<_> = site
        .upstream
        .log()
        .into_iter()
        .filter_map(|seen| seen.headers.get("range").cloned())
        .collect();
    assert_eq!(ranges, ["bytes=3145728-"]);
}

#[test]
fn a_failed_build_leaves_no_bundle_and_the_next_one_goes_on() {
    let site = Site::locked();
    site.build("whole.tar.zst", &[]).ok();
    site.forget_cache();
    site.upstream
        .trouble(Trouble::on("/blobs/").method("GET").skip(4).does(Misbehaviour::status(403)));
    site.build("sre.tar.zst", &["--transfers", "1"]).fails(4, &["403", "app/"]);
    assert!(!site.path("sre.tar.zst").exists());
    site.upstream.heal();
    let before = site.upstream.blob_bytes_sent();
    site.build("sre.tar.zst", &[]).ok();
    assert!(site.upstream.blob_bytes_sent() - before < 4 << 20, "everything was fetched again");
    assert!(site.read("sre.tar.zst") == site.read("whole.tar.zst"));
    assert!(!site.path("sre.tar.zst.partial").exists());
    assert!(!site.path("sre.tar.zst.partial.journal").exists());
}

#[test]
fn wrong_truncated_and_surplus_bytes_are_refused_by_name() {
    for (what, words) in [
        (Misbehaviour::Corrupt { at: 1000 }, "the lock names"),
        (Misbehaviour::Append { bytes: 5 }, "app/"),
        (Misbehaviour::Truncate { after: 1000 }, "app/"),
    ] {
        let site = Site::locked();
        let layers = Trouble::on("/blobs/").method("GET").does(what.clone());
        site.upstream.trouble(layers);
        site.build("sre.tar.zst", &[]).fails(4, &[words, "app/"]);
        assert!(!site.path("sre.tar.zst").exists(), "{what:?}");
    }
}

#[test]
fn wrong_bytes_are_not_believed_by_the_next_run() {
    for transfers in ["1", "4"] {
        let site = Site::locked();
        site.build("whole.tar.zst", &[]).ok();
        site.forget_cache();
        // Two MiB into the second layer: all of its pieces get written and noted before the end tells.
        site.upstream.trouble(
            Trouble::on("/blobs/").method("GET").does(Misbehaviour::Corrupt { at: 2 << 20 }),
        );
        let options = ["--transfers", transfers];
        site.build("sre.tar.zst", &options).fails(4, &["the lock names"]);
        site.upstream.heal();
        site.build("sre.tar.zst", &options).ok();
        assert!(site.read("sre.tar.zst") == site.read("whole.tar.zst"));
    }
}

#[test]
fn wrong_bytes_of_a_killed_run_are_fetched_again_in_the_next() {
    let site = Site::locked();
    site.build("whole.tar.zst", &[]).ok();
    site.forget_cache();
    let layers = Trouble::on("/blobs/").method("GET").does(Misbehaviour::Corrupt { at: 2 << 20 });
    site.upstream.trouble(layers);
    site.build("sre.tar.zst", &["--transfers", "1"]).fails(4, &["the lock names"]);
    site.upstream.heal();
    // The last record takes back what the others claim; a run that was killed had no time for it.
    let path = site.path("sre.tar.zst.partial.journal");
    let journal = std::fs::File::options().write(true).open(&path).unwrap();
    journal.set_len(std::fs::metadata(&path).unwrap().len() - 40).unwrap();
    let said = site.build("sre.tar.zst", &[]).ok();
    assert!(said.contains("warning: what an earlier run fetched of"), "{said}");
    assert!(site.read("sre.tar.zst") == site.read("whole.tar.zst"));
}

#[test]
fn a_journal_of_rubbish_or_with_a_torn_end_does_no_harm() {
    let site = Site::locked();
    site.build("whole.tar.zst", &[]).ok();
    for damage in ["torn", "altered", "rubbish", "empty"] {
        site.run(&["fetch", "-o", "sre.tar.zst", "--key", "site.key"]).ok();
        let path = site.path("sre.tar.zst.partial.journal");
        let mut journal = std::fs::read(&path).unwrap();
        let middle = journal.len() / 2;
        match damage {
            "torn" => journal.truncate(middle / 40 * 40 + 7),
            "altered" => journal[middle] ^= 1,
            "rubbish" => journal.fill(0xa5),
            _ => journal.clear(),
        }
        std::fs::write(&path, journal).unwrap();
        site.build("sre.tar.zst", &[]).ok();
        assert!(site.read("sre.tar.zst") == site.read("whole.tar.zst"), "{damage}");
        std::fs::remove_file(site.path("sre.tar.zst")).unwrap();
    }
}

#[test]
fn what_an_older_bundle_holds_is_not_fetched() {
    let site = Site::locked();
    site.build("old.tar.zst", &[]).ok();
    site.forget_cache();
    let before = site.upstream.blob_bytes_sent();
    site.build("new.tar.zst", &["--reuse", "old.tar.zst"]).ok();
    assert_eq!(site.upstream.blob_bytes_sent(), before);
    assert!(site.read("new.tar.zst") == site.read("old.tar.zst"));
}

#[test]
fn a_damaged_bundle_to_reuse_costs_a_download_and_nothing_else() {
    let site = Site::locked();
    site.build("old.tar.zst", &[]).ok();
    let mut bytes = site.read("old.tar.zst");
    let expected = bytes.clone();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(site.path("damaged.tar.zst"), bytes).unwrap();
    site.build("new.tar.zst", &["--reuse", "damaged.tar.zst"]).ok();
    assert!(site.read("new.tar.zst") == expected);
}

#[test]
fn a_bundle_to_reuse_must_be_signed_by_the_key_that_signs() {
    let site = Site::locked();
    site.run(&["keygen", "--out", "other"]).ok();
    site.run(&["build", "--key", "other.key", "-o", "other.tar.zst"]).ok();
    site.build("new.tar.zst", &["--reuse", "other.tar.zst"]).fails(7, &["other.tar.zst"]);
    let fetch =
        |key| site.run(&["fetch", "--reuse", "other.tar.zst", "--key", key, "-o", "new.tar.zst"]);
    fetch("site.key").fails(7, &["other.tar.zst"]);
    fetch("other.key").ok();
    site.build("new.tar.zst", &["--reuse", "absent.tar.zst"]).fails(2, &["absent.tar.zst"]);
    site.build("new.tar.zst", &["--reuse", "site.pub"]).fails(3, &["site.pub"]);
}

#[test]
fn refuses_a_manifest_that_was_changed_after_it_was_locked() {
    let site = Site::locked();
    let manifest = String::from_utf8(site.read("manifest.toml")).unwrap();
    std::fs::write(site.path("manifest.toml"), manifest + "\n# later\n").unwrap();
    site.build("sre.tar.zst", &[]).fails(3, &["changed after it was locked", "sre-bundle lock"]);
}

#[test]
fn refuses_to_build_without_a_key_or_a_lock() {
    let site = Site::new();
    site.run(&["build"]).fails(2, &["--key site.key", "--unsigned"]);
    site.build("sre.tar.zst", &[]).fails(3, &["images.lock", "sre-bundle lock"]);
}

#[test]
fn a_damaged_cache_costs_a_download_and_nothing_else() {
    let site = Site::locked();
    site.build("whole.tar.zst", &[]).ok();
    for entry in std::fs::read_dir(site.path("cache/sha256")).unwrap() {
        let path = entry.unwrap().path();
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[0] ^= 1;
        std::fs::write(&path, bytes).unwrap();
    }
    site.build("sre.tar.zst", &[]).ok();
    assert!(site.read("sre.tar.zst") == site.read("whole.tar.zst"));
}

#[test]
fn a_local_file_that_changed_or_went_is_no_fault_of_an_upstream() {
    // One goes into the bundle as it is, the other one compressed.
    for name in ["notes.zip", "notes.txt"] {
        let site = Site::new();
        std::fs::write(site.path(name), "as it was").unwrap();
        let manifest = String::from_utf8(site.read("manifest.toml")).unwrap();
        let more = format!("[[file]]\npath = \"{name}\"\n");
        std::fs::write(site.path("manifest.toml"), manifest + &more).unwrap();
        site.run(&["lock"]).ok();
        std::fs::write(site.path(name), "as it is!").unwrap();
        let words = [name, "was changed after it was locked", "hint: if the change is wanted"];
        site.build("sre.tar.zst", &[]).fails(3, &words);
        std::fs::remove_file(site.path(name)).unwrap();
        site.build("sre.tar.zst", &[]).fails(3, &["cannot read", name, "hint: put it back"]);
        std::fs::write(site.path(name), "as it was").unwrap();
        site.build("sre.tar.zst", &[]).ok();
    }
}

#[test]
fn a_place_that_cannot_take_the_bundle_is_known_before_anything_is_asked() {
    let site = Site::locked();
    std::fs::create_dir(site.path("folder")).unwrap();
    site.upstream.clear_log();
    let words = ["cannot write into missing", "hint: make the folder missing", "`-o`"];
    site.build("missing/sre.tar.zst", &[]).fails(5, &words);
    site.build("folder", &[]).fails(2, &["is a folder", "hint: name the file, too: `-o folder/"]);
    site.build("manifest.toml/x", &[]).fails(5, &["cannot write into manifest.toml", "hint:"]);
    assert_eq!(site.upstream.log().len(), 0);
    let cache = ["--cache", "manifest.toml/cache"];
    site.build("sre.tar.zst", &cache).fails(5, &["cannot make the cache folder", "`--cache`"]);
}

#[test]
fn two_runs_do_not_write_the_same_file() {
    let site = Site::locked();
    site.run(&["fetch", "-o", "sre.tar.zst"]).ok();
    let partial = std::fs::File::open(site.path("sre.tar.zst.partial")).unwrap();
    rustix::fs::flock(&partial, rustix::fs::FlockOperation::LockExclusive).unwrap();
    site.build("sre.tar.zst", &[]).fails(5, &["another run", "sre.tar.zst.partial"]);
}
