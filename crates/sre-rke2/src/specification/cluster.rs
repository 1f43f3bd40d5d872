//! The whole cluster, first as said, then as checked.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::{
    AuditLog, Choice, Component, EmbeddedRegistry, Exemption, Networking, NodeSpecification, Role,
    Snapshots, VirtualAddress,
};
use crate::SpecificationError;
use crate::error::faults;
use crate::registries::Mirrors;
use crate::stig::Release;

/// A cluster as a site describes it; [`Cluster::new`] checks it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClusterSpecification {
    /// The release of the RKE2 STIG that it is assessed against.
    pub stig: Release,
    /// The networks inside.
    pub networking: Networking,
    /// The name or address by which nodes join and people reach the API: a load balancer, a name in
    /// DNS, the virtual address, or the first server.
    pub registration: String,
    /// An address that moves between servers.
    pub virtual_address: Option<VirtualAddress>,
    /// Further names and addresses in the certificates of servers.
    pub tls_names: Vec<String>,
    /// Where images come from.
    pub mirrors: Mirrors,
    /// Whether nodes give each other images.
    pub embedded_registry: EmbeddedRegistry,
    /// Snapshots of etcd.
    pub snapshots: Snapshots,
    /// The API server's audit log.
    pub audit_log: AuditLog,
    /// Choices that differ from [`Component::default_choice`].
    pub components: BTreeMap<Component, Choice>,
    /// Namespaces that Pod Security Admission leaves alone, besides RKE2's own.
    pub exemptions: Vec<Exemption>,
    /// The hosts.
    pub nodes: Vec<NodeSpecification>,
}

/// A cluster whose parts fit together.
#[derive(Clone, Debug)]
pub struct Cluster(ClusterSpecification);

impl Cluster {
    /// Checks a specification and reports everything that is wrong with it at once.
    pub fn new(specification: ClusterSpecification) -> Result<Self, SpecificationError> {
        let faults = faults(&specification);
        if faults.is_empty() {
            return Ok(Self(specification));
        }
        Err(SpecificationError { faults })
    }

    /// Gives what was checked.
    #[must_use]
    pub fn specification(&self) -> &ClusterSpecification {
        &self.0
    }

    /// Gives the hosts, in the order of the specification.
    #[must_use]
    pub fn nodes(&self) -> &[NodeSpecification] {
        &self.0.nodes
    }

    /// Gives the hosts of one role, in the order of the specification.
    pub fn with_role(&self, role: Role) -> impl Iterator<Item = &NodeSpecification> {
        self.0.nodes.iter().filter(move |node| node.role == role)
    }

    /// Gives the hosts that run the control plane, the first server first.
    pub fn servers(&self) -> impl Iterator<Item = &NodeSpecification> {
        self.with_role(Role::FirstServer).chain(self.with_role(Role::Server))
    }

    /// Gives what becomes of a packaged component.
    #[must_use]
    pub fn choice(&self, component: Component) -> Choice {
        let chosen = self.0.components.get(&component);
        chosen.cloned().unwrap_or_else(|| component.default_choice())
    }

    /// Gives every name and address in the certificates of servers, without repetition.
    ///
    /// All servers have the same list, so that a client may turn to any of them.
    #[must_use]
    pub fn certificate_names(&self) -> Vec<String> {
        let mut names = vec![self.0.registration.clone()];
        names.extend(self.0.virtual_address.as_ref().map(|virtual_| virtual_.address.to_string()));
        names.extend(self.0.tls_names.iter().cloned());
        for server in self.servers() {
            names.push(server.name.clone());
            names.extend(server.addresses.iter().map(IpAddr::to_string));
        }
        let mut seen = std::collections::BTreeSet::new();
        names.retain(|name| seen.insert(name.clone()));
        names
    }
}
