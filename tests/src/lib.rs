//! What the tests with foreign programs stand on: the programs, a real registry, real images, a journey.
//!
//! - [`Program`] runs a foreign program and keeps what it said, [`Running`] keeps one running;
//! - [`ours`] gives our two programs, built static as they are released;
//! - [`Registry`] is Debian's `docker-registry` on loopback;
//! - [`images`] makes images and charts from real files with `umoci` and `helm`;
//! - [`Journey`] is one bundle, carried as a stranger would do it, [`Serving`] gives it out;
//! - [`Unpacked`] is a bundle of packages, taken apart by stock tools;
//! - [`rpm`] makes repositories of packages, and lets dnf judge closures;
//! - [`Containerd`] is a private container runtime that pulls;
//! - [`Medium`] is a file system that is small, slow, foreign or pulled out;
//! - [`Island`] is a network without any route;
//! - [`hosts`] are machines that boot, in a network without a way out;
//! - [`SshServer`] is Debian's `sshd` with users of its own, in a network of its own;
//! - [`proxmox`] is a stand-in of Proxmox VE, with OpenTofu beside it;
//! - [`Gnupg`] is a home of `gpg` with keys of its own, [`Apt`] an `apt` with a state of its own.
//!
//! A program that is missing ends the test: a test that does not run must not read as one that passed.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    clippy::must_use_candidate,
    reason = "what cannot be set up must end the test"
)]

mod apt;
mod caretaker;
mod containerd;
mod gnupg;
pub mod hosts;
pub mod images;
mod island;
mod journey;
mod medium;
pub mod ours;
mod packages;
mod program;
pub mod proxmox;
mod registry;
pub mod rpm;
mod running;
mod serving;
mod ssh_server;

pub use apt::{Apt, Plan, write_files};
pub use containerd::Containerd;
pub use gnupg::Gnupg;
pub use island::Island;
pub use journey::{FILE, IMAGES, Journey};
pub use medium::Medium;
pub use packages::Unpacked;
pub use program::{Program, Ran, path_of_tools};
pub use registry::Registry;
pub use running::Running;
pub use serving::{Serving, address_in};
pub use ssh_server::SshServer;
