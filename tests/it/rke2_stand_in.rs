//! The stand-in for RKE2 takes what we write for every node, and refuses what RKE2 refuses.
//!
//! Two lists of keys that were written apart judge each other here: ours, and that of the stand-in.

use sre_rke2::files::{DefaultRoute, node_files};
use sre_rke2::registries::{Endpoint, Mirrors};
use sre_rke2::specification::{
    AuditLog, Cni, EmbeddedRegistry, Networking, SecurityModule, Snapshots, Taint, TaintEffect,
};
use sre_rke2::stig::Release;
use sre_rke2::{Cluster, ClusterSpecification, NodeSpecification, Role, paths};
use sre_tests::hosts::{Host, Network, stand_in};
use sre_tests::{Program, Ran};
use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const AUTHORITY: &str = "/etc/rancher/rke2/sre-ca.pem";
/// What stands in the place of `/proc/sys`, since hosts share the kernel of this machine.
const SETTINGS: &str = "/etc/settings";

fn cluster() -> Cluster {
    let node = |name: &str, role, last: u8| NodeSpecification {
        name: name.into(),
        role,
        addresses: vec![[192, 0, 2, last].into()],
        labels: BTreeMap::from([("site.example/disk".into(), "fast".into())]),
        taints: vec![Taint {
            key: "site.example/slow".into(),
            value: String::new(),
            effect: TaintEffect::PreferNoSchedule,
        }],
        security_module: SecurityModule::AppArmor,
    };
    let seed = Endpoint {
        address: "https://192.0.2.1:8443".parse().unwrap(),
        certificates: Some(AUTHORITY.into()),
        credential: None,
    };
    let specification = ClusterSpecification {
        stig: Release::V2R7,
        networking: Networking {
            cni: Cni::Canal,
            pods: vec!["10.42.0.0/16".parse().unwrap()],
            services: vec!["10.43.0.0/16".parse().unwrap()],
            dns: vec!["10.43.0.10".parse().unwrap()],
            domain: "cluster.local".into(),
        },
        registration: "192.0.2.11".into(),
        virtual_address: None,
        tls_names: vec!["kubernetes.site.example".into()],
        mirrors: Mirrors {
            hosts: ["docker.io", "quay.io"].map(str::to_owned).into(),
            prefix: "mirror".parse().unwrap(),
            endpoints: vec![seed],
        },
        embedded_registry: EmbeddedRegistry::Off,
        snapshots: Snapshots::default(),
        audit_log: AuditLog::default(),
        components: BTreeMap::new(),
        exemptions: Vec::new(),
        nodes: vec![
            node("server-1", Role::FirstServer, 11),
            node("server-2", Role::Server, 12),
            node("agent-1", Role::Agent, 21),
        ],
    };
    Cluster::new(specification).unwrap()
}

/// Puts everything into a folder that a node has before RKE2 starts, all but the account of etcd and RKE2.
fn prepare(root: &Path, node: &NodeSpecification) {
    let write = |path: &str, content: &[u8], mode| {
        let path = root.join(path.trim_start_matches('/'));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    };
    for file in node_files(&cluster(), node, &[], DefaultRoute::Present) {
        write(&file.path, file.content.as_bytes(), file.mode.into());
    }
    for token in [paths::SERVER_TOKEN, paths::AGENT_TOKEN] {
        write(token, b"a token\n", 0o600);
    }
    write(AUTHORITY, b"certificates\n", 0o600);
    for (setting, value) in [
        ("vm/overcommit_memory", "1\n"),
        ("vm/panic_on_oom", "0\n"),
        ("kernel/panic", "10\n"),
        ("kernel/panic_on_oops", "1\n"),
    ] {
        write(&format!("{SETTINGS}/{setting}"), value.as_bytes(), 0o644);
    }
}

/// Unpacks the stand-in as RKE2 is unpacked.
fn unpack(folder: &Path) {
    let scratch = tempfile::tempdir().unwrap();
    let archive = scratch.path().join("rke2.tar.gz");
    fs::write(&archive, stand_in::archive(stand_in::VERSION)).unwrap();
    let tar = Program::tool("tar").args(["-xz", "--no-same-owner", "--no-overwrite-dir", "-C"]);
    tar.arg(folder).arg("-f").arg(archive).run().ok();
}

