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
    site.run(&["fetch", "-o", "steps.tar.zst"]).ok();
    assert!(!site.path("steps.tar.zst").exists());
    site.upstream.clear_log();
    site.run(&["pack", "-o", "steps.tar.zst"]).ok();
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
fn two_runs_do_not_write_the_same_file() {
    let site = Site::locked();
    site.run(&["fetch", "-o", "sre.tar.zst"]).ok();
    let partial = std::fs::File::open(site.path("sre.tar.zst.partial")).unwrap();
    rustix::fs::flock(&partial, rustix::fs::FlockOperation::LockExclusive).unwrap();
    site.build("sre.tar.zst", &[]).fails(5, &["another run", "sre.tar.zst.partial"]);
}
