//! A site and a bundle together: what each host of the site gets.
//!
//! [`read`] opens a site file; [`Release`] is what a bundle brings for hosts; [`HostPlan`] puts both
//! together, for people and for programs; [`write()`] puts the files of every host, Ansible's
//! inventory, the variables of OpenTofu and the join tokens into a folder.
//!
//! Deliberately absent: hosts. Nothing here connects to one or starts a program.

mod cluster;
mod error;
mod inventory;
mod machines;
mod plan;
mod public_key;
mod read;
mod release;
mod tokens;
mod write;

pub use error::HostPlanError;
pub use plan::{HostPlan, PlannedHost, PlannedPhase};
pub use read::read;
pub use release::Release;
pub use write::write;
