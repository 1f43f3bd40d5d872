//! What `gpg` signed.

use super::{DOCUMENT, keyring, refusal, verify, verify_at};
use sre_format::{Explain as _, Fault, Timestamp};
use sre_openpgp::{Keyring, Refusal, VerifyError};
use sre_tests::{Gnupg, Program};
use std::fs;
use std::io::Cursor;

#[test]
fn we_believe_what_gpg_signs_with_every_kind_of_key_that_is_accepted() {
    let gnupg = Gnupg::new();
    for algorithm in ["rsa3072", "ed25519", "nistp256", "nistp384"] {
        let key = gnupg.generate(algorithm, algorithm, &[]);
        let keys = gnupg.export(algorithm);
        assert_eq!(verify(&keys, DOCUMENT, &gnupg.sign(algorithm, DOCUMENT, &[])).unwrap(), key);
        let binary = gnupg.sign(algorithm, DOCUMENT, &["--no-armor"]);
        assert_eq!(verify(&keys, DOCUMENT, &binary).unwrap(), key, "{algorithm}");
        let text = gnupg.sign(algorithm, DOCUMENT, &["--textmode"]);
        assert_eq!(verify(&keys, DOCUMENT, &text).unwrap(), key, "{algorithm}");
    }
}

#[test]
fn we_read_the_same_text_out_of_a_clear_signed_document_as_gpg() {
    let gnupg = Gnupg::new();
    gnupg.generate("clear", "ed25519", &[]);
    let keys = gnupg.export("clear");
    for text in [
        "Origin: x\nSHA256:\n abc 1 Packages\n",
        "- dash\n-- dashes\nFrom here\n\n\nlast",
        "blanks at the end  \t\nümlaut\n",
        "carriage\r\nreturns\r\n",
    ] {
        let document = gnupg.clear_sign("clear", text.as_bytes(), &[]);
        let path = gnupg.write("document", &document);
        let theirs = gnupg.gpg().arg("--decrypt").arg(path).run().ok();
        let ours = keyring(&keys).verify_clear_signed(&document, Timestamp::now()).unwrap();
        let lines =
            |text: &str| text.lines().map(|line| line.trim_end().to_owned()).collect::<Vec<_>>();
        assert_eq!(lines(&ours.text), lines(&theirs), "{text:?}");
        assert!(!ours.text.contains('\r'));
    }
}

#[test]
fn we_refuse_a_document_with_any_line_changed() {
    let gnupg = Gnupg::new();
    gnupg.generate("tamper", "rsa2048", &[]);
    let keyring = keyring(&gnupg.export("tamper"));
    let document = gnupg.clear_sign("tamper", DOCUMENT, &[]);
    let text = String::from_utf8(document).unwrap();
    let body = text.find("<repomd>").unwrap()..text.find("-----BEGIN PGP SIGNATURE").unwrap();
    for at in body {
        let mut changed = text.clone().into_bytes();
        changed[at] ^= 1;
        let result = keyring.verify_clear_signed(&changed, Timestamp::now());
        assert!(result.is_err(), "byte {at}: {result:?}");
    }
    let signature = gnupg.sign("tamper", DOCUMENT, &[]);
    let error = verify(&gnupg.export("tamper"), b"other", &signature).unwrap_err();
    assert!(matches!(error, VerifyError::Wrong { .. }), "{error:?}");
    assert_eq!(error.fault(), Fault::Trust);
}

#[test]
fn a_signature_by_an_unknown_key_is_refused_with_the_names_of_both() {
    let gnupg = Gnupg::new();
    let stranger = gnupg.generate("stranger", "ed25519", &[]);
    let known = gnupg.generate("known", "ed25519", &[]);
    let signature = gnupg.sign("stranger", DOCUMENT, &[]);
    let error = verify(&gnupg.export("known"), DOCUMENT, &signature).unwrap_err();
    let said = error.to_string();
    assert!(matches!(error, VerifyError::Unknown { .. }));
    assert!(said.contains(&stranger) && said.contains(&known), "{said}");
}

#[test]
fn of_several_signatures_one_by_a_known_key_is_enough() {
    let gnupg = Gnupg::new();
    gnupg.generate("stranger", "ed25519", &[]);
    let known = gnupg.generate("known", "rsa2048", &[]);
    let both = gnupg.sign("stranger", DOCUMENT, &["--local-user", "known"]);
    assert_eq!(verify(&gnupg.export("known"), DOCUMENT, &both).unwrap(), known);
    let one_by_one = [gnupg.sign("stranger", DOCUMENT, &[]), gnupg.sign("known", DOCUMENT, &[])];
    assert_eq!(verify(&gnupg.export("known"), DOCUMENT, &one_by_one.concat()).unwrap(), known);
}

#[test]
fn weak_digests_are_refused_in_signatures_and_in_certificates() {
    let gnupg = Gnupg::new();
    gnupg.generate("strong", "rsa2048", &[]);
    let signature = gnupg.sign("strong", DOCUMENT, &["--digest-algo", "SHA1"]);
    let refused = refusal(verify(&gnupg.export("strong"), DOCUMENT, &signature));
    assert_eq!(refused, Refusal::WeakHash("SHA1".to_owned()));

    gnupg.generate("weak", "rsa2048", &["--cert-digest-algo", "SHA1"]);
    let signature = gnupg.sign("weak", DOCUMENT, &[]);
    let refused = refusal(verify(&gnupg.export("weak"), DOCUMENT, &signature));
    let reason = Box::new(Refusal::WeakHash("SHA1".to_owned()));
    assert_eq!(refused, Refusal::Unbound(Some(reason)));
}

