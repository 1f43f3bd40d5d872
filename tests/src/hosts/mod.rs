//! Hosts that boot, in a network without a way out, and the site that they make up.
//!
//! - [`archive`] tells which archive of Debian this machine's own `apt` reads;
//! - [`base`] is a minimal Debian out of it, made once and kept in the user's cache;
//! - [`Network`] is a switch and a place for each host, in network namespaces;
//! - [`Host`] is a machine: Debian with systemd as init and sshd, booted by `systemd-nspawn`;
//! - [`Site`] is an admin host with a bundle, and the nodes that its `sre-install` drives;
//! - [`stand_in`] packs the stand-in for RKE2.
//!
//! What stands for what: a container stands for a machine and shares the kernel with all others, so nothing
//! here proves settings of the kernel. The stand-in for RKE2 takes them from another folder when
//! `/etc/default/rke2-server` (or `rke2-agent`) on the host has a line `RKE2_STAND_IN_SYSCTLS=FOLDER`. All
//! packages are real ones, of the real archive.
//!
//! RKE2 cannot be had here. In its place is a program of ours in Python, `tests/stand_ins/rke2`, with RKE2's
//! files, arguments, ports, units and refusals. It starts the real etcd, API server, controller manager and
//! scheduler, which each host sees below `/opt/kubernetes/bin`, and joins servers and agents to a real cluster. A
//! part of it stands for the kubelet: nodes are real objects that say they are ready, and nothing runs on them.
//! The images in the bundle are an archive of a few bytes.

pub mod archive;
pub mod base;
mod bundle;
mod host;
mod network;
mod site;
pub mod stand_in;

pub use host::Host;
pub use network::Network;
pub use site::Site;
