//! One host of the cluster.

use std::collections::BTreeMap;
use std::net::IpAddr;

/// What a node is in the cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// The server that begins the cluster; it joins nobody.
    FirstServer,
    /// A further server: control plane and etcd.
    Server,
    /// A node that runs workloads only.
    Agent,
}

impl Role {
    /// All roles, in the order in which they are installed.
    pub const ALL: [Self; 3] = [Self::FirstServer, Self::Server, Self::Agent];

    /// Says whether the control plane and etcd run there.
    #[must_use]
    pub const fn is_server(self) -> bool {
        matches!(self, Self::FirstServer | Self::Server)
    }

    /// Gives the words for tables and messages.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::FirstServer => "first server",
            Self::Server => "server",
            Self::Agent => "agent",
        }
    }
}

/// The security module of the host's kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecurityModule {
    /// SELinux; RKE2 installed from archives must be told of it.
    Selinux,
    /// AppArmor, which containerd finds by itself.
    AppArmor,
}

/// What a taint does to pods that do not tolerate it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaintEffect {
    /// New pods stay away.
    NoSchedule,
    /// New pods stay away when there is another place.
    PreferNoSchedule,
    /// Running pods leave, too.
    NoExecute,
}

impl TaintEffect {
    /// Gives Kubernetes' word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoSchedule => "NoSchedule",
            Self::PreferNoSchedule => "PreferNoSchedule",
            Self::NoExecute => "NoExecute",
        }
    }
}

/// A mark on a node that keeps pods away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taint {
    /// The key, such as `node-role.kubernetes.io/control-plane`.
    pub key: String,
    /// The value; may be empty.
    pub value: String,
    /// What it does.
    pub effect: TaintEffect,
}

/// One host of the cluster, as the site describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeSpecification {
    /// The name in Kubernetes: lowercase, as RFC 1123 wants it.
    pub name: String,
    /// What it is.
    pub role: Role,
    /// Addresses by which other nodes reach it: one, or one of each family, the main one first.
    pub addresses: Vec<IpAddr>,
    /// Labels at registration.
    pub labels: BTreeMap<String, String>,
    /// Taints at registration.
    pub taints: Vec<Taint>,
    /// The security module of its kernel.
    pub security_module: SecurityModule,
}
