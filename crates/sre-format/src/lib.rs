//! The words of SRE and the bundle container.

pub mod bundle;
pub mod card;
pub mod contents;
mod digest;
mod fault;
mod image_reference;
mod problem;
pub mod signature;
mod timestamp;
pub mod trust;

pub use digest::{Digest, ParseDigestError};
pub use fault::{Explain, Fault};
pub use image_reference::{ImageReference, ParseReferenceError, is_path_component, is_tag};
pub use problem::{Problem, WrittenFile};
pub use timestamp::{ParseTimestampError, Timestamp};
