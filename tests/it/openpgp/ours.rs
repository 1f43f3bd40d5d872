//! What we sign, and our keys, in the eyes of `GnuPG`.

use super::{DOCUMENT, keyring, verify};
use sre_format::{Explain as _, Fault, Timestamp};
use sre_openpgp::signing::{LockedKey, SigningError, SigningKey};
use sre_tests::Gnupg;
use std::fs;
use std::sync::OnceLock;

const USER: &str = "site package repositories";
const RELEASE: &str = "Origin: site\nSHA256:\n 00 1 main/binary-amd64/Packages\n- dash\n";

fn made() -> Timestamp {
    "2026-01-31T12:00:00Z".parse().unwrap()
}

/// Making a key takes a second, so all tests share one.
fn key() -> &'static SigningKey {
    static KEY: OnceLock<SigningKey> = OnceLock::new();
    KEY.get_or_init(|| SigningKey::generate(USER, made()).unwrap())
}

#[test]
fn gpg_and_gpgv_believe_our_signatures() {
    let gnupg = Gnupg::new();
    let public = key().public_key().unwrap();
    let document = gnupg.write("repomd.xml", DOCUMENT);
    let signature = key().sign_detached(DOCUMENT, made()).unwrap();
    let signature = gnupg.write("repomd.xml.asc", signature);
    let said = gnupg.gpgv(public.as_bytes(), &signature, Some(&document));
    assert!(said.stderr().contains(&format!("Good signature from \"{USER}\"")), "{}", said.told());
    said.ok();

    let clear = key().sign_clear(RELEASE, made()).unwrap();
    let clear = gnupg.write("InRelease", clear);
    gnupg.gpgv(public.as_bytes(), &clear, None).ok();
    gnupg.gpg().arg("--import").arg(gnupg.write("site.pgp.pub", &public)).run().ok();
    assert_eq!(gnupg.fingerprints(USER), [key().fingerprint().to_string()]);
    assert_eq!(gnupg.gpg().arg("--decrypt").arg(&clear).run().ok(), RELEASE);

    fs::write(&document, b"other").unwrap();
    gnupg.gpgv(public.as_bytes(), &signature, Some(&document)).fails_with(1);
}

#[test]
fn we_believe_our_signatures_and_read_the_text_that_was_signed() {
    let public = key().public_key().unwrap();
    let signature = key().sign_detached(DOCUMENT, made()).unwrap();
    verify(public.as_bytes(), DOCUMENT, signature.as_bytes()).unwrap();
    let clear = key().sign_clear(RELEASE, made()).unwrap();
    let keyring = keyring(public.as_bytes());
    let signed = keyring.verify_clear_signed(clear.as_bytes(), Timestamp::now()).unwrap();
    assert_eq!(signed.text, RELEASE);
    assert_eq!(signed.signatures[0].made, made());
}

#[test]
fn the_same_key_bytes_and_time_give_the_same_signature() {
    let sign = || key().sign_detached(DOCUMENT, made()).unwrap();
    assert_eq!(sign(), sign());
    assert_ne!(sign(), key().sign_detached(DOCUMENT, Timestamp::now()).unwrap());
    let file = key().private_key(None).unwrap();
    let again = LockedKey::parse("site.pgp.key", file.as_bytes()).unwrap();
    let again = again.open(b"", Timestamp::now()).unwrap();
    assert_eq!(again.sign_detached(DOCUMENT, made()).unwrap(), sign());
    assert_eq!(
        again.sign_clear(RELEASE, made()).unwrap(),
        key().sign_clear(RELEASE, made()).unwrap()
    );
}

#[test]
fn a_signature_is_never_older_than_its_key() {
    let gnupg = Gnupg::new();
    let early = "2020-01-01T00:00:00Z".parse().unwrap();
    let signature = key().sign_detached(DOCUMENT, early).unwrap();
    let document = gnupg.write("document", DOCUMENT);
    let public = key().public_key().unwrap();
    gnupg.gpgv(public.as_bytes(), &gnupg.write("signature", &signature), Some(&document)).ok();
    assert_eq!(signature, key().sign_detached(DOCUMENT, made()).unwrap());
}

#[test]
fn gpg_opens_our_sealed_key_with_the_passphrase_and_with_no_other() {
    let gnupg = Gnupg::new();
    let sealed = key().private_key(Some(b"correct horse")).unwrap();
    let path = gnupg.write("site.pgp.key", &sealed);
    // An import keeps the key sealed as it is; it is opened by whoever signs.
    gnupg.gpg().arg("--import").arg(&path).run().ok();
    let wrong = gnupg.gpg().args(["--passphrase", "battery", "--local-user", USER]);
    wrong.arg("--detach-sign").arg(gnupg.write("document", DOCUMENT)).run().fails_with(2);
    let signature = gnupg.sign(USER, DOCUMENT, &["--passphrase", "correct horse"]);
    verify(key().public_key().unwrap().as_bytes(), DOCUMENT, &signature).unwrap();
}

#[test]
fn a_sealed_key_opens_with_its_passphrase_and_shows_nothing() {
    let sealed = key().private_key(Some(b"correct horse")).unwrap();
    let read = || LockedKey::parse("site.pgp.key", sealed.as_bytes()).unwrap();
    assert!(read().is_sealed());
    let error = read().open(b"battery", Timestamp::now()).unwrap_err();
    assert_eq!(error.fault(), Fault::Trust);
    assert!(!format!("{error} {error:?}").contains("battery"));
    let opened = read().open(b"correct horse", Timestamp::now()).unwrap();
    assert_eq!(opened.fingerprint(), key().fingerprint());
    let shown = format!("{:?} {opened:?}", read());
    let short = format!("SigningKey {{ fingerprint: {}, .. }}", key().fingerprint());
    assert!(shown.ends_with(&short), "{shown}");
}

#[test]
fn keys_that_gpg_made_sign_when_they_are_fit() {
    let gnupg = Gnupg::new();
    let primary = gnupg.generate("theirs", "rsa2048", &[]);
    gnupg.gpg().args(["--quick-add-key", &primary, "rsa2048", "sign"]).run().ok();
    gnupg.generate("curve", "ed25519", &[]);
    gnupg.generate_until(
        "expired",
        "rsa2048",
        "seconds=60",
        &["--faked-system-time", "20250101T000000!"],
    );
    let read = |user: &str| {
        let ran = gnupg.gpg().args(["--armor", "--export-secret-keys", user]).run();
        LockedKey::parse("theirs.key", ran.bytes()).unwrap().open(b"", Timestamp::now())
    };
    let signature = read("theirs").unwrap().sign_detached(DOCUMENT, Timestamp::now()).unwrap();
    let by = verify(&gnupg.export("theirs"), DOCUMENT, signature.as_bytes()).unwrap();
    assert_eq!(by, gnupg.fingerprints("theirs")[1]);
    assert!(matches!(read("curve"), Err(SigningError::NotRsa { .. })));
    assert!(matches!(read("expired"), Err(SigningError::Unfit { .. })));
    assert!(LockedKey::parse("public", &gnupg.export("theirs")).is_err());
}

#[test]
fn a_text_that_would_change_is_not_signed_in_the_clear() {
    for text in ["no end", "blank \n", "tab\t\n", "carriage\r\n", ""] {
        assert!(
            matches!(key().sign_clear(text, made()), Err(SigningError::Text { .. })),
            "{text:?}"
        );
    }
    key().sign_clear("\n", made()).unwrap();
}
