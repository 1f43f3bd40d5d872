//! Our own repository in the eyes of apt.

use super::family::Family;
use sre_format::Timestamp;
use sre_openpgp::signing::SigningKey;
use sre_tests::Apt;
use std::fs;

fn made() -> Timestamp {
    "2026-01-31T12:00:00Z".parse().unwrap()
}

#[test]
fn apt_installs_real_packages_from_our_signed_repository() {
    let family = Family::build();
    let key = SigningKey::generate("site package repositories", made()).unwrap();
    let source = family.publish_ours(&["app"], &key, made());
    let apt = Apt::new(&source, "");
    apt.update().ok();
    apt.install(&["app"]).ok();
    let file = fs::read_to_string(apt.root().join("usr/share/library/file")).unwrap();
    assert_eq!(file, "library 2.0-1\n");
    assert!(apt.root().join("usr/share/app/file").exists());
    assert!(!apt.root().join("usr/share/other/file").exists());
}

#[test]
fn apt_believes_the_detached_signature_as_well() {
    let family = Family::build();
    let key = SigningKey::generate("site package repositories", made()).unwrap();
    let source = family.publish_ours(&["app"], &key, made());
    fs::remove_file(family.path("ours/dists/site/InRelease")).unwrap();
    Apt::new(&source, "").update().ok();
    fs::remove_file(family.path("ours/dists/site/Release.gpg")).unwrap();
    Apt::new(&source, "").update().fails_with(100);
}

#[test]
fn apt_refuses_our_repository_when_it_was_changed_or_signed_by_another() {
    let family = Family::build();
    let key = SigningKey::generate("site package repositories", made()).unwrap();
    let source = family.publish_ours(&["app"], &key, made());
    let path = family.path("ours/dists/site/InRelease");
    let document = fs::read_to_string(&path).unwrap();
    fs::remove_file(family.path("ours/dists/site/Release.gpg")).unwrap();
    fs::write(&path, document.replace("Label: carried", "Label: changed")).unwrap();
    Apt::new(&source, "").update().fails_with(100);
    let stranger = SigningKey::generate("stranger", made()).unwrap();
    fs::write(family.path("key.asc"), stranger.public_key().unwrap()).unwrap();
    fs::write(&path, document).unwrap();
    Apt::new(&source, "").update().fails_with(100);
    fs::write(family.path("key.asc"), key.public_key().unwrap()).unwrap();
    Apt::new(&source, "").update().ok();
}

#[test]
fn apt_sees_what_is_new_only_when_the_repository_is_dated_later() {
    let family = Family::build();
    let key = SigningKey::generate("site package repositories", made()).unwrap();
    let source = family.publish_ours(&["library"], &key, made());
    let apt = Apt::new(&source, "");
    apt.update().ok();
    apt.get().args(["--simulate", "install", "app"]).run().fails_with(100);
    let later = "2026-01-31T12:00:01Z".parse().unwrap();
    family.publish_ours(&["app"], &key, later);
    apt.update().ok();
    apt.install(&["app"]).ok();
}
