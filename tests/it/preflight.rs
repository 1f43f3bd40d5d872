//! `preflight` with the real `ssh`, `sshd` and `sudo`.

use serde_json::Value;
use sre_format::bundle::EntryKind;
use sre_testkit::bundle::{Bundle, TestKey};
use sre_tests::{Program, Ran, Running, SshServer, ours};
use std::fs;
use std::path::PathBuf;
use tempfile::TempDir;

/// Lets the user become root with its password.
const ASKS: &str = "sre ALL=(ALL) ALL";
/// The site file takes the password from a file, and its nodes go on accepting every kind of key.
const PASSWORD: &str =
    "[become]\npassword = { file = \"sudo.txt\" }\n[hardening]\nprofile = \"baseline\"";
/// The site file says nothing of `sudo`.
const BASELINE: &str = "[hardening]\nprofile = \"baseline\"";
/// The user is said to be root.
const NO_SUDO: &str = "[become]\nmethod = \"none\"\n[hardening]\nprofile = \"baseline\"";
/// As with the password, with nodes that hardening makes refuse ed25519.
const HARDENED: &str = "[become]\npassword = { file = \"sudo.txt\" }";

/// A site whose one node is a server on an island.
struct Site {
    server: Option<SshServer>,
    folder: TempDir,
}

impl Site {
    fn new(sudoers: &str, escalation: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let node = folder.path().join("node");
        fs::create_dir(&node).unwrap();
        let site = Self { server: Some(SshServer::start(&node, sudoers)), folder };
        site.describe(escalation, "");
        fs::write(site.path("sudo.txt"), format!("{}\n", SshServer::PASSWORD)).unwrap();
        TestKey::new(1).write(&site.path(""), "site");
        let rke2 = |name: &str| format!("rke2/v1.35.7+rke2r1/{name}.linux-amd64.tar.gz");
        let bundle = Bundle::new().entry(&rke2("rke2"), EntryKind::Rke2, b"the program");
        let bundle = bundle.entry(&rke2("rke2-images-canal"), EntryKind::Rke2, b"images");
        bundle.signed_by(&TestKey::new(1)).write(&site.path("sre.tar.zst"));
        site
    }

