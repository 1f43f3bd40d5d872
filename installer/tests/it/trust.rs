//! `sre-install trust`.

use std::fs;

use sre_format::signature::{SigningRequest, Statement};
use sre_format::trust::{RevokedKey, StoredTrustFile, TrustFile, TrustedKey};
use sre_testkit::bundle::TestKey;

use crate::site::{Site, key};

fn trust_file(version: u64, numbers: &[u8], revoked: &[u8]) -> TrustFile {
    let keys = numbers.iter().map(|number| TrustedKey {
        name: format!("key {number}"),
        key: TestKey::new(*number).public(),
    });
    let revoked = revoked.iter().map(|number| RevokedKey {
        id: TestKey::new(*number).public().id(),
        reason: "lost".to_owned(),
    });
    TrustFile { version, threshold: 1, keys: keys.collect(), revoked: revoked.collect() }
}

/// Writes a trust file that keys have signed into a folder of the site.
fn write(site: &Site, folder: &str, file: &TrustFile, signers: &[u8]) {
    let path = site.path(folder).join("trust.toml");
    let bytes = file.to_toml().into_bytes();
    let signatures = StoredTrustFile::signatures_of(&path);
    fs::create_dir_all(&signatures).unwrap();
    let request = SigningRequest::new(&bytes, Statement::of_trust_file(file.version, &bytes));
    for number in signers {
        for signed in TestKey::new(*number).answer(&request) {
            fs::write(signatures.join(&signed.name), &signed.bytes).unwrap();
        }
    }
    fs::write(path, bytes).unwrap();
}

#[test]
fn shows_whom_this_machine_believes() {
    let site = Site::with_bundle();
    site.run("trust show").ends_with(0).showing("nobody is believed here");
    write(&site, "trust.d", &trust_file(1, &[1], &[]), &[]);
    let fingerprint = key().public().id().fingerprint().to_string();
    site.run("trust show").ends_with(0).showing(&fingerprint);
}

#[test]
fn a_rotation_that_both_sets_signed_takes_effect() {
    let site = Site::with_bundle();
    write(&site, "trust.d", &trust_file(1, &[1], &[]), &[]);
    site.run("verify --bundle sre.tar.zst").ends_with(0);
    write(&site, "next", &trust_file(2, &[2], &[1]), &[1, 2]);
    site.run("trust rotate next/trust.toml").ends_with(0).showing("version 1 is followed by 2");
    site.run("verify --bundle sre.tar.zst").ends_with(7).saying("revoked");
}

#[test]
fn a_rotation_that_one_set_did_not_sign_changes_nothing() {
    let site = Site::with_bundle();
    write(&site, "trust.d", &trust_file(1, &[1], &[]), &[]);
    for (signers, who) in [(&[1][..], "vouch for themselves"), (&[2], "vouch for the new")] {
        let folder = format!("next-{}", signers[0]);
        write(&site, &folder, &trust_file(2, &[2], &[1]), signers);
        site.run(&format!("trust rotate {folder}/trust.toml")).ends_with(7).saying(who);
    }
    write(&site, "skipped", &trust_file(3, &[2], &[1]), &[1, 2]);
    site.run("trust rotate skipped/trust.toml").ends_with(7).saying("cannot follow version 1");
    site.run("verify --bundle sre.tar.zst").ends_with(0);
}

#[test]
fn a_first_trust_file_is_not_taken_by_rotation() {
    let site = Site::with_bundle();
    write(&site, "next", &trust_file(1, &[1], &[]), &[1]);
    site.run("trust rotate next/trust.toml").ends_with(2).saying("by hand");
}
