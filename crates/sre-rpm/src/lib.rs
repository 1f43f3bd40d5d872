//! RPM repositories: what they say, which packages a wish needs, and a repository of exactly those.
//!
//! The flow, each step a function from one type to the next:
//!
//! - [`metadata`] reads what a repository publishes (`repomd.xml`, primary, file lists, groups, modules);
//! - a [`Catalog`] holds the packages of all repositories, small enough for tens of thousands of them;
//! - [`solve`] finds a consistent set for the union of what is asked;
//! - [`mod@write`] makes the metadata of a repository of those packages;
//! - [`package`] checks each file against metadata, digests and keys once it is fetched.
//!
//! Nothing here opens a socket, waits or touches a disk: bytes come in as readers and go out as plans,
//! so that fetching, places and retries stay with the caller.

mod architecture;
mod catalog;
mod checksum;
mod dependency;
mod evr;
mod limits;
pub mod metadata;
mod nevra;
pub mod package;
pub mod solve;
pub mod write;

pub use architecture::{Architecture, UnknownArchitecture};
pub use catalog::{Catalog, CatalogError, Multilib, PackageId, RepositoryId, RepositorySettings};
pub use checksum::{Checksum, ParseChecksumError};
pub use dependency::{Capability, Constraint, Dependency, ParseDependencyError, Relation};
pub use evr::{Evr, ParseEvrError, compare_versions};
pub use nevra::{Nevra, ParseNevraError};
