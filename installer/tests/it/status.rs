//! `sre-install status`.

use crate::site::Site;

#[test]
fn shows_what_was_verified_here() {
    let site = Site::with_bundle();
    site.run("status").ends_with(0).showing("applied      nothing");
    site.run("verify --bundle sre.tar.zst --key site.pub").ends_with(0);
    site.run("status").ends_with(0).showing("verify").showing("sre 1.0.0 (stable, serial 1)");
    let document = site.run("status --json").ends_with(0).json();
    assert_eq!(document["receipts"][0]["phase"], "verify");
    assert_eq!(document["receipts"][0]["details"]["intact"], true);
}

#[test]
fn shows_the_newest_receipts_last() {
    let site = Site::with_bundle();
    for _ in 0..3 {
        site.run("verify --bundle sre.tar.zst --key site.pub").ends_with(0);
    }
    let document = site.run("status --last 2 --json").ends_with(0).json();
    assert_eq!(document["receipts"].as_array().unwrap().len(), 2);
}