/// A folder in the place of `/` of a node, ready to start RKE2, and the stand-in beside it.
struct Root {
    folder: TempDir,
    role: Role,
}

impl Root {
    fn of(node: &NodeSpecification) -> Self {
        let root = Self { folder: tempfile::tempdir().unwrap(), role: node.role };
        prepare(root.folder.path(), node);
        root.write("/etc/passwd", "root:x:0:0::/root:/bin/sh\netcd:x:994:994::/:/sbin/nologin\n");
        root.write("/etc/group", "root:x:0:\netcd:x:994:\n");
        unpack(root.folder.path());
        root
    }

    fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path.trim_start_matches('/'))
    }

    fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    fn change(&self, path: &str, from: &str, to: &str) {
        let text = fs::read_to_string(self.path(path)).unwrap();
        assert!(text.contains(from), "no `{from}` in {path}:\n{text}");
        self.write(path, text.replacen(from, to, 1));
    }

    fn append(&self, path: &str, line: &str) {
        let text = fs::read_to_string(self.path(path)).unwrap();
        self.write(path, format!("{text}{line}\n"));
    }

    fn remove(&self, path: &str) {
        fs::remove_file(self.path(path)).unwrap();
    }

    fn check(&self) -> Ran {
        let role = if self.role == Role::Agent { "agent" } else { "server" };
        rke2(self.folder.path())
            .env("RKE2_STAND_IN_ROOT", self.folder.path())
            .env("RKE2_STAND_IN_SYSCTLS", self.path(SETTINGS))
            .args([role, "--check"])
            .run()
    }
}

fn rke2(folder: &Path) -> Program {
    Program::at(&folder.join("bin/rke2"))
}

type Spoil = fn(&Root);

/// Ways to spoil what a node has, by the place of the node in the cluster, each with the words of the refusal.
const SPOILED: &[(usize, Spoil, &str)] = &[
    (0, |root| root.append(paths::CONFIG, "nonsense: 1"), "Unknown flag --nonsense found in"),
    (0, |root| root.append(paths::CONFIG, "debug: perhaps"), "invalid boolean value"),
    (0, |root| root.append(paths::CONFIG, "- a list"), "failed to parse"),
    (0, |root| root.change(paths::CONFIG, "\"cis\"", "\"cis-1.23\""), "for --profile flag"),
    (
        0,
        |root| root.change("/etc/passwd", "etcd:", "etcd-2:"),
        "missing required: user: unknown user etcd",
    ),
    (
        0,
        |root| root.change("/etc/group", "etcd:", "etcd-2:"),
        "missing required: group: unknown group etcd",
    ),
    (
        0,
        |root| root.write("/etc/settings/vm/panic_on_oom", "1\n"),
        "invalid kernel parameter value vm.panic_on_oom=1 - expected 0",
    ),
    (
        2,
        |root| root.write("/etc/settings/vm/overcommit_memory", "0\n"),
        "invalid kernel parameter value vm.overcommit_memory=0 - expected 1",
    ),
    (
        2,
        |root| root.write("/etc/settings/kernel/panic", "0\n"),
        "invalid kernel parameter value kernel.panic=0 - expected 10",
    ),
    (
        1,
        |root| root.write("/etc/settings/kernel/panic_on_oops", "0\n"),
        "invalid kernel parameter value kernel.panic_on_oops=0 - expected 1",
    ),
    (1, |root| root.remove(paths::SERVER_TOKEN), "server-token: no such file or directory"),
    (2, |root| root.write(paths::AGENT_TOKEN, "\n"), "token must not be empty"),
    (2, |root| root.write(paths::AGENT_TOKEN, "K10ab::node:x"), "invalid token CA hash length"),
    (2, |root| root.write(paths::AGENT_TOKEN, "K10x"), "invalid token format"),
    (2, |root| root.change(paths::CONFIG, "https://", "http://"), "only https:// URLs"),
    (0, |root| root.change(paths::CONFIG, "\"canal\"", "\"weave\""), "for --cni flag: weave"),
    (
        2,
        |root| root.change(paths::CONFIG, "site.example/disk", "node-role.kubernetes.io/x"),
        "unknown 'kubernetes.io' or 'k8s.io' labels",
    ),
    (1, |root| root.remove(AUTHORITY), "sre-ca.pem: no such file or directory"),
    (
        1,
        |root| root.change(paths::REGISTRIES, "mirrors:", "mirror:"),
        "unknown key mirror in the file",
    ),
    (
        1,
        |root| root.change(paths::REGISTRIES, "https://192", "192"),
        "mirrors.docker.io: invalid endpoint 192.0.2.1:8443",
    ),
    (1, |root| root.change(paths::REGISTRIES, "^(.*)$", "^(.*$"), "invalid rewrite"),
];

