//! Where images come from: `registries.yaml` of RKE2, and `hosts.toml` of plain containerd.
//!
//! Both name every registry host of the bundle's images, so that no image falls through to the
//! host that its name says. One rule maps names, [`sre_format::names`], which `seed` and `serve`
//! follow, too: `docker.io/library/nginx` is `[prefix/]docker.io/library/nginx` on every mirror.
//! RKE2 rewrites names once for each registry and not for each mirror, so all mirrors of a site
//! share one prefix.

mod containerd;
mod rke2;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use sre_format::names::Prefix;
use sre_format::{Explain, Fault, ImageReference};

pub use containerd::{HostsFile, hosts_files};
pub use rke2::render;

use crate::Secret;

/// Where nodes find images, in the order in which they ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mirrors {
    /// Every registry host that images of the bundle are named for.
    pub hosts: BTreeSet<String>,
    /// What stands before mapped names on every mirror.
    pub prefix: Prefix,
    /// The mirrors, the first to ask first: Harbor when there is one, then the seed server.
    pub endpoints: Vec<Endpoint>,
}

impl Mirrors {
    /// Gives the registry hosts of images.
    pub fn hosts_of<'a>(images: impl IntoIterator<Item = &'a ImageReference>) -> BTreeSet<String> {
        images.into_iter().map(|image| image.host().to_owned()).collect()
    }
}

/// One registry that has the bundle's images.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// Where it listens.
    pub address: Address,
    /// The file on the node with the certificates that sign its own; none for public ones.
    pub certificates: Option<String>,
    /// Who we are to it.
    pub credential: Option<Credential>,
}

/// A user of a registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential {
    /// The name.
    pub user: String,
    /// The password; stands in `registries.yaml`, which is for root alone.
    pub password: Secret,
}

/// The address of a registry: `https://host[:port]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    authority: String,
}

/// Says why a text is no address of a registry.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no address of a mirror")]
pub struct AddressError {
    text: String,
}

impl Explain for AddressError {
    fn fault(&self) -> Fault {
        Fault::Input
    }

    fn hint(&self) -> Option<String> {
        Some("write `https://host:port`, without a path and without credentials".to_owned())
    }
}

impl Address {
    /// Gives `host[:port]`, the name under which RKE2 keeps certificates and credentials.
    #[must_use]
    pub fn authority(&self) -> &str {
        &self.authority
    }
}

impl fmt::Display for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "https://{}", self.authority)
    }
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // Errors are read by people and kept in logs; what stands before an `@` may be a password.
        let shown = text.rsplit_once('@').map_or(text, |(_, host)| host);
        let wrong = || AddressError { text: shown.escape_debug().to_string() };
        let authority = text.strip_prefix("https://").ok_or_else(wrong)?;
        let authority = authority.strip_suffix('/').unwrap_or(authority);
        // A registry host is what may stand before the slash of an image's name.
        ImageReference::new(authority, "image", None, None).map_err(|_| wrong())?;
        Ok(Self { authority: authority.to_owned() })
    }
}
