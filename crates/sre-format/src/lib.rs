//! The words of SRE and the bundle container.

pub mod bundle;
mod digest;
mod fault;
mod image_reference;
pub mod signature;
pub mod trust;

pub use digest::{Digest, ParseDigestError};
pub use fault::Fault;
pub use image_reference::{ImageReference, ParseReferenceError, is_path_component, is_tag};
