//! Newer versions of what a manifest pins, as its upstreams list them.
//!
//! An image is asked for the tags of its repository, a chart for the versions of its repository, a
//! program for the tags of the git repository that it is released from. What counts as newer is decided
//! by [`Version`]: same prefix, same suffix, same count of numbers, higher ones.
//!
//! Deliberately absent: any change of the manifest. A person, or a robot such as Renovate, decides.

mod git;
mod renovate;
mod report;
mod run;
mod sources;
mod version;

pub use renovate::{RenovateError, write as write_for_renovate};
pub use report::{Report, Unknown, Update};
pub use run::Updates;
pub use sources::SourceError;
pub use version::{Step, Version};
