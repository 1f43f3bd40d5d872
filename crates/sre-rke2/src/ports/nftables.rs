//! Rules of nftables for the ports of a host.
//!
//! The table is one of its own, hooks the way into the host only, and drops nothing but what
//! comes to a guarded port from somewhere else. What the network plugin forwards, translates or
//! accepts elsewhere never meets it; ports of services are translated before it. A site's own
//! firewall that refuses everything else stands beside it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use ipnet::IpNet;

use super::{PORTS, Port, Protocol, Source};
use crate::specification::{Cluster, NodeSpecification, Role};

/// The file, which the host's own `nftables.conf` includes.
pub const NFTABLES: &str = "/etc/nftables/sre-rke2.nft";

/// The sets of addresses, each for both families: the name, and the ports that it may come to.
const SETS: [&str; 4] = ["servers", "nodes", "pods", "administrators"];

/// Renders the rules of a node; `administrators` are the networks that reach the API.
#[must_use]
pub fn nftables(cluster: &Cluster, node: &NodeSpecification, administrators: &[IpNet]) -> String {
    let ports: Vec<&Port> = PORTS.iter().filter(|port| port.is_on(cluster, node.role)).collect();
    let mut text = "#!/usr/sbin/nft -f\n# Written by sre-install from its table of ports.\n\
                    table inet sre_rke2\ndelete table inet sre_rke2\ntable inet sre_rke2 {\n"
        .to_owned();
    for (name, networks) in sets(cluster, administrators) {
        set(&mut text, &format!("{name}4"), "ipv4_addr", networks.iter().filter(|n| is_v4(n)));
        set(&mut text, &format!("{name}6"), "ipv6_addr", networks.iter().filter(|n| !is_v4(n)));
    }
    text.push_str(
        "    chain input {\n        type filter hook input priority filter - 10; policy accept;\n\
         \x20       iifname \"lo\" accept\n        ct state established,related accept\n",
    );
    for name in SETS {
        allow(&mut text, name, &ports);
    }
    for protocol in [Protocol::Tcp, Protocol::Udp] {
        let guarded = numbers(&ports, |port| port.protocol == protocol && is_guarded(port));
        if let Some(guarded) = guarded {
            let word = protocol.as_str();
            _ = writeln!(text, "        {word} dport {{ {guarded} }} counter drop");
        }
    }
    text.push_str("    }\n}\n");
    text
}

fn is_v4(network: &IpNet) -> bool {
    network.addr().is_ipv4()
}

/// Ports of services are the plugin's, not the host's.
fn is_guarded(port: &Port) -> bool {
    port.from != Source::Clients
}

/// Says whether the members of a set may come to a port.
fn is_allowed(name: &str, port: &Port) -> bool {
    match port.from {
        Source::Loopback | Source::Clients => false,
        Source::Servers => name == "servers",
        // Servers are nodes, and stand in that set, too.
        Source::Nodes => name == "nodes",
        Source::NodesAndPods => ["nodes", "pods"].contains(&name),
        Source::NodesPodsAndAdministrators => ["nodes", "pods", "administrators"].contains(&name),
    }
}

fn sets(cluster: &Cluster, administrators: &[IpNet]) -> BTreeMap<&'static str, Vec<IpNet>> {
    let addresses = |is_wanted: fn(Role) -> bool| {
        let nodes = cluster.nodes().iter().filter(move |node| is_wanted(node.role));
        nodes.flat_map(|node| &node.addresses).map(|address| IpNet::from(*address))
    };
    // A holder of the virtual address sends from it when it talks to itself by it.
    let virtual_address = cluster.specification().virtual_address.as_ref();
    let virtual_address = virtual_address.map(|one| IpNet::from(one.address));
    BTreeMap::from([
        ("servers", addresses(Role::is_server).chain(virtual_address).collect()),
        ("nodes", addresses(|_| true).chain(virtual_address).collect()),
        ("pods", cluster.specification().networking.pods.clone()),
        ("administrators", IpNet::aggregate(&administrators.to_vec())),
    ])
}

fn set<'a>(text: &mut String, name: &str, kind: &str, networks: impl Iterator<Item = &'a IpNet>) {
    let elements: BTreeSet<String> = networks.map(element).collect();
    _ = writeln!(text, "    set {name} {{\n        type {kind}\n        flags interval");
    if !elements.is_empty() {
        let elements: Vec<String> = elements.into_iter().collect();
        _ = writeln!(text, "        elements = {{ {} }}", elements.join(", "));
    }
    text.push_str("    }\n");
}

/// Gives an address alone, or a network without the bits of a host.
fn element(network: &IpNet) -> String {
    if network.prefix_len() == network.max_prefix_len() {
        return network.addr().to_string();
    }
    network.trunc().to_string()
}

fn allow(text: &mut String, name: &str, ports: &[&Port]) {
    for protocol in [Protocol::Tcp, Protocol::Udp] {
        let allowed = numbers(ports, |port| port.protocol == protocol && is_allowed(name, port));
        let Some(allowed) = allowed else { continue };
        let word = protocol.as_str();
        _ = writeln!(
            text,
            "        ip saddr @{name}4 {word} dport {{ {allowed} }} accept\n        \
             ip6 saddr @{name}6 {word} dport {{ {allowed} }} accept"
        );
    }
}

fn numbers(ports: &[&Port], is_wanted: impl Fn(&Port) -> bool) -> Option<String> {
    let numbers: BTreeSet<u16> = ports
        .iter()
        .filter(|port| is_wanted(port))
        .flat_map(|port| port.first..=port.last)
        .collect();
    let words: Vec<String> = numbers.iter().map(u16::to_string).collect();
    (!words.is_empty()).then(|| words.join(", "))
}