#[test]
fn takes_what_we_write_for_every_node() {
    let cluster = cluster();
    for node in cluster.nodes() {
        let said = Root::of(node).check();
        assert_eq!(said.code(), Some(0), "{}: {}", node.name, said.told());
    }
}

#[test]
fn refuses_what_rke2_refuses() {
    let cluster = cluster();
    for (node, spoil, reason) in SPOILED {
        let root = Root::of(&cluster.nodes()[*node]);
        spoil(&root);
        let said = root.check().fails_with(1);
        assert!(said.contains(reason), "`{reason}` is not in {said}");
    }
}

#[test]
fn an_archive_is_the_same_bytes_each_time_and_has_its_version() {
    let [first, second] = [(); 2].map(|()| stand_in::archive("v1.35.8+rke2r1"));
    assert!(first == second && first != stand_in::archive(stand_in::VERSION));
    assert!(first.len() < 64 << 10, "{} bytes", first.len());
    let root = tempfile::tempdir().unwrap();
    fs::write(root.path().join("rke2.tar.gz"), first).unwrap();
    let unpack = ["-xzf", "rke2.tar.gz"];
    Program::tool("tar").folder(root.path()).args(unpack).run().ok();
    let said = rke2(root.path()).arg("--version").run().ok();
    assert_eq!(said, "rke2 version v1.35.8+rke2r1 (stand-in)\n");
}

/// The real API server takes our arguments, our policies and our files, or it would not be ready.
#[test]
fn a_server_with_our_files_starts_the_real_kubernetes() {
    let network = Network::make();
    let key = ["-q", "-t", "ed25519", "-N", "", "-f"];
    Program::tool("ssh-keygen").args(key).arg(network.path("login")).run().ok();
    fs::write(network.path("password"), "a password\n").unwrap();
    let (key, password) = (network.path("login.pub"), network.path("password"));
    let host = Host::boot(&network, "server-1", "192.0.2.11", &key, &password);
    prepare(&host.path("/"), &cluster().nodes()[0]);
    unpack(&host.path("/usr/local"));
    host.root("useradd -r -M -U -s /usr/sbin/nologin etcd").run().ok();
    let variable = format!("echo RKE2_STAND_IN_SYSCTLS={SETTINGS} > /etc/default/rke2-server");
    host.root(&variable).run().ok();
    host.root("systemctl daemon-reload").run().ok();
    let started = host.root("systemctl start rke2-server").run();
    let journal = host.root("journalctl --no-pager -o cat -u rke2-server").run().stdout();
    assert_eq!(started.code(), Some(0), "{journal}");
    let kubectl = |words: &str| {
        let program = "/var/lib/rancher/rke2/bin/kubectl --kubeconfig /etc/rancher/rke2/rke2.yaml";
        host.root(&format!("{program} {words}")).run().ok()
    };
    let columns =
        r#"-o jsonpath='{.status.conditions[?(@.type=="Ready")].status} {.spec.taints[0].key}'"#;
    assert_eq!(kubectl(&format!("get node server-1 {columns}")), "True site.example/slow");
    assert!(kubectl("version").contains("Server Version: v1.35."));
    let saved = host.root("rke2 etcd-snapshot save --name first").run().ok();
    assert!(
        saved.starts_with("/var/lib/rancher/rke2/server/db/snapshots/first-server-1-"),
        "{saved}"
    );
    // What the keeper of modes does after each start.
    let modes = host.root("stat -c %a /var/lib/rancher/rke2/server/db /etc/rancher/rke2/rke2.yaml");
    assert_eq!(modes.run().ok(), "700\n600\n");
    assert_eq!(network.strangers().len(), 0, "{:?}", network.strangers());
}
