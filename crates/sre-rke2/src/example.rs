//! A cluster for the tests of this crate: three servers, two agents, Harbor and a seed server.

use std::collections::BTreeMap;

use crate::Secret;
use crate::registries::{Credential, Endpoint, Mirrors};
use crate::specification::{
    AuditLog, Cluster, ClusterSpecification, Cni, EmbeddedRegistry, Networking, NodeSpecification,
    Role, SecurityModule, Snapshots, Taint, TaintEffect, VirtualAddress,
};
use crate::stig::Release;

pub(crate) fn cluster() -> Cluster {
    cluster_with(|_| {})
}

pub(crate) fn cluster_with(change: impl FnOnce(&mut ClusterSpecification)) -> Cluster {
    let mut specification = specification();
    change(&mut specification);
    Cluster::new(specification).unwrap()
}

pub(crate) fn specification() -> ClusterSpecification {
    ClusterSpecification {
        stig: Release::V2R7,
        networking: Networking {
            cni: Cni::Canal,
            pods: vec!["10.42.0.0/16".parse().unwrap()],
            services: vec!["10.43.0.0/16".parse().unwrap()],
            dns: vec!["10.43.0.10".parse().unwrap()],
            domain: "cluster.local".into(),
        },
        registration: "api.site.example".into(),
        virtual_address: Some(VirtualAddress {
            address: "192.0.2.10".parse().unwrap(),
            interface: Some("eth0".into()),
            image: format!("ghcr.io/kube-vip/kube-vip:v1.2.3@sha256:{}", "a".repeat(64))
                .parse()
                .unwrap(),
        }),
        tls_names: vec!["kubernetes.site.example".into()],
        mirrors: mirrors(),
        embedded_registry: EmbeddedRegistry::Off,
        snapshots: Snapshots::default(),
        audit_log: AuditLog::default(),
        components: BTreeMap::new(),
        exemptions: Vec::new(),
        nodes: nodes(),
    }
}

pub(crate) fn mirrors() -> Mirrors {
    let endpoint = |address: &str, credential| Endpoint {
        address: address.parse().unwrap(),
        certificates: Some("/etc/rancher/rke2/sre-ca.pem".into()),
        credential,
    };
    let robot = Credential { user: "robot$nodes".into(), password: Secret::new("hush: #1") };
    Mirrors {
        hosts: ["docker.io", "quay.io", "127.0.0.1:5000"].map(str::to_owned).into(),
        prefix: "mirror".parse().unwrap(),
        endpoints: vec![
            endpoint("https://harbor.site.example", Some(robot)),
            endpoint("https://192.0.2.5:5443", None),
        ],
    }
}

fn nodes() -> Vec<NodeSpecification> {
    let node = |name: &str, role, last: u8| NodeSpecification {
        name: name.into(),
        role,
        addresses: vec![[192, 0, 2, last].into()],
        labels: BTreeMap::new(),
        taints: Vec::new(),
        security_module: SecurityModule::Selinux,
    };
    let mut nodes = vec![
        node("server-1", Role::FirstServer, 11),
        node("server-2", Role::Server, 12),
        node("server-3", Role::Server, 13),
        node("agent-1", Role::Agent, 21),
        node("agent-2", Role::Agent, 22),
    ];
    nodes[0].taints.push(Taint {
        key: "node-role.kubernetes.io/control-plane".into(),
        value: String::new(),
        effect: TaintEffect::NoSchedule,
    });
    nodes[3].labels.insert("site.example/disk".into(), "fast".into());
    nodes
}
