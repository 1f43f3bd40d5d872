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
use sre_tests::hosts::stand_in;
use sre_tests::{Program, Ran};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const AUTHORITY: &str = "/etc/rancher/rke2/sre-ca.pem";

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

/// A folder in the place of `/` of a node, ready to start RKE2, and the stand-in beside it.
struct Root {
    folder: TempDir,
    role: Role,
}

impl Root {
    fn of(node: &NodeSpecification) -> Self {
        let root = Self { folder: tempfile::tempdir().unwrap(), role: node.role };
        for file in node_files(&cluster(), node, &[], DefaultRoute::Present) {
            root.write(&file.path, &file.content);
        }
        for token in [paths::SERVER_TOKEN, paths::AGENT_TOKEN] {
            root.write(token, "a token\n");
        }
        root.write(AUTHORITY, "certificates\n");
        root.write("/etc/passwd", "root:x:0:0::/root:/bin/sh\netcd:x:994:994::/:/sbin/nologin\n");
        root.write("/etc/group", "root:x:0:\netcd:x:994:\n");
        for (setting, value) in [
            ("vm/overcommit_memory", "1\n"),
            ("vm/panic_on_oom", "0\n"),
            ("kernel/panic", "10\n"),
            ("kernel/panic_on_oops", "1\n"),
        ] {
            root.write(&format!("/settings/{setting}"), value);
        }
        root.write("/rke2.tar.gz", stand_in::archive(stand_in::VERSION));
        let unpack = ["-xzf", "rke2.tar.gz"];
        Program::tool("tar").folder(root.folder.path()).args(unpack).run().ok();
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
            .env("RKE2_STAND_IN_SYSCTLS", self.path("/settings"))
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
        |root| root.write("/settings/vm/panic_on_oom", "1\n"),
        "invalid kernel parameter value vm.panic_on_oom=1 - expected 0",
    ),
    (
        2,
        |root| root.write("/settings/vm/overcommit_memory", "0\n"),
        "invalid kernel parameter value vm.overcommit_memory=0 - expected 1",
    ),
    (
        2,
        |root| root.write("/settings/kernel/panic", "0\n"),
        "invalid kernel parameter value kernel.panic=0 - expected 10",
    ),
    (
        1,
        |root| root.write("/settings/kernel/panic_on_oops", "0\n"),
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
    Program::tool("tar").folder(root.path()).args(["-xzf", "rke2.tar.gz"]).run().ok();
    let said = rke2(root.path()).arg("--version").run().ok();
    assert_eq!(said, "rke2 version v1.35.8+rke2r1 (stand-in)\n");
}
