//! What can be wrong with a described cluster.

use std::collections::BTreeSet;
use std::net::IpAddr;

use ipnet::IpNet;
use sre_format::{Explain, Fault};

use crate::specification::{ClusterSpecification, NodeSpecification, Role};

/// A cluster that does not fit together; all that is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the cluster cannot be configured: {}", join(.faults))]
pub struct SpecificationError {
    /// What is wrong; never empty.
    pub faults: Vec<SpecificationFault>,
}

impl Explain for SpecificationError {
    fn fault(&self) -> Fault {
        Fault::Input
    }

    fn hint(&self) -> Option<String> {
        Some("correct the site file; nothing was changed on any host".to_owned())
    }
}

fn join(faults: &[SpecificationFault]) -> String {
    faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// One thing that is wrong with a described cluster.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SpecificationFault {
    /// None or several nodes begin the cluster.
    #[error("exactly one node must be the first server, here are {count}")]
    FirstServers {
        /// How many there are.
        count: usize,
    },
    /// A node's name is none in Kubernetes.
    #[error("`{name}` cannot name a node: lowercase letters, digits, `-` and `.`, at most 253")]
    NodeName {
        /// What was given.
        name: String,
    },
    /// Two nodes have the same name or address.
    #[error("two nodes have the name or address `{what}`")]
    Repeated {
        /// What they share.
        what: String,
    },
    /// A node cannot be reached.
    #[error("the node `{node}` needs one address, or one of each family")]
    NodeAddresses {
        /// The node.
        node: String,
    },
    /// Networks of pods or services are not one, or one of each family.
    #[error("{what} need one network, or one of each family, in the same families as the nodes")]
    Families {
        /// Whose networks.
        what: &'static str,
    },
    /// Two networks overlap, or a node stands inside of one.
    #[error("`{first}` and `{second}` overlap")]
    Overlap {
        /// One of them.
        first: String,
        /// The other.
        second: String,
    },
    /// The cluster's DNS is outside of the services' network.
    #[error("the cluster's DNS `{address}` is in no network of services")]
    Dns {
        /// The address.
        address: String,
    },
    /// The virtual address belongs to a node already.
    #[error("the virtual address `{address}` is the address of a node")]
    VirtualAddressTaken {
        /// The address.
        address: String,
    },
    /// The image of kube-vip could be another one tomorrow.
    #[error("the image `{image}` has no digest")]
    ImageWithoutDigest {
        /// The image.
        image: String,
    },
    /// A text is empty or has characters that belong in no configuration.
    #[error("{what} `{text}` is empty or has blanks or control characters")]
    Text {
        /// What the text is.
        what: &'static str,
        /// The text, with escapes.
        text: String,
    },
    /// The audit log would not be kept as long as the STIG wants.
    #[error("the audit log is kept {days} days; V-254563 wants at least 30")]
    AuditDays {
        /// The days that were asked for.
        days: u32,
    },
    /// A choice or an exemption without a reason, which an assessor will ask for.
    #[error("{what} has no reason; an assessor will ask for it")]
    NoReason {
        /// The choice.
        what: String,
    },
    /// Images have nowhere to come from.
    #[error("there is no mirror: nodes would find no image")]
    NoMirror,
}

/// Finds everything that is wrong with a specification.
pub(crate) fn faults(cluster: &ClusterSpecification) -> Vec<SpecificationFault> {
    let mut faults = Vec::new();
    servers(cluster, &mut faults);
    names(cluster, &mut faults);
    networks(cluster, &mut faults);
    texts(cluster, &mut faults);
    virtual_address(cluster, &mut faults);
    reasons(cluster, &mut faults);
    if cluster.mirrors.endpoints.is_empty() {
        faults.push(SpecificationFault::NoMirror);
    }
    if cluster.audit_log.days < 30 {
        faults.push(SpecificationFault::AuditDays { days: cluster.audit_log.days });
    }
    faults
}

fn servers(cluster: &ClusterSpecification, faults: &mut Vec<SpecificationFault>) {
    let first = cluster.nodes.iter().filter(|node| node.role == Role::FirstServer).count();
    if first != 1 {
        faults.push(SpecificationFault::FirstServers { count: first });
    }
}

fn names(cluster: &ClusterSpecification, faults: &mut Vec<SpecificationFault>) {
    let mut seen = BTreeSet::new();
    for node in &cluster.nodes {
        if !is_node_name(&node.name) {
            faults
                .push(SpecificationFault::NodeName { name: node.name.escape_debug().to_string() });
        }
        if families(node.addresses.iter().map(IpAddr::is_ipv4)).is_none() {
            faults.push(SpecificationFault::NodeAddresses { node: node.name.clone() });
        }
        let addresses = node.addresses.iter().map(IpAddr::to_string);
        for what in std::iter::once(node.name.clone()).chain(addresses) {
            if !seen.insert(what.clone()) {
                faults.push(SpecificationFault::Repeated { what });
            }
        }
    }
}

