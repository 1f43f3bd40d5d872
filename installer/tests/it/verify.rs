//! `sre-install verify`.

use std::fs;

use sre_format::Digest;
use sre_format::signature::Form;
use sre_format::trust::{RevokedKey, SerialRecord, TrustFile, TrustedKey};
use sre_testkit::bundle::TestKey;

use crate::site::{Site, key, signed, unsigned};

const VERIFY: &str = "verify --bundle sre.tar.zst --key site.pub";

/// Makes the machine remember that a serial was applied.
fn remember(site: &Site, serial: u64, content: Digest) {
    let record = SerialRecord {
        name: "sre".parse().unwrap(),
        channel: "stable".parse().unwrap(),
        serial,
        version: "1.1.0".parse().unwrap(),
        content,
    };
    fs::create_dir_all(site.path("state/serials")).unwrap();
    let path = site.path("state/serials/sre@stable.json");
    fs::write(path, serde_json::to_vec(&record).unwrap()).unwrap();
}

#[test]
fn proves_every_byte_and_prints_the_card() {
    let site = Site::with_bundle();
    let fingerprint = key().public().id().fingerprint().to_string();
    site.run(VERIFY)
        .ends_with(0)
        .showing("bundle       sre 1.0.0, channel stable, serial 1")
        .showing(&fingerprint[..34])
        .showing("verified     every byte");
}

#[test]
fn gives_a_record_of_the_transfer_as_json() {
    let site = Site::with_bundle();
    let document = site.run(&format!("{VERIFY} --json")).ends_with(0).json();
    assert_eq!(document["kind"], "verify");
    assert_eq!(document["intact"], true);
    assert_eq!(document["serialIs"], "first");
    assert_eq!(document["card"]["serial"], 1);
    assert_eq!(document["card"]["origin"]["state"], "signed");
    let id = key().public().id().to_string();
    assert_eq!(document["card"]["origin"]["keys"][0]["id"], id);
    let length = fs::metadata(site.bundle()).unwrap().len();
    assert_eq!(document["bytes"], length);
}

#[test]
fn the_card_names_the_digest_of_the_program_itself() {
    let site = Site::with_bundle();
    let program = fs::read(env!("CARGO_BIN_EXE_sre-install")).unwrap();
    let hex = Digest::of(&program).hex();
    site.run(VERIFY).ends_with(0).showing(&format!("sre-install  {hex}"));
}

#[test]
fn refuses_a_bundle_that_another_key_signed() {
    let site = Site::with_bundle();
    site.run("verify --bundle sre.tar.zst --key other.pub")
        .ends_with(7)
        .saying("unknown keys")
        .saying(&key().public().id().to_string());
}

#[test]
fn refuses_without_a_key_and_says_how_to_give_one() {
    let site = Site::with_bundle();
    site.run("verify --bundle sre.tar.zst").ends_with(7).saying("--key").saying("/etc/sre/trust.d");
}

#[test]
fn believes_the_keys_of_the_trust_folder() {
    let site = Site::with_bundle();
    fs::create_dir(site.path("trust.d")).unwrap();
    fs::copy(site.path("site.pub"), site.path("trust.d/release.pub")).unwrap();
    site.run("verify --bundle sre.tar.zst").ends_with(0);
}

#[test]
fn refuses_a_bundle_of_a_revoked_key() {
    let site = Site::with_bundle();
    let other = TrustedKey { name: "new".to_owned(), key: TestKey::new(2).public() };
    let revoked = RevokedKey { id: key().public().id(), reason: "lost".to_owned() };
    let file = TrustFile { version: 2, threshold: 1, keys: vec![other], revoked: vec![revoked] };
    fs::write(site.path("trust.toml"), file.to_toml()).unwrap();
    site.run("verify --bundle sre.tar.zst --key trust.toml").ends_with(7).saying("revoked");
    site.run("verify --bundle sre.tar.zst --key trust.toml --key site.pub")
        .ends_with(7)
        .saying("revoked");
}

#[test]
fn a_key_that_this_machine_revokes_is_not_brought_back_by_the_command_line() {
    let site = Site::with_bundle();
    site.run(VERIFY).ends_with(0);
    let other = TrustedKey { name: "new".to_owned(), key: TestKey::new(2).public() };
    let revoked = RevokedKey { id: key().public().id(), reason: "lost".to_owned() };
    let file = TrustFile { version: 2, threshold: 1, keys: vec![other], revoked: vec![revoked] };
    fs::create_dir(site.path("trust.d")).unwrap();
    fs::write(site.path("trust.d/trust.toml"), file.to_toml()).unwrap();
    site.run(VERIFY).ends_with(7).saying("revoked");
    site.run("inspect --bundle sre.tar.zst --key site.pub").ends_with(7).saying("revoked");
}

