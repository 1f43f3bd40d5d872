//! The repository of RPM packages that a bundle carries.
//!
//! `lock` chooses packages (`crate::lock`) and makes the metadata of a repository of exactly those from
//! upstream's, so that the lock names the digest of every file of it. `fetch` makes the same files
//! again from the same metadata where the cache has lost them; `build` checks every whole package and signs
//! the index.
//!
//! [`make`] is a function of packages and upstream's metadata alone: no clock, no key, no order of arrival.

mod carried;
mod check;
mod error;
mod place;
mod remake;
mod repodata;
mod signature;
mod streams;

pub(crate) use error::RpmError;

pub(crate) use check::PackageChecks;
pub(crate) use place::{key_path, package_path, repodata_path};
pub(crate) use remake::remake;
pub(crate) use repodata::{Kind, Upstream, make};
pub(crate) use signature::sign_repositories;
