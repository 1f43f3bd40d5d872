//! Keys as `openssl` and `cosign` make them and as they read ours.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use sre_bundle::keys::{
    self, GeneratedKeys, KeyError, Pair, PassphraseSource, PrivateKey, ReleaseKey, SignerCommand,
    read_repository_key,
};
use sre_format::Explain as _;
use sre_format::signature::{BundleFacts, SignatureFile};
use sre_format::trust::Trust;
use tempfile::TempDir;

const TABLE: &[u8] = b"{\"format-version\":1}\n\n";
/// Made for this test by `cosign generate-key-pair` (v3.1.3), with the passphrase `correct horse`.
const COSIGN_KEY: &str = include_str!("data/cosign.key");
/// Its public half, as `cosign` wrote it.
const COSIGN_PUBLIC: &str = include_str!("data/cosign.pub");

fn facts() -> BundleFacts {
    BundleFacts {
        name: "sre".parse().unwrap(),
        version: "1.0.0".parse().unwrap(),
        channel: "stable".parse().unwrap(),
        serial: 7,
    }
}

#[expect(clippy::disallowed_methods, reason = "openssl is the oracle")]
fn openssl(folder: &Path, arguments: &str) -> String {
    let output = Command::new("openssl")
        .args(arguments.split_whitespace())
        .current_dir(folder)
        .output()
        .expect("openssl is installed by `make setup`");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "openssl {arguments}: {said}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Where `make setup` puts the Go tools.
fn cosign() -> PathBuf {
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let home = || PathBuf::from(std::env::var_os("HOME").expect("HOME is set"));
    let cache = cache.unwrap_or_else(|| home().join(".cache"));
    cache.join("sre/tools/bin/cosign")
}

/// Runs `cosign verify-blob` over `sre.json` and says whether it was content.
#[expect(clippy::disallowed_methods, reason = "cosign is the oracle")]
fn cosign_verifies(folder: &Path, arguments: &[&str]) -> bool {
    let output = Command::new(cosign())
        .args(["verify-blob", "--key", "site.pub", "--insecure-ignore-tlog"])
        .args(arguments)
        .arg("sre.json")
        .current_dir(folder)
        .output()
        .expect("cosign is built by `make setup`");
    output.status.success()
}

fn passphrase(folder: &Path, text: &str) -> PassphraseSource {
    let path = folder.join(format!("passphrase-{}", text.len()));
    fs::write(&path, format!("{text}\n")).unwrap();
    PassphraseSource::new(Some(path))
}

fn generate(folder: &Path, pairs: &[Pair], text: &str) -> Result<GeneratedKeys, KeyError> {
    keys::generate(&folder.join("site"), pairs, "tester", &passphrase(folder, text))
}

fn made(folder: &Path, text: &str) -> PathBuf {
    generate(folder, &[Pair::Bundle], text).unwrap().bundle.unwrap().private
}

fn believed(key: &PrivateKey, files: &[SignatureFile]) -> bool {
    Trust::of_key(key.public_key().clone()).check_table(&facts(), TABLE, files).is_ok()
}

#[test]
fn keygen_writes_a_pair_that_openssl_reads() {
    let folder = TempDir::new().unwrap();
    made(folder.path(), "");
    let public = fs::read_to_string(folder.path().join("site.pub")).unwrap();
    assert_eq!(openssl(folder.path(), "pkey -in site.key -pubout"), public);
    let mode = fs::metadata(folder.path().join("site.key")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn keygen_encrypts_so_that_openssl_decrypts() {
    let folder = TempDir::new().unwrap();
    made(folder.path(), "correct horse");
    let pem = fs::read_to_string(folder.path().join("site.key")).unwrap();
    assert!(pem.starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----"), "{pem}");
    let public = fs::read_to_string(folder.path().join("site.pub")).unwrap();
    let read = openssl(folder.path(), "pkey -in site.key -passin file:passphrase-13 -pubout");
    assert_eq!(read, public);
}

#[test]
fn keygen_never_overwrites() {
    let folder = TempDir::new().unwrap();
    let private = made(folder.path(), "");
    let before = fs::read(&private).unwrap();
    for lost in ["site.pub", "site.key"] {
        fs::remove_file(folder.path().join(lost)).unwrap();
        let again = generate(folder.path(), &[Pair::Bundle], "");
        assert!(matches!(again, Err(KeyError::Exists { .. })));
        fs::write(folder.path().join(lost), &before).unwrap();
    }
}

#[test]
fn reads_a_passphrase_from_the_first_line_however_it_ends() {
    let folder = TempDir::new().unwrap();
    let private = made(folder.path(), "correct horse");
    let path = folder.path().join("passphrase");
    let source = PassphraseSource::new(Some(path.clone()));
    for text in ["correct horse", "correct horse\r\n", "correct horse\nbattery\n"] {
        fs::write(&path, text).unwrap();
        assert!(PrivateKey::read(&private, &source).is_ok(), "{text:?}");
    }
    fs::write(&path, "x".repeat(5000)).unwrap();
    let error = PrivateKey::read(&private, &source).unwrap_err();
    assert!(matches!(error, KeyError::PassphraseSize { .. }), "{error}");
}

#[test]
fn reads_every_kind_of_key_that_openssl_writes() {
    let folder = TempDir::new().unwrap();
    let path = folder.path();
    let secret = passphrase(path, "correct horse");
    openssl(path, "ecparam -genkey -name prime256v1 -out with-parameters.pem");
    openssl(path, "ec -in with-parameters.pem -out sec1.pem");
    openssl(path, "pkcs8 -topk8 -nocrypt -in sec1.pem -out pkcs8.pem");
    let sealed = "pkcs8 -topk8 -in sec1.pem -passout file:passphrase-13";
    openssl(path, &format!("{sealed} -out pbkdf2.pem"));
    openssl(path, &format!("{sealed} -scrypt -out scrypt.pem"));
    let id = openssl(path, "pkey -in sec1.pem -pubout");
    for name in ["with-parameters.pem", "sec1.pem", "pkcs8.pem", "pbkdf2.pem", "scrypt.pem"] {
        let key = PrivateKey::read(&path.join(name), &secret).unwrap();
        assert_eq!(key.public_key().to_pem(), id, "{name}");
    }
}

#[test]
fn refuses_keys_that_cannot_sign_a_bundle_and_says_why() {
    let folder = TempDir::new().unwrap();
    let path = folder.path();
    let none = PassphraseSource::new(Some("/dev/null".into()));
    openssl(path, "genpkey -algorithm ed25519 -out ed25519.pem");
    openssl(path, "ecparam -genkey -noout -name secp384r1 -out p384.pem");
    openssl(path, "ecparam -genkey -noout -name prime256v1 -out plain.pem");
    fs::write(path.join("passphrase"), "x").unwrap();
    openssl(path, "ec -aes256 -in plain.pem -out old.pem -passout file:passphrase");
    openssl(path, "pkey -in plain.pem -pubout -out public.pem");
    let read = |name: &str| PrivateKey::read(&path.join(name), &none).unwrap_err();
    assert!(matches!(read("ed25519.pem"), KeyError::Unusable { .. }));
    assert!(matches!(read("p384.pem"), KeyError::Unusable { .. }));
    assert!(matches!(read("public.pem"), KeyError::Unknown { .. }));
    assert!(matches!(read("absent.pem"), KeyError::Read { .. }));
    let old = read("old.pem");
    assert!(matches!(old, KeyError::OldEncryption { .. }));
    assert!(old.hint().unwrap().contains("openssl pkcs8 -topk8"));
}

#[test]
fn a_wrong_passphrase_is_a_matter_of_trust_and_is_never_shown() {
    let folder = TempDir::new().unwrap();
    let private = made(folder.path(), "correct horse");
    let error = PrivateKey::read(&private, &passphrase(folder.path(), "battery")).unwrap_err();
    assert_eq!(error.fault(), sre_format::Fault::Trust);
    assert!(!format!("{error} {error:?} {:?}", error.hint()).contains("battery"));
}

#[test]
fn reads_the_encrypted_key_of_cosign() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("cosign.key");
    for label in ["SIGSTORE", "COSIGN"] {
        fs::write(&path, COSIGN_KEY.replace("SIGSTORE", label)).unwrap();
        let key = PrivateKey::read(&path, &passphrase(folder.path(), "correct horse")).unwrap();
        assert_eq!(key.public_key().to_pem(), COSIGN_PUBLIC);
    }
    let error = PrivateKey::read(&path, &passphrase(folder.path(), "battery")).unwrap_err();
    assert!(matches!(error, KeyError::WrongPassphrase { .. }));
}

/// Makes a key and writes a table with its signatures beside it, under short names.
fn signed(path: &Path) {
    let private = made(path, "");
    let key = PrivateKey::read(&private, &PassphraseSource::default()).unwrap();
    let files = keys::sign_table(&facts(), TABLE, &[ReleaseKey::Local(key)]).unwrap();
    fs::write(path.join("sre.json"), TABLE).unwrap();
    for file in &files {
        let (_, suffix) = file.name.split_once('.').unwrap();
        fs::write(path.join(format!("by.{suffix}")), &file.bytes).unwrap();
    }
}

#[test]
fn openssl_accepts_the_plain_signature() {
    let folder = TempDir::new().unwrap();
    signed(folder.path());
    let verify = "dgst -sha256 -verify site.pub -signature by.sig sre.json";
    assert_eq!(openssl(folder.path(), verify), "Verified OK\n");
}

#[test]
fn cosign_accepts_both_signatures_and_neither_of_another_file() {
    let folder = TempDir::new().unwrap();
    signed(folder.path());
    let forms = [["--bundle", "by.sigstore.json"], ["--signature", "by.sig"]];
    for form in forms {
        assert!(cosign_verifies(folder.path(), &form), "{form:?}");
    }
    fs::write(folder.path().join("sre.json"), b"{}").unwrap();
    for form in forms {
        assert!(!cosign_verifies(folder.path(), &form), "{form:?}");
    }
}

#[test]
fn a_signer_command_signs_without_showing_its_key() {
    let folder = TempDir::new().unwrap();
    let private = made(folder.path(), "");
    let public = private.with_extension("pub");
    let name = private.display();
    for command in [
        format!("openssl dgst -sha256 -sign {name}"),
        format!("openssl dgst -sha256 -sign {name} | base64"),
        format!(
            "printf %s \"$SRE_SIGN_SHA256\" | sed 's/../\\\\x&/g' | xargs -0 printf '%b' | \
             openssl pkeyutl -sign -inkey {name}"
        ),
    ] {
        let signer = SignerCommand::new(command.clone(), &public).unwrap();
        let files = keys::sign_table(&facts(), TABLE, &[ReleaseKey::Command(signer)]).unwrap();
        let key = PrivateKey::read(&private, &PassphraseSource::default()).unwrap();
        assert!(believed(&key, &files), "{command}");
    }
}

#[test]
fn a_signer_command_that_fails_or_lies_is_refused() {
    let folder = TempDir::new().unwrap();
    let private = made(folder.path(), "");
    openssl(folder.path(), "ecparam -genkey -noout -name prime256v1 -out other.pem");
    let other = folder.path().join("other.pem");
    let sign = |command: String| {
        let signer = SignerCommand::new(command, &private.with_extension("pub")).unwrap();
        keys::sign_table(&facts(), TABLE, &[ReleaseKey::Command(signer)]).unwrap_err()
    };
    assert!(matches!(sign("exit 3".to_owned()), KeyError::CommandFailed { .. }));
    assert!(matches!(sign("echo hello".to_owned()), KeyError::CommandAnswer { .. }));
    assert!(matches!(
        sign("cat /dev/zero".to_owned()),
        KeyError::CommandAnswer { .. } | KeyError::CommandFailed { .. }
    ));
    let lie = sign(format!("openssl dgst -sha256 -sign {}", other.display()));
    assert!(matches!(lie, KeyError::CommandAnswer { .. }));
}

#[test]
fn the_same_key_twice_is_an_error() {
    let folder = TempDir::new().unwrap();
    let private = made(folder.path(), "");
    let read = || {
        let key = PrivateKey::read(&private, &PassphraseSource::default()).unwrap();
        ReleaseKey::Local(key)
    };
    let error = keys::sign_table(&facts(), TABLE, &[read(), read()]).unwrap_err();
    assert!(matches!(error, KeyError::Twice { .. }));
}

#[test]
fn keygen_writes_an_openpgp_pair_that_opens_with_its_passphrase_alone() {
    let folder = TempDir::new().unwrap();
    let made = generate(folder.path(), &[Pair::Openpgp], "correct horse").unwrap();
    assert!(made.bundle.is_none());
    let pair = made.repository.unwrap();
    let permissions = fs::metadata(&pair.private).unwrap().permissions();
    assert_eq!(permissions.mode() & 0o777, 0o600);
    let key = read_repository_key(&pair.private, &passphrase(folder.path(), "correct horse"));
    assert_eq!(key.unwrap().public_key().unwrap(), fs::read_to_string(&pair.public).unwrap());
    let error = read_repository_key(&pair.private, &passphrase(folder.path(), "battery"));
    let error = error.unwrap_err();
    assert_eq!(error.fault(), sre_format::Fault::Trust);
    assert!(!format!("{error} {error:?}").contains("battery"));
}

#[test]
fn keygen_writes_nothing_where_one_file_of_either_pair_is_there() {
    for there in ["site.key", "site.pub", "site.pgp.key", "site.pgp.pub"] {
        let folder = TempDir::new().unwrap();
        fs::write(folder.path().join(there), "kept").unwrap();
        let error = generate(folder.path(), &[Pair::Bundle, Pair::Openpgp], "").unwrap_err();
        assert!(matches!(error, KeyError::Exists { .. }));
        let files = fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().file_name());
        let files: Vec<_> =
            files.filter(|name| !name.to_string_lossy().starts_with("pass")).collect();
        assert_eq!(files, [there]);
    }
}

#[test]
fn a_repository_key_of_the_wrong_kind_is_refused_and_said_to_be() {
    let folder = TempDir::new().unwrap();
    let private = made(folder.path(), "");
    let error = read_repository_key(&private, &PassphraseSource::default()).unwrap_err();
    assert_eq!(error.fault(), sre_format::Fault::Input);
    assert!(error.hint().unwrap().contains("keygen"));
}
