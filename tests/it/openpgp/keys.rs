//! What owners say about their keys: subkeys, revocations, what a key is for.

use super::packets::{Kind, split};
use super::{DOCUMENT, keyring, refusal, verify};
use sre_format::Timestamp;
use sre_openpgp::Refusal;
use sre_tests::Gnupg;
use std::fs;
use std::io::Cursor;

/// Types answers into `gpg --edit-key`.
fn edit(gnupg: &Gnupg, user: &str, answers: &str) {
    let path = gnupg.write("answers", answers);
    let answers = fs::File::open(path).unwrap();
    let ran = gnupg.gpg().args(["--no-batch", "--command-fd", "0", "--edit-key", user]);
    ran.stdin(answers).run().ok();
}

fn with_subkey(gnupg: &Gnupg, user: &str) -> (String, String) {
    let primary = gnupg.generate(user, "rsa2048", &[]);
    gnupg.gpg().args(["--quick-add-key", &primary, "rsa2048", "sign"]).run().ok();
    (primary, gnupg.fingerprints(user)[1].clone())
}

#[test]
fn a_signature_by_a_subkey_names_both_keys() {
    let gnupg = Gnupg::new();
    let (primary, subkey) = with_subkey(&gnupg, "owner");
    let signature = gnupg.sign("owner", DOCUMENT, &[]);
    let keyring = keyring(&gnupg.export("owner"));
    let good = keyring.verify_detached(&mut Cursor::new(DOCUMENT), &signature, Timestamp::now());
    let good = good.unwrap().remove(0);
    assert_eq!((good.key.to_string(), good.certificate.to_string()), (subkey, primary));
    assert_eq!(good.user.as_deref(), Some("owner"));
}

#[test]
fn a_revoked_subkey_is_refused_and_its_owner_is_not() {
    let gnupg = Gnupg::new();
    let (primary, _) = with_subkey(&gnupg, "owner");
    let by_subkey = gnupg.sign("owner", DOCUMENT, &[]);
    edit(&gnupg, "owner", "key 1\nrevkey\ny\n0\n\ny\nsave\n");
    let keys = gnupg.export("owner");
    assert_eq!(refusal(verify(&keys, DOCUMENT, &by_subkey)), Refusal::Revoked);
    let by_primary = gnupg.sign(&format!("{primary}!"), DOCUMENT, &[]);
    assert_eq!(verify(&keys, DOCUMENT, &by_primary).unwrap(), primary);
}

#[test]
fn a_revoked_key_is_refused_and_so_are_its_subkeys() {
    let gnupg = Gnupg::new();
    let (primary, _) = with_subkey(&gnupg, "owner");
    let by_subkey = gnupg.sign("owner", DOCUMENT, &[]);
    let by_primary = gnupg.sign(&format!("{primary}!"), DOCUMENT, &[]);
    let revocation = gnupg.path(&format!("openpgp-revocs.d/{primary}.rev"));
    // gpg writes a colon before the armor, so that nobody imports it by accident.
    let text = fs::read_to_string(revocation).unwrap().replace(":-----", "-----");
    gnupg.gpg().arg("--import").arg(gnupg.write("revocation.asc", text)).run().ok();
    let keys = gnupg.export("owner");
    for signature in [by_subkey, by_primary] {
        assert_eq!(refusal(verify(&keys, DOCUMENT, &signature)), Refusal::Revoked);
    }
}

#[test]
fn a_key_that_may_only_certify_signs_nothing() {
    let gnupg = Gnupg::new();
    gnupg.generate("changed", "rsa2048", &["--faked-system-time", "20250101T000000!"]);
    let signature = gnupg.sign("changed", DOCUMENT, &[]);
    verify(&gnupg.export("changed"), DOCUMENT, &signature).unwrap();
    edit(&gnupg, "changed", "change-usage\nS\nQ\nsave\n");
    let refused = refusal(verify(&gnupg.export("changed"), DOCUMENT, &signature));
    assert_eq!(refused, Refusal::NotForSigning);
}

#[test]
fn the_subkey_of_another_cannot_be_adopted() {
    let gnupg = Gnupg::new();
    with_subkey(&gnupg, "victim");
    gnupg.generate("thief", "rsa2048", &[]);
    let signature = gnupg.sign("victim", DOCUMENT, &[]);
    let packets = |user: &str| {
        let ran = gnupg.gpg().args(["--export", user]).run();
        let bytes = ran.bytes().to_vec();
        ran.ok();
        split(&bytes)
    };
    let mut stolen = packets("thief").concat_all();
    let victim = packets("victim");
    let at = victim.position(Kind::PublicSubkey);
    stolen.extend(victim.from(at));
    let refused = refusal(verify(&stolen, DOCUMENT, &signature));
    assert_eq!(refused, Refusal::Unbound(None));
}

#[test]
fn a_key_without_any_signature_of_its_owner_is_refused() {
    let gnupg = Gnupg::new();
    gnupg.generate("bare", "rsa2048", &[]);
    let signature = gnupg.sign("bare", DOCUMENT, &[]);
    let ran = gnupg.gpg().args(["--export", "bare"]).run();
    let packets = split(ran.bytes());
    let bare = packets.first();
    assert_eq!(refusal(verify(bare, DOCUMENT, &signature)), Refusal::Unbound(None));
}

#[test]
fn a_keyring_may_be_narrowed_to_the_keys_that_are_named() {
    let gnupg = Gnupg::new();
    let one = gnupg.generate("one", "ed25519", &[]);
    let two = gnupg.generate("two", "ed25519", &[]);
    let both = [gnupg.export("one"), gnupg.export("two")].concat();
    let only = keyring(&both).only("keys.asc", &[one.parse().unwrap()]).unwrap();
    let signature = gnupg.sign("two", DOCUMENT, &[]);
    let result = only.verify_detached(&mut Cursor::new(DOCUMENT), &signature, Timestamp::now());
    assert!(result.unwrap_err().to_string().contains(&two));
    let absent = "0".repeat(40).parse().unwrap();
    let error = keyring(&both).only("keys.asc", &[absent]).unwrap_err();
    assert!(error.to_string().contains(&one));
}
