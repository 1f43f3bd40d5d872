//! Hosts that boot, in a network without a way out, and the site that they make up.
//!
//! - [`archive`] tells which archive of Debian this machine's own `apt` reads;
//! - [`base`] is a minimal Debian out of it, made once and kept in the user's cache;
//! - [`Network`] is a switch, an admin side and a place for each host, in network namespaces;
//! - [`Host`] is a machine: Debian with systemd as init and sshd, booted by `systemd-nspawn`;
//! - [`Site`] is such a host with a bundle, `serve` and a plan beside it, all by our own programs;
//! - [`Recap`] is what Ansible says at its end.
//!
//! What stands for what: a container stands for a machine and shares the kernel with all others, so nothing
//! here proves settings of the kernel. The release of RKE2 in the bundle is a stand-in of a few bytes, for the
//! plan refuses a bundle without one; it is never installed. All packages are real ones, of the real archive.

pub mod archive;
pub mod base;
mod bundle;
mod host;
mod network;
mod playbook;
mod site;

pub use host::Host;
pub use network::Network;
pub use playbook::Recap;
pub use site::Site;
