//! The contents of a bundle: from the lock to every entry with its source.
//!
//! Manifests are fetched first, because they name the blobs; then every digest has one entry,
//! however many images share it. The result is a function of lock and manifest bytes alone.
//!
//! Deliberately absent: any decision that the lock could have made.

mod collect;
mod index;
mod manifests;

pub use collect::{ContentsError, Evidence, contents};
pub use manifests::Manifests;
