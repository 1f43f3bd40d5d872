//! Who talks to whom (V-254566): one table for the firewall and for the assessor.
//!
//! Ports are those of RKE2's page on requirements, and of what we add. [`nftables()`] guards the
//! ports of the host and leaves everything of the network plugin alone; [`table()`] is for documents
//! and the comparison with the CAL.

mod markdown;
mod nftables;
mod table;

#[cfg(test)]
mod tests;

pub use markdown::table;
pub use nftables::{NFTABLES, nftables};
pub use table::PORTS;

use crate::specification::{Cluster, Cni, EmbeddedRegistry, Role};

/// The protocol under IP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Protocol {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
}

impl Protocol {
    /// Gives the word of nftables.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
        }
    }
}

/// Who may come to a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The host itself only.
    Loopback,
    /// Servers of the cluster.
    Servers,
    /// All nodes of the cluster.
    Nodes,
    /// All nodes, and pods on them.
    NodesAndPods,
    /// All nodes, pods, and the networks of administrators.
    NodesPodsAndAdministrators,
    /// Whoever uses the service; the network plugin decides.
    Clients,
}

impl Source {
    /// Gives the words for tables.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Loopback => "the host itself",
            Self::Servers => "servers",
            Self::Nodes => "nodes",
            Self::NodesAndPods => "nodes, pods",
            Self::NodesPodsAndAdministrators => "nodes, pods, administrators",
            Self::Clients => "clients of the service",
        }
    }
}

/// When a port is there at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Always.
    Always,
    /// With one of these network plugins.
    Cni(&'static [Cni]),
    /// With encryption by WireGuard, which a site turns on in the plugin's own settings.
    WireGuard(&'static [Cni]),
    /// When nodes give each other images.
    EmbeddedRegistry,
    /// When kube-vip keeps an address.
    VirtualAddress,
}

/// One port, or a range of them.
#[derive(Clone, Copy, Debug)]
pub struct Port {
    /// The first port.
    pub first: u16,
    /// The last port; the same as the first, unless it is a range.
    pub last: u16,
    /// The protocol.
    pub protocol: Protocol,
    /// Who may come.
    pub from: Source,
    /// The roles that listen.
    pub to: &'static [Role],
    /// When it is there.
    pub when: When,
    /// What listens.
    pub what: &'static str,
    /// What an assessor should know.
    pub remark: &'static str,
}

impl Port {
    /// Says whether a node of a role listens on it in this cluster.
    #[must_use]
    pub fn is_on(&self, cluster: &Cluster, role: Role) -> bool {
        let specification = cluster.specification();
        self.to.contains(&role)
            && match self.when {
                When::Always => true,
                When::Cni(plugins) | When::WireGuard(plugins) => {
                    plugins.contains(&specification.networking.cni)
                }
                When::EmbeddedRegistry => specification.embedded_registry == EmbeddedRegistry::On,
                When::VirtualAddress => specification.virtual_address.is_some(),
            }
    }
}
