//! A Proxmox VE that is a stand-in, and the real OpenTofu with its real provider beside it.
//!
//! - [`Lab`] is a network without a route with both in it, and a copy of `infra/tofu`;
//! - [`Installation`] is a lab whose machines answer by SSH, and a bundle with which `sre-install` makes them;
//! - [`provider`] finds the provider, or says aloud that tests without it are not run.
//!
//! The stand-in itself is `tests/stand_ins/proxmox`, in Python.

mod installation;
mod lab;
mod provider;
mod stand_in;

pub use installation::{Installation, bundle_with_rke2, write_secrets};
pub use lab::{Lab, variables};
pub use provider::provider;
pub use stand_in::StandIn;
