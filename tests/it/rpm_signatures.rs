//! Signatures of packages: made by `rpmsign` and gpg, judged by us.

use std::fs;
use std::path::{Path, PathBuf};

use sre_format::Timestamp;
use sre_openpgp::Keyring;
use sre_rpm::Checksum;
use sre_rpm::package::{PackageError, PackageFile};
use sre_tests::Program;
use sre_tests::rpm::family;
use tempfile::TempDir;

/// A folder with a keyring of gpg and one built package.
struct Workshop {
    folder: TempDir,
    package: PathBuf,
}

impl Workshop {
    fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().join("gpg");
        fs::create_dir(&home).unwrap();
        fs::set_permissions(&home, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
        let package = family::build(folder.path(), &family::recipes()[..1]).remove(0);
        Self { folder, package }
    }

    fn gpg(&self) -> Program {
        let home = self.folder.path().join("gpg");
        Program::tool("gpg")
            .args(["--batch", "--quiet", "--pinentry-mode", "loopback", "--passphrase", ""])
            .env("GNUPGHOME", home)
    }

    /// Makes a key that signs, of a kind and for a time.
    fn key(&self, user: &str, kind: &str, expires: &str) -> Keyring {
        self.gpg().args(["--quick-generate-key", user, kind, "sign", expires]).run().ok();
        self.export(user)
    }

    fn export(&self, user: &str) -> Keyring {
        let armored = self.gpg().args(["--armor", "--export", user]).run().ok();
        Keyring::parse(user, armored.as_bytes()).unwrap()
    }

    fn sign(&self, user: &str, words: &[&str]) -> PathBuf {
        let signed = self.folder.path().join(format!("{user}.rpm"));
        fs::copy(&self.package, &signed).unwrap();
        Program::tool("rpmsign")
            // Debian has no `gpg2`, which its rpm would call.
            .args(["--define", "__gpg /usr/bin/gpg"])
            .args(["--define", &format!("_gpg_name {user}")])
            .args(words)
            .arg("--addsign")
            .arg(&signed)
            .env("GNUPGHOME", self.folder.path().join("gpg"))
            .env("HOME", self.folder.path())
            .run()
            .ok();
        signed
    }
}

impl Drop for Workshop {
    fn drop(&mut self) {
        // The agent that gpg started for this folder.
        let home = self.folder.path().join("gpg");
        Program::tool("gpgconf").args(["--kill", "gpg-agent"]).env("GNUPGHOME", home).run();
    }
}

fn read(path: &Path) -> PackageFile {
    let bytes = fs::read(path).unwrap();
    PackageFile::read(bytes.as_slice(), &Checksum::sha256_of(b"")).unwrap()
}

fn refusal(path: &Path, keys: &Keyring, now: Timestamp) -> String {
    let error = read(path).verify(keys, now).unwrap_err();
    let source = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
    format!("{error}: {source}")
}

#[test]
fn a_package_signed_by_a_known_key_is_good_and_any_other_is_not() {
    let workshop = Workshop::open();
    let now = Timestamp::now();
    let rsa = workshop.key("rsa", "rsa3072", "never");
    let ed = workshop.key("ed", "ed25519", "never");
    let by_rsa = workshop.sign("rsa", &[]);
    let by_ed = workshop.sign("ed", &[]);
    assert_eq!(read(&by_rsa).verify(&rsa, now).unwrap().len(), 1);
    assert_eq!(read(&by_ed).verify(&ed, now).unwrap().len(), 1);
    assert!(read(&by_rsa).verify(&ed, now).is_err());
    let unsigned = read(&workshop.package).verify(&rsa, now).unwrap_err();
    assert!(matches!(unsigned, PackageError::Unsigned { .. }), "{unsigned}");
    let mut both = rsa.clone();
    both.extend(ed);
    read(&by_rsa).verify(&both, now).unwrap();
    read(&by_ed).verify(&both, now).unwrap();
}

#[test]
fn a_flipped_byte_of_header_or_payload_is_found() {
    let workshop = Workshop::open();
    let now = Timestamp::now();
    let keys = workshop.key("rsa", "rsa3072", "never");
    let good = fs::read(workshop.sign("rsa", &[])).unwrap();
    let verify = |bytes: &[u8]| {
        PackageFile::read(bytes, &Checksum::sha256_of(b"")).and_then(|file| file.verify(&keys, now))
    };
    verify(&good).unwrap();
    let mut payload = good.clone();
    *payload.last_mut().unwrap() ^= 1;
    assert!(matches!(verify(&payload).unwrap_err(), PackageError::Payload { .. }));
    let longer = [good.as_slice(), b"x"].concat();
    assert!(matches!(verify(&longer).unwrap_err(), PackageError::Payload { .. }));
    let summary = good.windows(5).position(|window| window == b"Test ").unwrap();
    let mut header = good;
    header[summary] ^= 1;
    assert!(matches!(verify(&header).unwrap_err(), PackageError::Signature { .. }));
}

#[test]
fn expired_and_revoked_keys_and_weak_digests_are_refused() {
    let workshop = Workshop::open();
    let now = Timestamp::now();
    let later = |seconds: u64| {
        Timestamp::from_unix_seconds(i64::try_from(now.unix_seconds() + seconds).unwrap()).unwrap()
    };
    let short = workshop.key("short", "rsa3072", "1d");
    let by_short = workshop.sign("short", &[]);
    read(&by_short).verify(&short, now).unwrap();
    let text = refusal(&by_short, &short, later(3 * 86_400));
    assert!(text.contains("expired"), "{text}");

    let keys = workshop.key("lost", "rsa3072", "never");
    let by_lost = workshop.sign("lost", &[]);
    read(&by_lost).verify(&keys, now).unwrap();
    let fingerprint = keys.fingerprints()[0].to_string();
    let revocation = format!("gpg/openpgp-revocs.d/{fingerprint}.rev");
    let path = workshop.folder.path().join(revocation);
    // gpg puts a colon in front so that nobody revokes a key by accident.
    fs::write(&path, fs::read_to_string(&path).unwrap().replace(":-----", "-----")).unwrap();
    workshop.gpg().arg("--import").arg(&path).run().ok();
    let text = refusal(&by_lost, &workshop.export("lost"), now);
    assert!(text.contains("revoked"), "{text}");

    let keys = workshop.key("weak", "rsa3072", "never");
    let digest = "_gpg_digest_algo sha1";
    let by_weak = workshop.sign("weak", &["--define", digest]);
    let text = refusal(&by_weak, &keys, now);
    assert!(text.to_lowercase().contains("weak"), "{text}");
}
