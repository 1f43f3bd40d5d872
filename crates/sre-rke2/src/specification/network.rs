//! The networks of pods and services.

use std::net::IpAddr;

use ipnet::IpNet;

/// The network plugins that RKE2 packages (`cni` in its server reference).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cni {
    /// Flannel with Calico's policies; the only one that is rebuilt for FIPS.
    Canal,
    /// Calico.
    Calico,
    /// Cilium.
    Cilium,
    /// Flannel without policies.
    Flannel,
}

impl Cni {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Canal, Self::Calico, Self::Cilium, Self::Flannel];

    /// Gives the word that stands in `config.yaml`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Canal => "canal",
            Self::Calico => "calico",
            Self::Cilium => "cilium",
            Self::Flannel => "flannel",
        }
    }
}

/// The networks inside of the cluster; the same on all servers, or new ones cannot join.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Networking {
    /// Who makes the pod network.
    pub cni: Cni,
    /// Networks of pods: one, or one of each family.
    pub pods: Vec<IpNet>,
    /// Networks of services: one, or one of each family.
    pub services: Vec<IpNet>,
    /// Addresses of the cluster's DNS, each in a network of services.
    pub dns: Vec<IpAddr>,
    /// The domain of services, such as `cluster.local`.
    pub domain: String,
}