#[test]
fn short_and_outdated_keys_are_refused() {
    let gnupg = Gnupg::new();
    gnupg.generate("short", "rsa1024", &[]);
    let refused =
        refusal(verify(&gnupg.export("short"), DOCUMENT, &gnupg.sign("short", DOCUMENT, &[])));
    assert_eq!(refused, Refusal::ShortKey(1024));
    gnupg.generate("dsa", "dsa2048", &[]);
    let refused =
        refusal(verify(&gnupg.export("dsa"), DOCUMENT, &gnupg.sign("dsa", DOCUMENT, &[])));
    assert_eq!(refused, Refusal::KeyKind("DSA".to_owned()));
}

#[test]
fn expiry_is_judged_at_the_time_that_is_given() {
    let gnupg = Gnupg::new();
    let then = ["--faked-system-time", "20250101T000000!"];
    gnupg.generate_until("mortal", "ed25519", "seconds=86400", &then);
    let keys = gnupg.export("mortal");
    let signature = gnupg.sign("mortal", DOCUMENT, &then);
    let at = |time: &str| verify_at(&keys, DOCUMENT, &signature, time.parse().unwrap());
    at("2025-01-01T00:00:00Z").unwrap();
    at("2025-01-01T23:59:59Z").unwrap();
    let end: Timestamp = "2025-01-02T00:00:00Z".parse().unwrap();
    assert_eq!(refusal(at("2025-01-02T00:00:00Z")), Refusal::KeyExpired(end));
    let made = "2025-01-01T00:00:00Z".parse().unwrap();
    assert_eq!(refusal(at("2024-12-31T00:00:00Z")), Refusal::Future(made));

    let mut short = then.to_vec();
    short.extend(["--default-sig-expire", "seconds=60"]);
    let signature = gnupg.sign("mortal", DOCUMENT, &short);
    let expired = verify_at(&keys, DOCUMENT, &signature, "2025-01-01T00:01:00Z".parse().unwrap());
    let end = "2025-01-01T00:01:00Z".parse().unwrap();
    assert_eq!(refusal(expired), Refusal::Expired(end));
}

#[test]
fn the_chart_provenance_of_helm_is_believed() {
    let gnupg = Gnupg::new();
    let key = gnupg.generate("charts <charts@example.org>", "rsa3072", &[]);
    let keys = gnupg.export("charts");
    let secret = gnupg.path("secret.gpg");
    gnupg.gpg().arg("--output").arg(&secret).arg("--export-secret-keys").run().ok();
    let helm = || Program::tool("helm").env("HOME", gnupg.path(".")).folder(&gnupg.path("."));
    helm().args(["create", "demo"]).run().ok();
    let sign = ["package", "demo", "--sign", "--key", "charts", "--keyring"];
    helm().args(sign).arg(&secret).run().ok();
    let document = fs::read(gnupg.path("demo-0.1.0.tgz.prov")).unwrap();
    let signed = keyring(&keys).verify_clear_signed(&document, Timestamp::now()).unwrap();
    assert_eq!(signed.signatures[0].certificate.to_string(), key);
    let digest = sre_format::Digest::of(&fs::read(gnupg.path("demo-0.1.0.tgz")).unwrap());
    assert!(signed.text.contains(&format!("demo-0.1.0.tgz: {digest}")), "{}", signed.text);
}

#[test]
fn a_keyring_of_many_keys_is_read_as_gpg_reads_it() {
    let gnupg = Gnupg::new();
    let path = "/usr/share/keyrings/debian-archive-keyring.gpg";
    let shown = gnupg.gpg().args(["--with-colons", "--show-keys", path]).run().ok();
    let mut theirs = Vec::new();
    let mut lines = shown.lines();
    while let Some(line) = lines.next() {
        if line.starts_with("pub:") {
            // Designated revokers may stand between.
            let line = lines.by_ref().find(|line| line.starts_with("fpr:")).unwrap();
            theirs.push(line.trim_start_matches("fpr:").trim_matches(':').to_owned());
        }
    }
    let ours = Keyring::parse(path, &fs::read(path).unwrap()).unwrap();
    let ours: Vec<_> = ours.fingerprints().iter().map(ToString::to_string).collect();
    assert_eq!(ours, theirs);
    assert!(ours.len() > 3);
}

#[test]
fn what_is_no_signature_is_an_error_and_not_a_crash() {
    let gnupg = Gnupg::new();
    gnupg.generate("known", "ed25519", &[]);
    let keyring = keyring(&gnupg.export("known"));
    let signature = gnupg.sign("known", DOCUMENT, &["--no-armor"]);
    for bytes in [&b""[..], b"hello", &signature[..signature.len() / 2], &gnupg.export("known")] {
        let result = keyring.verify_detached(&mut Cursor::new(DOCUMENT), bytes, Timestamp::now());
        assert!(result.is_err(), "{result:?}");
    }
    assert!(Keyring::parse("x", &signature).is_err());
    assert!(Keyring::parse("x", b"").is_err());
}
