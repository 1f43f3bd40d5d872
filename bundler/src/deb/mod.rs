//! The apt repository that a bundle carries.
//!
//! What is carried is a part of what upstream has, so the metadata of upstream would lie about it. Ours
//! follows from the lock alone, which has a record of each package: however upstream changes its own
//! meanwhile, the same lock gives the same bytes. The OpenPGP key of the site signs it when the bundle is
//! built; signatures are not in the lock, which knows no keys.

mod error;
mod repository;
mod signature;

pub use error::DebError;

pub(crate) use repository::{metadata, metadata_of, package_path, placed};
pub(crate) use signature::sign_repositories;
