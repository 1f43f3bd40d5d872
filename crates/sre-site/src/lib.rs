//! The words of the site: `site.toml`, which says where SRE is installed.
//!
//! The text goes through four hands. `raw` and the files under `tables` say which keys there are,
//! and with them the JSON schema; `read` compares the text with that schema and takes every secret
//! out of what messages may show; each file of `tables` turns its keys into words that can only be
//! valid; `cross` looks at the tables together. What comes out is a [`Site`], or everything that is
//! wrong at once, each with its line.
//!
//! ```
//! let text = sre_site::template(&sre_site::Answers::example());
//! let file = sre_site::SiteFile::parse("site.toml", text.as_bytes())?;
//! assert_eq!(file.site().servers().count(), 1);
//! # Ok::<(), sre_site::SiteError>(())
//! ```
//!
//! Deliberately absent: versions, which the bundle has; secrets, of which the site holds only
//! [`SecretReference`]s; and the world. The crate reads no file, no clock and no environment.

mod checker;
mod cross;
mod error;
mod mask;
mod raw;
mod read;
mod secret;
mod site;
mod tables;
mod template;
pub mod words;

#[cfg(test)]
mod tests;

pub use error::SiteError;
pub use read::SiteFile;
pub use secret::{MAX_SECRET_BYTES, Secret, SecretError, SecretReference, SecretSource};
pub use site::Site;
pub use tables::{
    Access, Administrator, AgentsReach, Authority, Cluster, Deviation, Escalation,
    ExistingRegistry, Flux, Hardening, LogServer, Login, Machine, Network, Node, Place, Proxmox,
    ProxmoxTrust, Registry, SeedHost, SeedServer, Time, VirtualAddress,
};
pub use template::{Answers, MachineAnswers, NodeAnswers, ProxmoxAnswers, template};

/// The most bytes of a site file.
pub const MAX_SITE_BYTES: usize = 1 << 20;

/// Gives the JSON schema of the site, as `docs/schemas/site.schema.json` has it.
#[must_use]
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(raw::RawSite).to_value()
}
