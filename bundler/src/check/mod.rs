//! The proof that a lock is complete: every image that anything can ask for is in it, and nothing else.
//!
//! Charts are rendered by `helm` with the values that the platform uses, for its version of Kubernetes:
//! as an installation, and as an upgrade of a cluster in which everything is there that templates look
//! up. `find` walks each document for images, wherever they hide; `judge` compares what they ask for
//! with the lock. What a chart only offers (its own values, switched off or commented out, its
//! annotations) is listed apart and need not be carried.
//!
//! Deliberately absent: any server. Charts come from the cache or from a bundle; only what the cache
//! lacks is fetched, by its digest.

mod archive;
mod charts;
mod documents;
mod error;
mod find;
mod folder;
mod helm;
mod judge;
mod lookup;
mod name;
mod prepare;
mod report;
mod run;
mod text;

pub use charts::Shelf;
pub use error::{CheckError, Unrendered};
pub use helm::Helm;
pub use report::{Asked, Evidence, Offered, Report, Unreadable};
pub use run::{Check, check};
