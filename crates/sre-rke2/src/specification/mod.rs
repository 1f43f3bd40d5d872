//! What a cluster should be: the input of everything else in this crate.

mod cluster;
mod network;
mod node;
mod options;

#[cfg(test)]
mod tests;

pub use cluster::{Cluster, ClusterSpecification};
pub use network::{Cni, Networking};
pub use node::{NodeSpecification, Role, SecurityModule, Taint, TaintEffect};
pub use options::{
    AuditLog, Choice, Component, EmbeddedRegistry, Exemption, Snapshots, VirtualAddress,
};
