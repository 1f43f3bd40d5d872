//! `sre-bundle keygen`, `sign`, `inspect` and `trust` as people run them.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;
use sre_format::bundle::{SignatureSlot, open_file};
use sre_format::trust::{Trust, TrustError};
use sre_testkit::bundle::{Bundle, TestKey};
use tempfile::TempDir;

struct Desk {
    folder: TempDir,
}

struct Run {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl Desk {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        for (number, name) in [(1, "one"), (2, "two"), (3, "three")] {
            TestKey::new(number).write(folder.path(), name);
        }
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn run(&self, line: &str) -> Run {
        let words: Vec<_> = line.split_whitespace().map(str::to_owned).collect();
        self.run_words(&words)
    }

    fn run_words(&self, words: &[String]) -> Run {
        self.run_with(words, OsStr::new(""))
    }

    #[expect(clippy::disallowed_methods, reason = "the test is about the program")]
    fn run_with(&self, words: &[String], passphrase: &OsStr) -> Run {
        let output = Command::new(env!("CARGO_BIN_EXE_sre-bundle"))
            .args(words)
            .current_dir(self.folder.path())
            .env("SRE_KEY_PASSPHRASE", passphrase)
            .stdin(std::process::Stdio::null())
            .output()
            .unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Run { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    fn unsigned(&self) -> PathBuf {
        let path = self.path("sre.tar.zst");
        Bundle::new().file("a", b"hello").write(&path);
        path
    }

    fn signers(&self, trust: &Trust) -> Result<usize, TrustError> {
        let untrusted = open_file(&self.path("sre.tar.zst")).unwrap();
        let facts = untrusted.table().identity.facts();
        let signers = trust.check_table(&facts, untrusted.table_bytes(), untrusted.signatures());
        signers.map(|signers| signers.keys.len())
    }
}

impl Run {
    fn ends_with(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{}{}", self.stdout, self.stderr);
        self
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).expect("stdout is one JSON document")
    }
}

fn both() -> Trust {
    Trust::of_key(TestKey::new(1).public()).or(Trust::of_key(TestKey::new(2).public()))
}

#[test]
fn keygen_prints_where_and_what() {
    let desk = Desk::new();
    let run = desk.run("keygen --out site --json").ends_with(0);
    assert!(run.stderr.contains("site.key is not encrypted"), "{}", run.stderr);
    let made = run.json();
    assert_eq!(made["privateKey"], "site.key");
    assert_eq!(made["fingerprint"].as_str().unwrap().len(), 64);
    assert_eq!(made["openpgp"]["publicKey"], "site.pgp.pub");
    assert_eq!(made["openpgp"]["fingerprint"].as_str().unwrap().len(), 40);
    let before = fs::read(desk.path("site.key")).unwrap();
    let again = desk.run("keygen --out site").ends_with(9);
    assert!(again.stderr.contains("never overwritten"), "{}", again.stderr);
    fs::remove_file(desk.path("site.pgp.key")).unwrap();
    fs::remove_file(desk.path("site.pgp.pub")).unwrap();
    let only = desk.run("keygen --out site --only openpgp --user-id ACME").ends_with(0);
    assert!(only.stdout.contains("OpenPGP key  site.pgp.key"), "{}", only.stdout);
    assert!(!only.stdout.contains("private key"), "{}", only.stdout);
    assert_eq!(fs::read(desk.path("site.key")).unwrap(), before);
}

#[test]
fn sign_makes_an_unsigned_bundle_believed() {
    let desk = Desk::new();
    desk.unsigned();
    let trust = Trust::of_key(TestKey::new(1).public());
    assert_eq!(desk.signers(&trust), Err(TrustError::Unsigned));
    let run = desk.run("sign sre.tar.zst --key one.key").ends_with(0);
    let fingerprint = TestKey::new(1).public().id().fingerprint().to_string();
    assert!(run.stdout.contains(&fingerprint[..34]), "{}", run.stdout);
    assert_eq!(desk.signers(&trust), Ok(1));
}

#[test]
fn signing_again_with_the_same_key_changes_no_byte() {
    let desk = Desk::new();
    let path = desk.unsigned();
    desk.run("sign sre.tar.zst --key one.key").ends_with(0);
    let before = fs::read(&path).unwrap();
    desk.run("sign sre.tar.zst --key one.key").ends_with(0);
    assert!(before == fs::read(&path).unwrap());
}

#[test]
fn holders_sign_one_after_the_other() {
    let desk = Desk::new();
    let path = desk.unsigned();
    desk.run("sign sre.tar.zst --key one.key").ends_with(0);
    desk.run("sign sre.tar.zst --key two.key").ends_with(0);
    let signed = fs::read(&path).unwrap();
    let files = open_file(&path).unwrap().signatures().len();
    assert_eq!(files, 6);
    desk.unsigned();
    desk.run("sign sre.tar.zst --key two.key --key one.key").ends_with(0);
    assert!(signed == fs::read(&path).unwrap(), "the order of the keys makes no difference");
    desk.run("sign sre.tar.zst --key two.key --remove-others").ends_with(0);
    assert_eq!(desk.signers(&both()), Ok(1));
}

/// Disks write whole sectors.
const SECTOR: usize = 512;

/// Gives what a power cut may leave of a write: its first sectors, or its last ones, each in any number.
fn torn(before: &[u8], after: &[u8]) -> Vec<Vec<u8>> {
    let differs = |at: &usize| before[*at..][..SECTOR] != after[*at..][..SECTOR];
    let whole = before.len() / SECTOR * SECTOR;
    let changed: Vec<usize> = (0..whole).step_by(SECTOR).filter(differs).collect();
    let mixed = |sectors: &[usize]| {
        let mut bytes = before.to_vec();
        for at in sectors {
            bytes[*at..at + SECTOR].copy_from_slice(&after[*at..at + SECTOR]);
        }
        bytes
    };
    let counts = 1..changed.len();
    counts.flat_map(|count| [mixed(&changed[..count]), mixed(&changed[count..])]).collect()
}

#[test]
fn sign_mends_whatever_a_power_cut_left_of_an_earlier_run() {
    let desk = Desk::new();
    let path = desk.unsigned();
    let before = fs::read(&path).unwrap();
    desk.run("sign sre.tar.zst --key one.key").ends_with(0);
    let after = fs::read(&path).unwrap();
    let states = torn(&before, &after);
    assert!(states.len() > 10, "only {} states", states.len());
    for state in states {
        fs::write(&path, &state).unwrap();
        sign_or_sign_anew(&desk);
        assert!(fs::read(&path).unwrap() == after);
    }
}

/// Signs; where nobody can tell who had signed, only after it was asked for by name.
fn sign_or_sign_anew(desk: &Desk) {
    let run = desk.run("sign sre.tar.zst --key one.key");
    if matches!(run.code, Some(6 | 7)) {
        assert!(run.stderr.contains("--remove-others"), "{}", run.stderr);
        desk.run("sign sre.tar.zst --key one.key --remove-others").ends_with(0);
    } else {
        run.ends_with(0);
    }
}

#[test]
fn a_power_cut_takes_no_signature_of_others_unasked() {
    let desk = Desk::new();
    let path = desk.unsigned();
    desk.run("sign sre.tar.zst --key two.key").ends_with(0);
    let before = fs::read(&path).unwrap();
    desk.run("sign sre.tar.zst --key one.key").ends_with(0);
    let after = fs::read(&path).unwrap();
    for state in torn(&before, &after) {
        fs::write(&path, &state).unwrap();
        sign_or_sign_anew(&desk);
        desk.run("sign sre.tar.zst --key two.key").ends_with(0);
        assert!(fs::read(&path).unwrap() == after);
    }
}

#[test]
fn refuses_to_sign_what_is_damaged() {
    let desk = Desk::new();
    let path = desk.unsigned();
    let mut bytes = fs::read(&path).unwrap();
    let hello = bytes.windows(5).position(|window| window == b"hello").unwrap();
    bytes[hello] ^= 1;
    fs::write(&path, bytes).unwrap();
    let run = desk.run("sign sre.tar.zst --key one.key").ends_with(6);
    assert!(run.stderr.contains("files/a"), "{}", run.stderr);
    assert_eq!(desk.signers(&both()), Err(TrustError::Unsigned));
}

#[test]
fn refuses_to_sign_without_a_key() {
    let desk = Desk::new();
    desk.unsigned();
    desk.run("sign sre.tar.zst").ends_with(2);
    desk.run("sign sre.tar.zst --key one.pub").ends_with(3);
    desk.run("sign absent.tar.zst --key one.key").ends_with(2);
}

#[test]
fn a_signer_command_signs_with_the_public_key_beside_it() {
    let desk = Desk::new();
    desk.unsigned();
    let script = desk.path("signer");
    fs::write(&script, "exec openssl dgst -sha256 -sign one.key\n").unwrap();
    let line = "sign sre.tar.zst --key one.pub --signer-command";
    desk.run(&format!("{line} false")).ends_with(5);
    let mut words: Vec<_> = line.split_whitespace().map(str::to_owned).collect();
    words.push("sh signer".to_owned());
    desk.run_words(&words).ends_with(0);
    assert_eq!(desk.signers(&Trust::of_key(TestKey::new(1).public())), Ok(1));
}

#[test]
fn a_signer_command_gets_no_passphrase_and_its_pin_is_never_shown() {
    let desk = Desk::new();
    desk.unsigned();
    let script = "test -z \"${SRE_KEY_PASSPHRASE+set}\" && exec openssl dgst -sha256 -sign one.key";
    fs::write(desk.path("signer"), script).unwrap();
    let sign = |command: &str| {
        let line = "sign sre.tar.zst --key one.pub --signer-command";
        let mut words: Vec<_> = line.split_whitespace().map(str::to_owned).collect();
        words.push(command.to_owned());
        desk.run_with(&words, OsStr::new("of another key"))
    };
    sign("sh signer").ends_with(0);
    for (command, code) in
        [("exit 3 # pin-value=123456", 5), ("echo pin-value=123456", 7), ("kill -9 $$ # 123456", 5)]
    {
        let run = sign(command).ends_with(code);
        assert!(!format!("{}{}", run.stdout, run.stderr).contains("123456"), "{}", run.stderr);
    }
}

#[test]
fn a_passphrase_that_is_no_text_does_not_leave_the_key_unencrypted() {
    let desk = Desk::new();
    let words: Vec<_> = "keygen --out site".split(' ').map(str::to_owned).collect();
    let run = desk.run_with(&words, OsStr::from_bytes(b"caf\xe9")).ends_with(2);
    assert!(run.stderr.contains("not UTF-8"), "{}", run.stderr);
    assert!(!desk.path("site.key").exists());
}

#[test]
fn signing_again_mends_what_a_cut_off_run_left() {
    let desk = Desk::new();
    let path = desk.unsigned();
    let unsigned = fs::read(&path).unwrap();
    desk.run("sign sre.tar.zst --key one.key").ends_with(0);
    let signed = fs::read(&path).unwrap();
    let first = (0..signed.len()).find(|at| signed[*at] != unsigned[*at]).unwrap();

    // Half of the region is written.
    let mut torn = unsigned;
    torn[first..first + 700].copy_from_slice(&signed[first..first + 700]);
    fs::write(&path, &torn).unwrap();
    let run = desk.run("sign sre.tar.zst --key one.key").ends_with(6);
    assert!(run.stderr.contains("--remove-others"), "{}", run.stderr);
    desk.run("sign sre.tar.zst --key one.key --remove-others").ends_with(0);
    assert!(signed == fs::read(&path).unwrap());

    // What is not written anew is still checked.
    let end_of_the_archive = torn.len() - 12;
    torn[end_of_the_archive] ^= 1;
    fs::write(&path, torn).unwrap();
    desk.run("sign sre.tar.zst --key one.key --remove-others").ends_with(6);
}

#[test]
fn refuses_to_sign_beside_a_signature_that_cannot_be_checked() {
    let desk = Desk::new();
    let path = desk.unsigned();
    desk.run("sign sre.tar.zst --key one.key").ends_with(0);
    let untrusted = open_file(&path).unwrap();
    let files: Vec<_> = untrusted.signatures()[1..].to_vec();
    assert!(untrusted.signatures()[0].name.ends_with(".pub"));
    let file = fs::File::options().write(true).open(&path).unwrap();
    SignatureSlot::of(&untrusted).write(&file, &files).unwrap();
    let run = desk.run("sign sre.tar.zst --key two.key").ends_with(7);
    assert!(run.stderr.contains("cannot be checked"), "{}", run.stderr);
    assert!(run.stderr.contains("--remove-others"), "{}", run.stderr);
    desk.run("sign sre.tar.zst --key two.key --remove-others").ends_with(0);
}

#[test]
fn inspect_says_unverified_without_a_key_and_names_the_signer_with_one() {
    let desk = Desk::new();
    desk.unsigned();
    assert!(desk.run("inspect sre.tar.zst").ends_with(0).stdout.contains("UNSIGNED"));
    desk.run("sign sre.tar.zst --key one.key").ends_with(0);
    assert!(desk.run("inspect sre.tar.zst").ends_with(0).stdout.contains("UNVERIFIED"));
    let run = desk.run("inspect sre.tar.zst --key one.pub --json").ends_with(0);
    assert_eq!(run.json()["card"]["origin"]["state"], "signed");
    desk.run("inspect sre.tar.zst --key two.pub").ends_with(7);
}

#[test]
fn a_trust_file_is_made_signed_and_followed_by_the_next() {
    let desk = Desk::new();
    desk.run("trust new --out one.toml --add release=one.pub --add backup=two.pub").ends_with(0);
    desk.run("trust check one.toml").ends_with(7);
    desk.run("trust sign one.toml --key one.key").ends_with(0);
    desk.run("trust check one.toml").ends_with(0);

    let id = TestKey::new(1).public().id();
    let new =
        format!("trust new --out two.toml --after one.toml --add new=three.pub --revoke {id}");
    let shown = desk.run(&format!("{new}=lost --threshold 2 --json")).ends_with(0).json();
    assert_eq!(shown["trustVersion"], 2);
    assert_eq!(shown["keys"].as_array().unwrap().len(), 2);
    desk.run("trust sign two.toml --key two.key").ends_with(0);
    let run = desk.run("trust check two.toml --after one.toml").ends_with(7);
    assert!(run.stderr.contains("vouch for themselves"), "{}", run.stderr);
    desk.run("trust sign two.toml --key three.key").ends_with(0);
    desk.run("trust check two.toml --after one.toml").ends_with(0);
    desk.run("trust new --out two.toml --add a=one.pub").ends_with(9);
}

impl Desk {
    /// Types lines at a terminal, where nothing else says the passphrase.
    #[expect(clippy::disallowed_methods, reason = "the test is about the program")]
    fn at_a_terminal(&self, line: &str, typed: &str) -> Run {
        fs::write(self.path("typed"), typed).unwrap();
        let program = env!("CARGO_BIN_EXE_sre-bundle");
        let script =
            format!("script --quiet --return --command '{program} {line}' /dev/null < typed");
        let output = Command::new("sh")
            .args(["-c", &script])
            .current_dir(self.folder.path())
            .env_remove("SRE_KEY_PASSPHRASE")
            .output()
            .unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Run { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }
}

#[test]
fn keygen_asks_twice_and_sign_asks_once() {
    let desk = Desk::new();
    let run = desk
        .at_a_terminal("keygen --out site --only bundle", "secret words\nsecret words\n")
        .ends_with(0);
    assert!(run.stdout.contains("The same again"), "{}", run.stdout);
    let pem = fs::read_to_string(desk.path("site.key")).unwrap();
    assert!(pem.starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----"));

    desk.unsigned();
    let wrong = desk.at_a_terminal("sign sre.tar.zst --key site.key", "other\n").ends_with(7);
    assert!(wrong.stdout.contains("does not open the key"), "{}", wrong.stdout);
    desk.at_a_terminal("sign sre.tar.zst --key site.key", "secret words\n").ends_with(0);
    let run = desk.run("inspect sre.tar.zst --key site.pub --json").ends_with(0);
    assert_eq!(run.json()["card"]["origin"]["state"], "signed");
}

#[test]
fn keygen_makes_nothing_of_two_different_passphrases() {
    let desk = Desk::new();
    desk.at_a_terminal("keygen --out site", "one\ntwo\n").ends_with(2);
    assert!(!desk.path("site.key").exists() && !desk.path("site.pub").exists());
}