#[test]
fn asks_for_as_many_keys_as_the_trust_file_says() {
    let site = Site::new();
    signed().signed_by(&TestKey::new(3)).write(&site.bundle());
    let keys = |numbers: &[u8]| {
        let key = |number: &u8| TrustedKey {
            name: number.to_string(),
            key: TestKey::new(*number).public(),
        };
        numbers.iter().map(key).collect()
    };
    let write = |keys| {
        let file = TrustFile { version: 1, threshold: 2, keys, revoked: Vec::new() };
        fs::write(site.path("trust.toml"), file.to_toml()).unwrap();
    };
    write(keys(&[1, 2]));
    site.run("verify --bundle sre.tar.zst --key trust.toml").ends_with(7).saying("1 of the 2");
    write(keys(&[1, 2, 3]));
    site.run("verify --bundle sre.tar.zst --key trust.toml").ends_with(0);
}

#[test]
fn refuses_a_lone_signature_of_the_pair() {
    for form in [Form::Plain, Form::Sigstore] {
        let site = Site::with_bundle();
        site.alter_signatures(|files| files.retain(|file| !file.name.ends_with(form.suffix())));
        site.run(VERIFY).ends_with(7).saying("only one of the two signatures").saying("missing");
    }
}

#[test]
fn refuses_a_pair_of_which_one_is_of_something_else() {
    let site = Site::with_bundle();
    let elsewhere = Site::new();
    signed().serial(2).write(&elsewhere.bundle());
    let other = sre_format::bundle::open_file(&elsewhere.bundle()).unwrap();
    site.alter_signatures(|files| files[1] = other.signatures()[1].clone());
    site.run(VERIFY).ends_with(7).saying("only one of the two signatures").saying("is wrong");
}

#[test]
fn refuses_an_unsigned_bundle_unless_told_of_the_harm() {
    let site = Site::new();
    unsigned().write(&site.bundle());
    site.run(VERIFY).ends_with(7).saying("nobody has signed it");
    site.run("verify --bundle sre.tar.zst --allow-unsigned-bundle-which-anyone-could-have-made")
        .ends_with(0)
        .showing("UNSIGNED")
        .saying("anyone could have made it");
}

#[test]
fn the_harmful_option_does_not_excuse_a_wrong_signature() {
    let site = Site::with_bundle();
    let line = "verify --bundle sre.tar.zst --key other.pub";
    site.run(&format!("{line} --allow-unsigned-bundle-which-anyone-could-have-made")).ends_with(7);
}

#[test]
fn refuses_an_older_serial_unless_told_to_go_back() {
    let site = Site::with_bundle();
    remember(&site, 2, Digest::of(b"newer"));
    site.run(VERIFY).ends_with(7).saying("is older than 2").saying("--allow-older-serial");
    site.run(&format!("{VERIFY} --allow-older-serial")).ends_with(0);
}

#[test]
fn refuses_the_same_serial_with_another_content() {
    let site = Site::with_bundle();
    remember(&site, 1, Digest::of(b"another"));
    for line in [VERIFY.to_owned(), format!("{VERIFY} --allow-older-serial")] {
        site.run(&line).ends_with(7).saying("this bundle has");
    }
}

#[test]
fn names_the_damaged_file() {
    let site = Site::with_bundle();
    let length = fs::metadata(site.bundle()).unwrap().len();
    let bytes = fs::read(site.bundle()).unwrap();
    let inside = bytes.windows(1000).position(|window| window == [7; 1000]).unwrap();
    site.flip(inside + 500);
    site.run(VERIFY).ends_with(6).showing("DAMAGED      files/tool.bin");
    let document = site.run(&format!("{VERIFY} --json")).ends_with(6).json();
    assert_eq!(document["intact"], false);
    assert_eq!(document["damage"][0]["path"], "files/tool.bin");
    assert_eq!(document["bytes"], length);
}

#[test]
fn refuses_a_table_with_a_flipped_bit() {
    let site = Site::with_bundle();
    let bytes = fs::read(site.bundle()).unwrap();
    let version = bytes.windows(5).position(|window| window == b"1.0.0").unwrap();
    site.flip(version);
    let run = site.run(VERIFY);
    assert!(matches!(run.code, Some(6 | 7)), "{}", run.stderr);
}

#[test]
fn refuses_a_truncated_bundle_and_other_files() {
    let site = Site::with_bundle();
    let bytes = fs::read(site.bundle()).unwrap();
    fs::write(site.bundle(), &bytes[..bytes.len() - 40]).unwrap();
    site.run(VERIFY).ends_with(6).saying("truncated");
    fs::write(site.bundle(), b"hello").unwrap();
    site.run(VERIFY).ends_with(3).saying("not an SRE bundle");
    fs::remove_file(site.bundle()).unwrap();
    site.run(VERIFY).ends_with(2).saying("sre.tar.zst");
    site.run("verify --key site.pub").ends_with(2).saying("--bundle");
}

#[test]
fn refuses_a_private_key_in_place_of_a_public_one() {
    let site = Site::with_bundle();
    site.run("verify --bundle sre.tar.zst --key site.key").ends_with(3).saying("private key");
}
