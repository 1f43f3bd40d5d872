//! The keys of `config.yaml`.

use std::net::IpAddr;

use serde_json::{Value, json};

use super::components;
use crate::paths;
use crate::specification::{Cluster, EmbeddedRegistry, NodeSpecification, Role, SecurityModule};

/// Where a setting belongs.
pub(super) const SERVERS: &[Role] = &[Role::FirstServer, Role::Server];
pub(super) const ALL: &[Role] = &Role::ALL;
const JOINERS: &[Role] = &[Role::Server, Role::Agent];
const AGENTS: &[Role] = &[Role::Agent];

/// One key of `config.yaml`.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// The key.
    pub key: &'static str,
    /// Gives the value, or nothing when the key is left out for this node.
    pub value: fn(&Cluster, &NodeSpecification) -> Option<Value>,
    /// The roles that have it.
    pub roles: &'static [Role],
    /// The rules of the STIG that it answers.
    pub rules: &'static [&'static str],
    /// Why it stands there.
    pub why: &'static str,
}

/// All keys but those of arguments, in the order of this page; files sort them.
pub const SETTINGS: &[Setting] = &[
    row(
        "profile",
        |_, _| Some(json!("cis")),
        ALL,
        &["V-254555"],
        "RKE2's own checks of host and cluster; off by default",
    ),
    row(
        "protect-kernel-defaults",
        |_, _| Some(json!(true)),
        ALL,
        &["V-254569"],
        "the profile sets it; explicit for who reads the file",
    ),
    row(
        "selinux",
        |_, node| Some(json!(node.security_module == SecurityModule::Selinux)),
        ALL,
        &[],
        "archives do not turn it on; packages would",
    ),
    row(
        "node-name",
        |_, node| Some(json!(node.name)),
        ALL,
        &[],
        "the host name may change, the node's may not",
    ),
    row(
        "node-ip",
        |_, node| Some(list(&node.addresses)),
        ALL,
        &[],
        "with several interfaces RKE2 would guess by the default route",
    ),
    row("node-label", labels, ALL, &[], "as the site says"),
    row("node-taint", taints, ALL, &[], "as the site says"),
    row(
        "server",
        |cluster, _| Some(json!(url(cluster))),
        JOINERS,
        &[],
        "where joiners find the cluster",
    ),
    row(
        "token-file",
        |_, _| Some(json!(paths::SERVER_TOKEN)),
        SERVERS,
        &[],
        "the token itself stays out of this file, of facts and of logs",
    ),
    row(
        "agent-token-file",
        |_, _| Some(json!(paths::AGENT_TOKEN)),
        SERVERS,
        &[],
        "agents get a token that makes nobody a server",
    ),
    row(
        "token-file",
        |_, _| Some(json!(paths::AGENT_TOKEN)),
        AGENTS,
        &[],
        "the token itself stays out of this file, of facts and of logs",
    ),
    row(
        "write-kubeconfig-mode",
        |_, _| Some(json!("0600")),
        SERVERS,
        &["V-254564"],
        "the default of today, which the rule wants to see",
    ),
    row(
        "tls-san",
        |cluster, _| Some(json!(cluster.certificate_names())),
        SERVERS,
        &[],
        "clients come by the registration address and the virtual one",
    ),
    row(
        "tls-san-security",
        |_, _| Some(json!(true)),
        SERVERS,
        &[],
        "the certificate takes no name that somebody asks for",
    ),
    row(
        "cni",
        |cluster, _| Some(json!(cluster.specification().networking.cni.as_str())),
        SERVERS,
        &[],
        "the default is canal; explicit, because an upgrade must not change it",
    ),
    row(
        "cluster-cidr",
        |cluster, _| Some(list(&cluster.specification().networking.pods)),
        SERVERS,
        &[],
        "the same on all servers, or they cannot join",
    ),
    row(
        "service-cidr",
        |cluster, _| Some(list(&cluster.specification().networking.services)),
        SERVERS,
        &[],
        "the same on all servers, or they cannot join",
    ),
    row("cluster-dns", dns, SERVERS, &[], "the same on all servers, or they cannot join"),
    row(
        "cluster-domain",
        |cluster, _| Some(json!(cluster.specification().networking.domain)),
        SERVERS,
        &[],
        "the same on all servers, or they cannot join",
    ),
    row(
        "disable",
        |cluster, _| Some(components::disabled(cluster)),
        SERVERS,
        &["V-254565"],
        "what nobody needs is not there",
    ),
    row(
        "ingress-controller",
        |_, _| Some(json!("none")),
        SERVERS,
        &["V-254565"],
        "the platform brings Istio; 1.36 would bring Traefik by itself",
    ),
    row(
        "secrets-encryption",
        |_, _| Some(json!(true)),
        SERVERS,
        &["V-254573"],
        "RKE2 forces it; explicit as evidence for SC-28",
    ),
    row(
        "secrets-encryption-provider",
        |_, _| Some(json!("aescbc")),
        SERVERS,
        &["V-254573"],
        "the default; secretbox is no approved algorithm under FIPS",
    ),
    row(
        "etcd-snapshot-schedule-cron",
        |cluster, _| Some(json!(cluster.specification().snapshots.schedule)),
        SERVERS,
        &[],
        "the default is twice a day",
    ),
    row(
        "etcd-snapshot-retention",
        |cluster, _| Some(json!(cluster.specification().snapshots.kept)),
        SERVERS,
        &[],
        "the default is five",
    ),
    row(
        "etcd-snapshot-dir",
        |cluster, _| Some(json!(snapshot_folder(cluster))),
        SERVERS,
        &[],
        "known to the restore, too",
    ),
    row("etcd-snapshot-compress", |_, _| Some(json!(true)), SERVERS, &[], "off by default"),
    row(
        "audit-policy-file",
        |_, _| Some(json!(paths::AUDIT_POLICY)),
        SERVERS,
        &["V-254555"],
        "at the place where the check looks; without our file RKE2 writes one that logs nothing",
    ),
    row(
        "pod-security-admission-config-file",
        |_, _| Some(json!(paths::POD_SECURITY)),
        SERVERS,
        &["V-254571"],
        "when it is named, RKE2 does not write over the file at each start",
    ),
    row(
        "embedded-registry",
        |cluster, _| Some(json!(cluster.specification().embedded_registry == EmbeddedRegistry::On)),
        SERVERS,
        &[],
        "as the site says",
    ),
    row(
        "disable-default-registry-endpoint",
        |_, _| Some(json!(true)),
        ALL,
        &[],
        "nodes ask nobody but the mirrors; holds for registries named in registries.yaml",
    ),
    row(
        "private-registry",
        |_, _| Some(json!(paths::REGISTRIES)),
        ALL,
        &[],
        "the default, named because everything hangs on it",
    ),
];

