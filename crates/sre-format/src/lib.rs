//! The words of SRE and the bundle container.

pub mod bundle;
pub mod card;
pub mod contents;
mod digest;
mod fault;
mod image_reference;
pub mod lock;
pub mod manifest;
pub mod names;
mod platform;
mod problem;
pub mod shape;
pub mod signature;
mod source_url;
mod text_form;
mod timestamp;
pub mod trust;
mod version_range;
mod word;

pub use digest::{Digest, ParseDigestError};
pub use fault::{Explain, Fault, file_hint};
pub use image_reference::{ImageReference, ParseReferenceError, is_path_component, is_tag};
pub use platform::{ParsePlatformError, PlatformName};
pub use problem::{Problem, WrittenFile};
pub use source_url::{SourceUrl, SourceUrlError};
pub use timestamp::{ParseTimestampError, Timestamp};
pub use version_range::{ParseVersionRangeError, VersionRange};
pub use word::{ParseWordError, Word};
