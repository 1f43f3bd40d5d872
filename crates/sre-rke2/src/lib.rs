//! RKE2's configuration as data: a described cluster goes in, the files of each node come out.
//!
//! A [`ClusterSpecification`] says what people want; [`Cluster::new`] turns it into a [`Cluster`]
//! that can only be valid. Everything else is a pure function of it, and a table that tests walk:
//!
//! * [`config`]: `config.yaml` for each role, one row for each setting
//! * [`stig`]: the rules of the DISA RKE2 STIG, and what answers each of them
//! * [`registries`]: `registries.yaml` of RKE2, `hosts.toml` of plain containerd
//! * [`audit`], [`pod_security`], [`virtual_address`]: the policies and the manifest of servers
//! * [`host`]: what the host itself needs before RKE2 starts
//! * [`modes`]: owners and modes of files, and what keeps them
//! * [`ports`]: who talks to whom, as a table and as rules of nftables
//! * [`order`], [`version`]: who comes first, and which upgrade is allowed
//! * [`check`]: a strict reader of `config.yaml`, where RKE2 itself skips what it does not know
//! * [`files`]: all files of one node, with owner and mode
//! * [`tables()`]: all tables, as `docs/rke2.md` shows them
//!
//! Deliberately absent: sockets, processes, disks, and the join tokens. No file made here has a
//! token in it; `config.yaml` names the file where the token lies.

pub mod audit;
pub mod check;
pub mod config;
mod document;
mod error;
pub mod files;
pub mod host;
mod markdown;
pub mod modes;
pub mod order;
pub mod paths;
pub mod pod_security;
pub mod ports;
pub mod registries;
mod secret;
pub mod specification;
pub mod stig;
mod tables;
pub mod version;
pub mod virtual_address;

#[cfg(test)]
mod example;

pub use error::{SpecificationError, SpecificationFault};
pub use secret::Secret;
pub use specification::{Cluster, ClusterSpecification, NodeSpecification, Role};
pub use tables::tables;
