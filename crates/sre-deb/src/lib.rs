//! apt repositories: read, solved for what a host needs, written as one of our own.
//!
//! * [`Release`]: what a repository says about itself; whoever calls has checked its signature.
//! * [`Universe`]: the packages of some repositories; [`Version`] and [`Atom`], compared as `dpkg` does.
//! * [`Base`]: what hosts have already; [`solve`]: everything that has to be carried for a [`Request`].
//! * [`repository`]: our own repository over what is carried, the same bytes for the same packages and date.
//!
//! Nothing here opens a socket or waits: bytes come as readers and go as bytes. Deliberately absent:
//! signatures (`sre-openpgp` checks and makes them), source packages, and translations of descriptions.

mod base;
mod date;
mod error;
mod limits;
mod package;
mod paragraph;
mod path;
mod relation;
mod release;
pub mod repository;
mod solve;
mod universe;
mod version;

pub use base::{Base, BaseError};
pub use error::MetadataError;
pub use package::Package;
pub use relation::{Atom, Operator, ParseRelationError, Qualifier, parse as parse_relations};
pub use release::{IndexFile, Release, Upgrades};
pub use solve::{Chosen, Closure, Missing, Recommends, Request, SolveError, Wanted, solve};
pub use universe::{DEFAULT_PREFERENCE, Ignored, Universe};
pub use version::{ParseVersionError, Version};
