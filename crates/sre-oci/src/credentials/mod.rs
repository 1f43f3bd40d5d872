//! Who we are to a registry, and who may know it.
//!
//! Credentials come from the files that `docker login`, `podman login` and `skopeo login` write,
//! and from the helper programs that those files name. They are looked up when a registry asks,
//! not before; they go to that registry, or to the token service that `realm` allows, and
//! nowhere else; and they are masked wherever they could be printed.

mod challenge;
mod docker_config;
mod error;
mod helper;
mod realm;
mod secret;
mod store;

pub use error::AuthorizationError;
pub use secret::Secret;
pub use store::{Credential, CredentialStore};

pub(crate) use challenge::Challenge;
pub(crate) use docker_config::{DockerConfig, Found};
pub(crate) use realm::check_realm;
pub(crate) use store::sensitive;
