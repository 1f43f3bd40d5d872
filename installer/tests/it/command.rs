//! `seed` and `plan` as people call them: options, answers, exit codes, what is left behind.

use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Command, Output};

use serde_json::Value;
use sre_steps::StateDirectory;
use sre_testkit::Upstream;
use sre_testkit::upstream::{Auth, Settings, Transport};
use tempfile::TempDir;

use crate::bundle::Builder;
use crate::seed::image;

struct Desk {
    folder: TempDir,
}

impl Desk {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let builder = Builder::default().with("quay.io/team/app:1", &image(1, &[100_000]));
        let mut file = builder.write();
        let mut bundle = std::fs::File::create(folder.path().join("sre.tar.zst")).unwrap();
        std::io::Seek::rewind(&mut file).unwrap();
        std::io::copy(&mut file, &mut bundle).unwrap();
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    #[expect(clippy::disallowed_methods, reason = "tests start the programs that they meet")]
    fn run(&self, verb: &str, to: &str, more: &[&str]) -> Output {
        let path = std::env::var("PATH").unwrap();
        Command::new(env!("CARGO_BIN_EXE_sre-install"))
            .args([verb, "--bundle", "sre.tar.zst", "--state", "state", "--to", to])
            .arg("--allow-unsigned-bundle-which-anyone-could-have-made")
            .args(more)
            .current_dir(self.folder.path())
            .env("PATH", format!("{}:{path}", self.path("bin").display()))
            .env("DOCKER_CONFIG", self.path("docker"))
            .env("HOME", self.folder.path())
            .env_remove("XDG_RUNTIME_DIR")
            .output()
            .unwrap()
    }
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn answers_in_json_and_leaves_a_receipt() {
    let (desk, target) = (Desk::new(), Upstream::plain());
    let output = desk.run("seed", target.url(), &["--json", "--events", "events.jsonl"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let answer = json(&output);
    assert_eq!((&answer["kind"], &answer["tagsSet"]), (&"seed".into(), &1.into()));
    assert_eq!(answer["sent"]["bytes"], target.blob_bytes_received());
    let receipt = std::fs::read(desk.path("state/receipts/000001-seed.json")).unwrap();
    let receipt: Value = serde_json::from_slice(&receipt).unwrap();
    assert_eq!(receipt["details"]["audited"]["tags"], 1);
    let tags = receipt["details"]["tags"].as_object().unwrap();
    let (name, digest) = tags.iter().next().unwrap();
    assert!(name.ends_with("/quay.io/team/app:1"), "{name}");
    assert!(digest.as_str().unwrap().starts_with("sha256:"), "{digest}");
    let events = std::fs::read_to_string(desk.path("events.jsonl")).unwrap();
    assert!(events.lines().last().unwrap().contains("run-finished"), "{events}");
    let again = json(&desk.run("seed", target.url(), &["--json"]));
    assert_eq!(again["sent"]["bytes"], 0);
}

#[test]
fn plans_without_touching_the_target() {
    let (desk, target) = (Desk::new(), Upstream::plain());
    let output = desk.run("plan", target.url(), &[]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("new        quay.io/team/app:1"), "{text}");
    assert!(target.repositories().is_empty());
    let plan = json(&desk.run("plan", target.url(), &["--json"]));
    assert_eq!((&plan["kind"], &plan["names"][0]["state"]), (&"plan".into(), &"new".into()));
}

#[test]
fn conflicts_end_with_nine_and_usage_with_two() {
    let (desk, target) = (Desk::new(), Upstream::plain());
    target.push(&image(2, &[10]), "quay.io/team/app", "1");
    let output = desk.run("seed", target.url(), &["--json"]);
    assert_eq!(output.status.code(), Some(9));
    assert!(String::from_utf8_lossy(&output.stderr).contains("quay.io/team/app:1"));
    assert_eq!(desk.run("seed", target.url(), &["--overwrite-tags"]).status.code(), Some(0));
    for to in ["ftp://x", "https://me:hunter2@r.example"] {
        let output = desk.run("seed", to, &[]);
        assert_eq!(output.status.code(), Some(2));
        assert!(!String::from_utf8_lossy(&output.stderr).contains("hunter2"));
    }
    let gone = Upstream::plain();
    let url = gone.url().to_owned();
    gone.stop();
    assert_eq!(desk.run("plan", &url, &[]).status.code(), Some(5));
}

#[test]
fn asks_the_credential_helper_that_the_docker_file_names() {
    let auth = Auth::basic("robot", "from-the-helper");
    let target = Upstream::start(Settings { auth, ..Settings::default() });
    let desk = Desk::new();
    std::fs::create_dir_all(desk.path("bin")).unwrap();
    std::fs::create_dir_all(desk.path("docker")).unwrap();
    let config = format!(r#"{{"credHelpers":{{"{}":"desk"}}}}"#, target.host());
    std::fs::write(desk.path("docker/config.json"), config).unwrap();
    assert_eq!(desk.run("plan", target.url(), &[]).status.code(), Some(5), "no helper yet");

    let helper = desk.path("bin/docker-credential-desk");
    let mut file = std::fs::File::create(&helper).unwrap();
    let answer = r#"{"Username":"robot","Secret":"from-the-helper"}"#;
    write!(file, "#!/bin/sh\n[ \"$1\" = get ] && read -r server && printf '%s' '{answer}'\n")
        .unwrap();
    file.set_permissions(std::fs::Permissions::from_mode(0o755)).unwrap();
    drop(file);
    let output = desk.run("seed", target.url(), &["--json"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn serials_are_compared_while_no_other_run_can_apply_a_bundle() {
    let (desk, target) = (Desk::new(), Upstream::plain());
    let state = StateDirectory::open(Some(&desk.path("state"))).unwrap();
    std::fs::create_dir(desk.path("state/serials")).unwrap();
    let newer = serde_json::json!({
        "name": "sre", "channel": "stable", "serial": 9, "version": "9",
        "content": format!("sha256:{}", "0".repeat(64)),
    });
    std::fs::write(desk.path("state/serials/sre@stable.json"), newer.to_string()).unwrap();
    let says = |text: &str, code| {
        let output = desk.run("seed", target.url(), &[]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(code), "{said}");
        assert!(said.contains(text), "{said}");
    };
    let other_run = state.lock().unwrap();
    says("another run holds", 5);
    drop(other_run);
    says("is older than 9", 7);
}

#[test]
fn takes_the_password_of_the_docker_file() {
    let auth = Auth::basic("robot", "from-the-file");
    let target = Upstream::start(Settings { auth, ..Settings::default() });
    let desk = Desk::new();
    std::fs::create_dir_all(desk.path("docker")).unwrap();
    let login = data_encoding::BASE64.encode(b"robot:from-the-file");
    let config = format!(r#"{{"auths":{{"{}":{{"auth":"{login}"}}}}}}"#, target.host());
    std::fs::write(desk.path("docker/config.json"), config).unwrap();
    let output = desk.run("seed", target.url(), &[]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn trusts_the_authority_that_is_named_and_says_when_one_is_missing() {
    let transport = Transport::Tls;
    let target = Upstream::start(Settings { transport, ..Settings::default() });
    let desk = Desk::new();
    std::fs::write(desk.path("ca.pem"), target.authority().unwrap()).unwrap();
    let output = desk.run("plan", target.url(), &[]);
    assert_eq!(output.status.code(), Some(5));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("hint: ") && said.contains("ca-file"), "{said}");
    let output = desk.run("seed", target.url(), &["--ca-file", "ca.pem"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(
        desk.run("plan", target.url(), &["--ca-file", "sre.tar.zst"]).status.code(),
        Some(3)
    );
}
