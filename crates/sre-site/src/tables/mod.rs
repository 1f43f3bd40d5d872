//! The tables of a site file, each with the keys that a person writes and what they mean.

mod access;
mod cluster;
mod deviation;
mod flux;
mod hardening;
mod machine;
mod network;
mod node;
mod place;
mod proxmox;
mod registry;
mod seed_server;
mod tls;

pub use access::{Access, Escalation};
pub use cluster::{AgentsReach, Cluster, VirtualAddress};
pub use deviation::Deviation;
pub use flux::Flux;
pub use hardening::{Administrator, Hardening, LogServer};
pub use machine::Machine;
pub use network::{Network, Time};
pub use node::Node;
pub use place::Place;
pub use proxmox::{Proxmox, ProxmoxTrust};
pub use registry::{ExistingRegistry, Login, Registry};
pub use seed_server::{SeedHost, SeedServer};
pub use tls::Authority;

pub(crate) use access::{RawAccess, RawBecome};
pub(crate) use cluster::RawCluster;
pub(crate) use flux::RawFlux;
pub(crate) use hardening::RawHardening;
pub(crate) use network::{RawNetwork, RawTime};
pub(crate) use node::RawNode;
pub(crate) use place::RawPlace;
pub(crate) use proxmox::RawProxmox;
pub(crate) use registry::RawRegistry;
pub(crate) use seed_server::{ADMIN, RawSeedServer};
pub(crate) use tls::RawTls;
