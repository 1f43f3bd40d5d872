//! OCI: manifests, the registry client and the registry server. Prints nothing.
//!
//! * [`descriptor`], [`manifest`], [`media_type`]: what registries hold, read strictly.
//! * [`names`]: where an image lands in another registry; the rule itself stands in `sre-format`.
//! * [`client`]: the registry client; [`credentials`]: who we are to registries.
//! * [`server`]: a read-only registry over anything that reads checked pieces.
//! * [`transport`]: HTTP with limits, retries and rules for redirects.
//! * [`fuzzing`]: doors to private parsers, for the fuzzer alone.

// Left to itself, `getrandom` looks for the system call by `dlsym`, which finds nothing in a static
// program; then it wants /dev/urandom, and name resolution panics in a root folder without it.
#[cfg(all(
    target_env = "gnu",
    target_feature = "crt-static",
    not(getrandom_backend = "linux_getrandom")
))]
compile_error!("a static build needs RUSTFLAGS with `--cfg getrandom_backend=\"linux_getrandom\"`");

pub mod client;
pub mod credentials;
pub mod descriptor;
pub mod fuzzing;
pub mod manifest;
pub mod media_type;
pub mod server;
pub mod transport;

pub use client::{ClientError, Reference, RegistryClient};
pub use credentials::{Credential, CredentialStore};
pub use descriptor::{Descriptor, Platform};
pub use manifest::{Content, Manifest, ManifestError};
pub use sre_format::names;
pub use transport::{HostOptions, Resolver, Scheme, Transport, TransportError, TransportOptions};