const fn row(
    key: &'static str,
    value: fn(&Cluster, &NodeSpecification) -> Option<Value>,
    roles: &'static [Role],
    answers: &'static [&'static str],
    why: &'static str,
) -> Setting {
    Setting { key, value, roles, rules: answers, why }
}

fn labels(_: &Cluster, node: &NodeSpecification) -> Option<Value> {
    let labels: Vec<String> =
        node.labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
    (!labels.is_empty()).then(|| json!(labels))
}

fn taints(_: &Cluster, node: &NodeSpecification) -> Option<Value> {
    let taints = node.taints.iter();
    let taints = taints.map(|one| format!("{}={}:{}", one.key, one.value, one.effect.as_str()));
    let taints: Vec<String> = taints.collect();
    (!taints.is_empty()).then(|| json!(taints))
}

fn dns(cluster: &Cluster, _: &NodeSpecification) -> Option<Value> {
    let addresses = &cluster.specification().networking.dns;
    (!addresses.is_empty()).then(|| list(addresses))
}

fn snapshot_folder(cluster: &Cluster) -> &str {
    cluster.specification().snapshots.folder.as_deref().unwrap_or(paths::SNAPSHOTS)
}

/// Gives the address where nodes register: RKE2's supervisor, not the API server.
fn url(cluster: &Cluster) -> String {
    let host = &cluster.specification().registration;
    match host.parse::<IpAddr>() {
        Ok(IpAddr::V6(address)) => format!("https://[{address}]:9345"),
        _ => format!("https://{host}:9345"),
    }
}

fn list<T: ToString>(items: &[T]) -> Value {
    Value::Array(items.iter().map(|item| Value::String(item.to_string())).collect())
}
