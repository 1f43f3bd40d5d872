//! `config.yaml`, read back by a YAML parser and compared as data.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::*;
use crate::check::{Member, check};
use crate::specification::{Choice, Component, EmbeddedRegistry, Role, SecurityModule};
use crate::{document, example, paths};

fn of(name: &str, cluster: &Cluster) -> Value {
    let node = cluster.nodes().iter().find(|node| node.name == name).unwrap();
    document::parse(&render(cluster, node))
}

#[test]
fn an_agent_is_configured_so() {
    let suites = crate::stig::ciphers::suites(crate::stig::Release::V2R7);
    let expected = json!({
        "profile": "cis",
        "protect-kernel-defaults": true,
        "selinux": true,
        "node-name": "agent-1",
        "node-ip": ["192.0.2.21"],
        "node-label": ["site.example/disk=fast"],
        "server": "https://api.site.example:9345",
        "token-file": "/etc/rancher/rke2/agent-token",
        "disable-default-registry-endpoint": true,
        "private-registry": "/etc/rancher/rke2/registries.yaml",
        "kubelet-arg": [
            "anonymous-auth=false", "authorization-mode=Webhook", "pod-max-pids=4096",
            "protect-kernel-defaults=true", "read-only-port=0", "seccomp-default=true",
            "streaming-connection-idle-timeout=5m", format!("tls-cipher-suites={suites}"),
            "tls-min-version=VersionTLS12",
        ],
    });
    assert_eq!(of("agent-1", &example::cluster()), expected);
}

#[test]
fn the_first_server_joins_nobody_and_all_servers_agree_on_the_rest() {
    let cluster = example::cluster();
    let (first, second) = (of("server-1", &cluster), of("server-2", &cluster));
    assert_eq!(first.get("server"), None);
    assert_eq!(second["server"], "https://api.site.example:9345");
    let own = ["server", "node-name", "node-ip", "node-taint", "node-label"];
    let common = |config: &Value| {
        let mut config = config.as_object().unwrap().clone();
        config.retain(|key, _| !own.contains(&key.as_str()));
        config
    };
    assert_eq!(common(&first), common(&second));
    let taint = json!(["node-role.kubernetes.io/control-plane=:NoSchedule"]);
    assert_eq!(first["node-taint"], taint);
}

#[test]
fn a_server_has_the_values_that_the_site_gave() {
    let cluster = example::cluster_with(|c| {
        c.embedded_registry = EmbeddedRegistry::On;
        c.snapshots.folder = Some("/backup/etcd".into());
        c.audit_log.file = Some("/var/log/kubernetes/audit.log".into());
        c.registration = "2001:db8::1".into();
        c.nodes[1].security_module = SecurityModule::AppArmor;
        c.components.insert(Component::MetricsServer, Choice::Disable("Prometheus reads".into()));
    });
    let config = of("server-2", &cluster);
    for (key, expected) in [
        ("server", json!("https://[2001:db8::1]:9345")),
        ("selinux", json!(false)),
        ("embedded-registry", json!(true)),
        ("write-kubeconfig-mode", json!("0600")),
        ("etcd-snapshot-dir", json!("/backup/etcd")),
        ("etcd-snapshot-retention", json!(8)),
        ("ingress-controller", json!("none")),
        ("secrets-encryption-provider", json!("aescbc")),
        ("cluster-dns", json!(["10.43.0.10"])),
        ("token-file", json!(paths::SERVER_TOKEN)),
        ("agent-token-file", json!(paths::AGENT_TOKEN)),
    ] {
        assert_eq!(config[key], expected, "{key}");
    }
    let has = |key: &str, item: &str| config[key].as_array().unwrap().contains(&json!(item));
    assert!(has("disable", "rke2-metrics-server") && has("disable", "rke2-security-responder"));
    assert!(!has("disable", "rke2-coredns"));
    assert!(has("kube-apiserver-arg", "audit-log-path=/var/log/kubernetes/audit.log"));
    assert!(has("kube-apiserver-arg", "authorization-mode=RBAC,Node"));
    assert!(has("kube-apiserver-arg", "audit-log-mode=blocking-strict"));
}

#[test]
fn every_file_is_one_that_rke2_knows_every_key_of() {
    let cluster = example::cluster();
    for node in cluster.nodes() {
        let member = if node.role == Role::Agent { Member::Agent } else { Member::Server };
        let problems = check("config.yaml", &render(&cluster, node), member);
        assert!(problems.is_empty(), "{problems:?}");
    }
}

#[test]
fn rows_stand_once_for_a_role_and_say_why() {
    for role in Role::ALL {
        let mut keys = BTreeSet::new();
        for row in SETTINGS.iter().filter(|row| row.roles.contains(&role)) {
            assert!(keys.insert(row.key.to_owned()), "{} twice", row.key);
            assert!(!row.why.is_empty(), "{}", row.key);
        }
        for row in ARGUMENTS.iter().filter(|row| row.roles.contains(&role)) {
            assert!(keys.insert(format!("{} {}", row.key, row.name)), "{} twice", row.name);
            assert!(!row.why.is_empty(), "{}", row.name);
        }
    }
    for (absent, _) in ABSENT {
        assert!(SETTINGS.iter().all(|row| row.key != *absent), "{absent}");
    }
}

#[test]
fn each_packaged_component_has_a_reason() {
    for (component, Choice::Keep(reason) | Choice::Disable(reason)) in
        justifications(&example::cluster())
    {
        assert!(!reason.is_empty(), "{component:?}");
    }
}
