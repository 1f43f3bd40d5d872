//! The table of ports and the rules made from it.

use super::*;
use crate::example;

fn rules(name: &str, cluster: &Cluster) -> String {
    let node = cluster.nodes().iter().find(|node| node.name == name).unwrap();
    nftables(cluster, node, &["198.51.100.7/24".parse().unwrap()])
}

#[test]
fn ports_are_sorted_and_ranges_are_not_empty() {
    assert!(PORTS.iter().map(|port| port.first).is_sorted());
    for port in PORTS {
        assert!(port.first <= port.last && !port.remark.is_empty(), "{}", port.what);
    }
}

#[test]
fn a_server_lets_in_who_the_table_names() {
    let text = rules("server-1", &example::cluster());
    for line in [
        "ip saddr @servers4 tcp dport { 2379, 2380 } accept",
        "ip saddr @nodes4 tcp dport { 6443, 9099, 9345, 10250, 10256 } accept",
        "ip saddr @pods4 tcp dport { 6443, 10250 } accept",
        "ip saddr @administrators4 tcp dport { 6443 } accept",
        "ip saddr @nodes4 udp dport { 8472, 51820, 51821 } accept",
        "elements = { 192.0.2.10, 192.0.2.11, 192.0.2.12, 192.0.2.13 }",
        "elements = { 198.51.100.0/24 }",
        "elements = { 10.42.0.0/16 }",
        "udp dport { 8472, 51820, 51821 } counter drop",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
}

#[test]
fn an_agent_guards_no_port_of_servers() {
    let text = rules("agent-1", &example::cluster());
    for port in ["2379", "6443", "9345", "10259"] {
        assert!(!text.contains(port), "{port}\n{text}");
    }
    assert!(text.contains("10250"));
}

#[test]
fn ports_of_services_are_the_network_plugins() {
    for name in ["server-1", "agent-1"] {
        assert!(!rules(name, &example::cluster()).contains("30000"), "{name}");
    }
}

#[test]
fn ports_follow_the_network_plugin_and_the_choices() {
    let of = |change: fn(&mut crate::ClusterSpecification), port: u16| {
        let cluster = example::cluster_with(change);
        PORTS.iter().any(|one| one.first == port && one.is_on(&cluster, Role::Agent))
    };
    for (port, plugin) in [(4240, Cni::Cilium), (5473, Cni::Calico), (4789, Cni::Flannel)] {
        assert!(!of(|_| {}, port), "{port} with Canal");
        let cluster = example::cluster_with(|c| c.networking.cni = plugin);
        let port = PORTS.iter().find(|one| one.first == port).unwrap();
        assert!(port.is_on(&cluster, Role::Agent), "{}", port.what);
    }
    assert!(of(|c| c.embedded_registry = EmbeddedRegistry::On, 5001));
}