    fn server(&self) -> &SshServer {
        self.server.as_ref().unwrap()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes the site file; `node` is added to the node, and wins over what holds for all.
    fn describe(&self, escalation: &str, node: &str) {
        let text = format!(
            "[site]\nname = \"alpha\"\ndomain = \"alpha.example\"\n[time]\nntp = [\"192.0.2.3\"]\n\
             [ssh]\nuser = \"sre\"\nkey = \"node/login\"\nport = {}\n{escalation}\n\
             [[node]]\nname = \"one\"\naddress = \"{}\"\nrole = \"server\"\nssh = {{ {node} }}\n",
            SshServer::PORT,
            SshServer::ADDRESS,
        );
        fs::write(self.path("site.toml"), text).unwrap();
    }

    fn preflight(&self) -> Ran {
        let preflight = ours::sre_install().folder(&self.path(""));
        let preflight = preflight
            .args(["preflight", "--bundle", "sre.tar.zst", "--key", "site.pub"])
            .args(["--state", "state", "--site", "site.toml", "--json"]);
        self.server().inside(preflight).run()
    }

    /// Looks, and gives what each check says of the node, or of this machine.
    fn look(&self, host: &str) -> Rows {
        let ran = self.preflight();
        let report: Value = serde_json::from_slice(ran.bytes())
            .unwrap_or_else(|error| panic!("{error}\n{}", ran.told()));
        let mut hosts = report["hosts"].as_array().unwrap().iter();
        let host = hosts.find(|it| it["name"] == host).unwrap();
        Rows(host["rows"].as_array().unwrap().clone())
    }
}

struct Rows(Vec<Value>);

impl Rows {
    /// Expects a verdict, and words in what was seen; gives the remedy.
    #[track_caller]
    fn expect(&self, check: &str, verdict: &str, words: &str) -> String {
        let row = self.0.iter().find(|row| row["check"] == check).unwrap();
        assert_eq!(row["verdict"], verdict, "{row:#}");
        let saw = row["saw"].as_str().unwrap();
        assert!(saw.contains(words), "`{words}` is not in {row:#}");
        row["remedy"].as_str().unwrap_or_default().to_owned()
    }
}

#[test]
fn a_node_tells_everything_in_one_call_and_its_key_is_pinned() {
    let site = Site::new(ASKS, PASSWORD);
    let rows = site.look("one");
    rows.expect("ssh", "fine", "sre logs in");
    rows.expect("root", "fine", "sre becomes root");
    rows.expect("clock", "fine", "agrees");
    rows.expect("address", "fine", "192.0.2.11 belongs to lo");
    rows.expect("default-route", "fine", "to nowhere");
    rows.expect("ports", "fine", "ports are free");
    rows.expect("cluster", "fine", "none");
    let unseen: Vec<_> = rows.0.iter().filter(|row| row["verdict"] == "could-not-look").collect();
    assert!(unseen.is_empty(), "{unseen:#?}");
    let known = fs::read_to_string(site.path("state/sites/alpha/known_hosts")).unwrap();
    assert_eq!(known.trim(), format!("[192.0.2.11]:2222 {}", site.server().key()));
    let ran = site.preflight();
    let secret = SshServer::PASSWORD.trim();
    assert!(!ran.told().contains(secret), "{}", ran.told());
}

#[test]
fn a_user_becomes_root_as_the_site_says_or_is_told_why_not() {
    let free = "sre ALL=(ALL) NOPASSWD: ALL";
    for (sudoers, escalation, verdict, words) in [
        (ASKS, PASSWORD, "fine", "becomes root"),
        // A password that nobody asked for is not run as a command.
        (free, PASSWORD, "fine", "becomes root"),
        (free, BASELINE, "fine", "becomes root"),
        (ASKS, BASELINE, "failed", "a password is required"),
        (ASKS, NO_SUDO, "failed", "sre is not root"),
        ("", PASSWORD, "failed", "sudoers"),
    ] {
        let site = Site::new(sudoers, escalation);
        let rows = site.look("one");
        rows.expect("root", verdict, words);
        rows.expect("ssh", "fine", "sre logs in");
        // What everybody may see is seen all the same.
        rows.expect("clock", "fine", "agrees");
    }
}

#[test]
fn a_wrong_password_is_tried_once() {
    let site = Site::new(&format!("Defaults passwd_tries = 3\n{ASKS}"), PASSWORD);
    fs::write(site.path("sudo.txt"), "wrong\n").unwrap();
    let rows = site.look("one");
    rows.expect("root", "failed", "1 incorrect password attempt");
    rows.expect("clock", "fine", "agrees");
    fs::remove_file(site.path("sudo.txt")).unwrap();
    site.look("one").expect("root", "could-not-look", "cannot read a secret from file sudo.txt");
    site.look("admin").expect("secrets", "failed", "cannot read a secret from file sudo.txt");
}

#[test]
fn a_host_that_was_visited_is_held_to_its_key() {
    let mut site = Site::new(ASKS, PASSWORD);
    site.look("one").expect("ssh", "fine", "");
    let server = site.server.take().unwrap();
    let before = fingerprint(&site.path("node/host.pub"));
    site.server = Some(server.installed_anew("ed25519"));
    let words = format!("{} instead of {before}", fingerprint(&site.path("node/host.pub")));
    let remedy = site.look("one").expect("ssh", "failed", &words);
    assert!(remedy.contains("-R '[192.0.2.11]:2222'"), "{remedy}");
    // A key of another kind is no first visit.
    let server = site.server.take().unwrap();
    site.server = Some(server.installed_anew("ecdsa"));
    site.look("one").expect("ssh", "failed", "shows another key");
    let pinned = fs::read_to_string(site.path("state/sites/alpha/known_hosts")).unwrap();
    assert_eq!(pinned.lines().count(), 1, "{pinned}");
}

#[test]
fn a_key_that_the_site_names_is_the_only_one() {
    let site = Site::new(ASKS, PASSWORD);
    site.describe(PASSWORD, &format!("host-key = \"{}\"", site.server().key()));
    site.look("one").expect("ssh", "fine", "");
    let other = fs::read_to_string(site.path("node/stranger.pub")).unwrap();
    site.describe(PASSWORD, &format!("host-key = \"{}\"", other.trim()));
    let remedy = site.look("one").expect("ssh", "failed", "another key");
    assert!(remedy.contains("as `host-key` in the site file"), "{remedy}");
    let known = fs::read_to_string(site.path("state/sites/alpha/known_hosts")).unwrap();
    assert_eq!(known, "");
}

#[test]
fn a_site_that_hardens_pins_no_key_that_its_nodes_will_refuse() {
    let mut site = Site::new(ASKS, HARDENED);
    let remedy = site.look("one").expect("ssh", "failed", "it offers ssh-ed25519");
    assert!(remedy.contains("ssh-keygen -A"), "{remedy}");
    // It gets a key of another kind beside the one that `ssh` would choose by itself.
    let config = site.path("node/sshd_config");
    let second = format!("HostKey {}\n", site.path("node/stranger").display());
    fs::write(&config, fs::read_to_string(&config).unwrap() + &second).unwrap();
    site.server = site.server.take().map(|server| server.installed_anew("ecdsa"));
    site.look("one").expect("ssh", "fine", "");
    let known = site.path("state/sites/alpha/known_hosts");
    let pinned = fs::read_to_string(&known).unwrap();
    assert_eq!(pinned.trim(), format!("[192.0.2.11]:2222 {}", site.server().key()));
    // Whoever is held to another key already is still reached.
    let other = fs::read_to_string(site.path("node/stranger.pub")).unwrap();
    fs::write(&known, format!("[192.0.2.11]:2222 {other}")).unwrap();
    site.look("one").expect("ssh", "fine", "");
}

#[test]
fn a_key_with_a_passphrase_needs_an_agent() {
    let site = Site::new(ASKS, PASSWORD);
    site.look("admin").expect("ssh-key", "fine", "login (ed25519)");
    let keygen = Program::tool("ssh-keygen").args(["-q", "-p", "-P", "", "-N", "hunter2", "-f"]);
    keygen.arg(site.path("node/login")).run().ok();
    let remedy = site.look("admin").expect("ssh-key", "failed", "has a passphrase");
    assert!(remedy.contains("sudo --preserve-env=SSH_AUTH_SOCK"), "{remedy}");
    let remedy = site.look("one").expect("ssh", "failed", "does not let sre log in");
    assert!(remedy.contains("passphrase") && remedy.contains("ed25519"), "{remedy}");
}

#[test]
fn a_node_that_does_not_answer_or_refuses_is_told_apart() {
    let site = Site::new(ASKS, PASSWORD);
    site.describe(PASSWORD, "key = \"node/stranger\"");
    let remedy = site.look("one").expect("ssh", "failed", "does not let sre log in");
    assert!(remedy.contains("authorized_keys"), "{remedy}");
    site.describe(PASSWORD, "port = 2223");
    let rows = site.look("one");
    rows.expect("ssh", "failed", "cannot be reached at 192.0.2.11:2223");
    rows.expect("memory", "could-not-look", "the node was not reached");
    // It takes every connection and says nothing.
    let silent = "import socket; s = socket.create_server(('192.0.2.11', 2223)); print('ready', flush=True)\n\
                  kept = []\nwhile True: kept.append(s.accept())";
    let silent = site.server().inside(Program::tool("python3").args(["-c", silent]));
    let (_silent, ()) = Running::start(silent, |line| (line == "ready").then_some(()));
    site.look("one").expect("ssh", "failed", "timed out");
}

fn fingerprint(key: &std::path::Path) -> String {
    let told = Program::tool("ssh-keygen").arg("-lf").arg(key).run().ok();
    told.split(' ').nth(1).unwrap().to_owned()
}

#[test]
fn shellcheck_finds_nothing_in_the_script_of_facts() {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../installer/src/preflight/facts.sh");
    Program::tool("shellcheck")
        .args(["--shell=sh", "--enable=quote-safe-variables", script])
        .run()
        .ok();
}
