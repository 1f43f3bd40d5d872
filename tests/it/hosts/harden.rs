//! One host is hardened, once, and looked at by every test.

use sre_tests::Program;
use sre_tests::hosts::{Host, Network, Recap, Site};
use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{OnceLock, mpsc};
use std::time::Duration;

/// A site whose host was hardened.
struct Hardened {
    site: Site,
    /// What Ansible counted.
    recap: Recap,
    /// All that Ansible said.
    said: String,
    /// Each command line that was seen on this machine meanwhile, which shows those of the host, too.
    commands: BTreeSet<String>,
}

impl Hardened {
    /// Gives the one that all tests share.
    fn shared() -> &'static Self {
        static SHARED: OnceLock<Hardened> = OnceLock::new();
        SHARED.get_or_init(|| {
            let site = Site::prepare();
            let ((recap, ran), commands) = watching_commands(|| site.harden());
            Self { site, recap, said: ran.told(), commands }
        })
    }
}

/// Does something, and gives the command lines of all processes that were seen meanwhile.
fn watching_commands<T>(work: impl FnOnce() -> T) -> (T, BTreeSet<String>) {
    let (done, ended) = mpsc::channel::<()>();
    std::thread::scope(|scope| {
        let watch = scope.spawn(move || {
            let mut seen = BTreeSet::new();
            let pause = Duration::from_millis(50);
            while ended.recv_timeout(pause) == Err(mpsc::RecvTimeoutError::Timeout) {
                seen.extend(commands());
            }
            seen
        });
        let made = work();
        drop(done);
        (made, watch.join().unwrap())
    })
}

fn commands() -> impl Iterator<Item = String> {
    let processes = fs::read_dir("/proc").unwrap().filter_map(Result::ok);
    let lines = processes.filter_map(|process| fs::read(process.path().join("cmdline")).ok());
    lines.map(|line| String::from_utf8_lossy(&line).replace('\0', " "))
}

#[test]
fn a_host_is_hardened_from_the_bundle_alone_and_a_second_run_changes_nothing() {
    let Hardened { site, recap, said, .. } = Hardened::shared();
    assert!(recap.count("changed") > 30, "{said}");
    let (again, ran) = site.harden();
    assert_eq!(again.count("changed"), 0, "{}", ran.told());
    only_keys_log_in(site);
    packages_come_from_the_bundle_alone(&site.host);
    wrong_passwords_lock(&site.host);
    let table = site.host.root("nft list table inet sre_host").run().ok();
    assert!(table.contains("policy drop"), "{table}");
}

fn only_keys_log_in(site: &Site) {
    let rules = site.host.root("sshd -T").run().ok();
    for rule in ["permitrootlogin no", "passwordauthentication no", "logingracetime 60"] {
        assert!(rules.lines().any(|line| line == rule), "no `{rule}` in\n{rules}");
    }
    // The daemon that runs, and not its file.
    let known = format!("UserKnownHostsFile={}", site.path("out/pinned_hosts").display());
    let options = ["-F", "/dev/null", "-o", &known, "-o", "PreferredAuthentications=none"];
    let ssh = Program::tool("ssh").args(options);
    let ssh = ssh.arg(format!("{}@{}", Host::USER, site.host.address()));
    let said = site.network.inside("admin", ssh).run().fails_with(255);
    assert!(said.contains("Permission denied (publickey)."), "{said}");
}

fn packages_come_from_the_bundle_alone(host: &Host) {
    let sources = host.root("apt-get indextargets --format '$(SITE)'").run().ok();
    let sources: BTreeSet<_> = sources.lines().map(str::to_owned).collect();
    let ours = format!("https://{}:8443/deb/debian", Network::ADMIN);
    assert_eq!(sources, BTreeSet::from([ours]));
    host.root("apt-get -q update -o APT::Update::Error-Mode=any").run().ok();
    let installed = host.root("dpkg-query -W -f '${db:Status-Status}' aide auditd chrony").run();
    assert_eq!(installed.ok(), "installedinstalledinstalled");
}

fn wrong_passwords_lock(host: &Host) {
    let hash = host.root("echo right | openssl passwd -6 -stdin").run().ok();
    host.root(&format!("useradd -m -p '{}' probe", hash.trim())).run().ok();
    let log_in = |password: &str| {
        let line = format!("echo {password} | runuser -u nobody -- su probe -c true");
        host.root(&line).run().code()
    };
    assert_eq!(log_in("right"), Some(0));
    for _ in 0..3 {
        assert_eq!(log_in("wrong"), Some(1));
    }
    assert_eq!(log_in("right"), Some(1), "three wrong passwords locked nobody");
    host.root("faillock --dir /var/log/faillock --user probe --reset").run().ok();
    assert_eq!(log_in("right"), Some(0));
}

#[test]
fn nobody_speaks_to_an_address_outside_of_the_site() {
    let Hardened { site, .. } = Hardened::shared();
    assert_eq!(site.network.strangers(), BTreeSet::new());
    // The switch would have seen it: a packet for somebody else, which it drops.
    let packet = site.host.root("bash -c 'echo > /dev/udp/198.51.100.7/9'");
    packet.run().ok();
    assert_eq!(site.network.strangers(), BTreeSet::from(["198.51.100.7".to_owned()]));
}

#[test]
fn no_secret_is_told_or_left_where_others_read() {
    let Hardened { site, said, commands, .. } = Hardened::shared();
    // It is asked for, so it was given.
    site.host.root("runuser -u sre -- sudo -n true").run().fails_with(1);
    let tokens = ["out/secrets/server-token", "out/secrets/agent-token"].map(|name| {
        let path = site.path(name);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        fs::read_to_string(path).unwrap().trim().to_owned()
    });
    let secrets: Vec<_> = tokens.into_iter().chain([site.password()]).collect();
    let is_told = |text: &[u8]| {
        secrets
            .iter()
            .any(|secret| text.windows(secret.len()).any(|window| window == secret.as_bytes()))
    };
    assert!(!is_told(said.as_bytes()), "Ansible told a secret");
    assert!(commands.iter().any(|line| line.contains("ansible")), "no process was seen");
    let told: Vec<_> = commands.iter().filter(|line| is_told(line.as_bytes())).collect();
    assert!(told.is_empty(), "{told:?}");
    let journal = site.host.root("journalctl --no-pager -o cat").run().ok();
    assert!(journal.contains("COMMAND="), "sudo told the journal nothing");
    assert!(!is_told(journal.as_bytes()), "the journal has a secret");
    let beside =
        files(&site.path("out")).filter(|path| !path.starts_with(site.path("out/secrets")));
    let beside = beside.chain([site.path("ansible.log"), site.path("site.toml")]);
    let open = files(&site.host.changed()).filter(|path| {
        fs::metadata(path).is_ok_and(|found| found.permissions().mode() & 0o004 != 0)
    });
    let told: Vec<_> =
        beside.chain(open).filter(|path| is_told(&fs::read(path).unwrap())).collect();
    assert!(told.is_empty(), "{told:?}");
}

fn files(folder: &Path) -> impl Iterator<Item = PathBuf> + use<> {
    let entries = walkdir::WalkDir::new(folder).into_iter().filter_map(Result::ok);
    entries.filter(|entry| entry.file_type().is_file()).map(walkdir::DirEntry::into_path)
}
