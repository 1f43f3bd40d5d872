//! A site and a bundle together: what each host of the site gets.
//!
//! [`read`] opens a site file; [`Release`] is what a bundle brings for hosts; [`HostPlan`] puts both
//! together, for people and for programs; [`write()`] puts the files of every host, Ansible's
//! inventory, the variables of OpenTofu and the join tokens into a folder.
//!
//! Deliberately absent: hosts. Nothing here connects to one or starts a program.

mod cluster;
mod error;
mod folder;
mod inventory;
mod machines;
mod modules;
mod pins;
mod plan;
mod public_key;
mod read;
mod release;
mod tokens;
mod write;

pub use error::HostPlanError;
pub use folder::folder_of;
pub use inventory::{FILES, KEYS, KNOWN_HOSTS, PINNED_HOSTS, SECRETS};
pub use pins::pin_hosts;
pub use plan::{HostPlan, ListeningPort, PlannedHost, PlannedPhase};
pub use read::read;
pub use release::{PackageKind, Release};
pub(crate) use tokens::digest_of_agent_token;
pub use write::{INVENTORY, TOFU, write};
