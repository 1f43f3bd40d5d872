//! OCI: manifests, the registry client and the registry server. Prints nothing.
//!
//! * [`descriptor`], [`manifest`], [`media_type`]: what registries hold, read strictly.
//! * [`names`]: where an image lands in another registry.
//! * [`transport`]: HTTP with limits, retries and rules for redirects.

pub mod descriptor;
pub mod manifest;
pub mod media_type;
pub mod names;
pub mod transport;

pub use descriptor::{Descriptor, Platform};
pub use manifest::{Content, Manifest, ManifestError};
