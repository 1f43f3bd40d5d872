//! Upstreams, images and charts that are made on the spot, for tests and the demo.
//!
//! - [`Upstream`]: a read-write OCI registry and file server on loopback, in memory or in a folder,
//!   with a log of what it was asked and with [`Trouble`] on request;
//! - [`image`]: layered images of both media type families, multi-platform indexes, signatures and
//!   other referrers, all real archives of real files, and the same bytes for the same input;
//! - [`chart`]: Helm charts as archives, as OCI artifacts and as HTTP repositories;
//! - [`package`]: what foreign programs install, and the registries that they ask for it;
//! - [`bundle`]: small bundles from the real writer, signed by keys of known numbers;
//! - [`Content`]: bytes in memory, in a file, or computed when read, for payloads of any size.
//!
//! Never part of a released program, and deliberately without code of `sre-oci`: a double that shared
//! code with what it tests would share its faults. It works in synchronous and in asynchronous tests,
//! because an upstream runs on threads of its own.
#![allow(clippy::expect_used, reason = "what cannot be set up must end the test")]
#![allow(
    clippy::must_use_candidate,
    clippy::return_self_not_must_use,
    reason = "noise on builders that only tests call"
)]

pub mod bundle;
pub mod chart;
mod content;
pub mod image;
pub mod package;
mod trouble;
pub mod upstream;

pub use content::Content;
pub use trouble::{Misbehaviour, Trouble};
pub use upstream::{Auth, Upstream};