/// Says which families are there, IPv4 and IPv6; none when there is no address or two of one family.
fn families(is_ipv4: impl Iterator<Item = bool>) -> Option<[bool; 2]> {
    let mut found = [false, false];
    for one in is_ipv4 {
        let place = &mut found[usize::from(!one)];
        if std::mem::replace(place, true) {
            return None;
        }
    }
    found.contains(&true).then_some(found)
}

fn networks(cluster: &ClusterSpecification, faults: &mut Vec<SpecificationFault>) {
    let networking = &cluster.networking;
    let wanted = cluster.nodes.first();
    let wanted = wanted.and_then(|node| families(node.addresses.iter().map(IpAddr::is_ipv4)));
    for (what, networks) in [("pods", &networking.pods), ("services", &networking.services)] {
        let found = families(networks.iter().map(|network| network.addr().is_ipv4()));
        if found.is_none() || wanted.is_some() && found != wanted {
            faults.push(SpecificationFault::Families { what });
        }
    }
    let all: Vec<IpNet> = networking.pods.iter().chain(&networking.services).copied().collect();
    for (index, first) in all.iter().enumerate() {
        let others = all.iter().skip(index + 1).map(|one| (one.network(), one.to_string(), *one));
        let nodes = cluster.nodes.iter().flat_map(|node| &node.addresses);
        let nodes = nodes.map(|address| (*address, address.to_string(), IpNet::from(*address)));
        for (address, second, network) in others.chain(nodes) {
            if first.contains(&address) || network.contains(&first.network()) {
                faults.push(SpecificationFault::Overlap { first: first.to_string(), second });
            }
        }
    }
    for address in &networking.dns {
        if !networking.services.iter().any(|network| network.contains(address)) {
            faults.push(SpecificationFault::Dns { address: address.to_string() });
        }
    }
}

fn texts(cluster: &ClusterSpecification, faults: &mut Vec<SpecificationFault>) {
    let mut texts = vec![
        ("the registration address", cluster.registration.as_str()),
        ("the cluster's domain", &cluster.networking.domain),
    ];
    texts.extend(cluster.tls_names.iter().map(|name| ("the certificate name", name.as_str())));
    texts.extend(cluster.snapshots.folder.as_deref().map(|text| ("the snapshot folder", text)));
    texts.extend(cluster.audit_log.file.as_deref().map(|text| ("the audit log", text)));
    for node in &cluster.nodes {
        texts.extend(marks(node));
    }
    let interface = cluster.virtual_address.as_ref().and_then(|one| one.interface.as_deref());
    texts.extend(interface.map(|text| ("the interface", text)));
    for (what, text) in texts {
        if text.is_empty() || text.chars().any(|c| c.is_whitespace() || c.is_control()) {
            let text = text.escape_debug().to_string();
            faults.push(SpecificationFault::Text { what, text });
        }
    }
    let schedule = &cluster.snapshots.schedule;
    if schedule.split_whitespace().count() != 5 || schedule.chars().any(char::is_control) {
        let text = schedule.escape_debug().to_string();
        faults.push(SpecificationFault::Text { what: "the snapshot schedule (five fields)", text });
    }
}

/// Gives what stands in labels and taints and must not be empty; values may be.
fn marks(node: &NodeSpecification) -> impl Iterator<Item = (&'static str, &str)> {
    let labels = node.labels.iter().flat_map(|(key, value)| [key, value]);
    let taints = node.taints.iter().flat_map(|taint| [&taint.key, &taint.value]);
    let may_be_empty = labels.zip(std::iter::repeat("the label"));
    let may_be_empty = may_be_empty.chain(taints.zip(std::iter::repeat("the taint")));
    may_be_empty.filter(|(text, _)| !text.is_empty()).map(|(text, what)| (what, text.as_str()))
}

fn virtual_address(cluster: &ClusterSpecification, faults: &mut Vec<SpecificationFault>) {
    let Some(wanted) = &cluster.virtual_address else { return };
    let mut taken = cluster.nodes.iter().flat_map(|node| &node.addresses);
    if taken.any(|address| *address == wanted.address) {
        let address = wanted.address.to_string();
        faults.push(SpecificationFault::VirtualAddressTaken { address });
    }
    if wanted.image.digest().is_none() {
        let image = wanted.image.to_string();
        faults.push(SpecificationFault::ImageWithoutDigest { image });
    }
}

fn reasons(cluster: &ClusterSpecification, faults: &mut Vec<SpecificationFault>) {
    use crate::specification::Choice;
    for (component, Choice::Keep(reason) | Choice::Disable(reason)) in &cluster.components {
        if reason.trim().is_empty() {
            let what = format!("the choice about {}", component.as_str());
            faults.push(SpecificationFault::NoReason { what });
        }
    }
    for exemption in &cluster.exemptions {
        if exemption.reason.trim().is_empty() || !is_node_name(&exemption.namespace) {
            let what = format!("the exemption of `{}`", exemption.namespace.escape_debug());
            faults.push(SpecificationFault::NoReason { what });
        }
    }
}

/// Says whether a text is a subdomain in the sense of RFC 1123.
fn is_node_name(name: &str) -> bool {
    let is_label = |label: &str| {
        let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        !label.is_empty()
            && label.len() <= 63
            && label.chars().all(inner)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    name.len() <= 253 && name.split('.').all(is_label)
}
