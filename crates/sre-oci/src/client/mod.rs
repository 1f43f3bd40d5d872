//! The registry client: pulls from any OCI registry, pushes to any OCI registry.
//!
//! A [`RegistryClient`] stands for one registry and its mirrors. What it pulls is checked: a
//! manifest against its digest and by the strict reader, a small blob against its descriptor;
//! large blobs come as a [`Download`](crate::transport::Download) whose taker hashes them.
//! What a registry claims (`Docker-Content-Digest`) decides nothing that was fetched.
//!
//! Only 404 means absent and is `None`; everything else that is not success is an error.

mod authenticator;
mod endpoint;
mod error;
mod links;
mod lists;
mod pull;
mod push;
mod reference;
mod upload;

use std::sync::Arc;

use url::Url;

pub use error::ClientError;
pub use lists::cosign_tags;
pub use push::{Mount, SubjectSupport};
pub use reference::Reference;
pub use upload::{UploadSession, Uploaded};

use crate::credentials::CredentialStore;
use crate::transport::{HostOptions, Scheme, Transport, TransportError};
use endpoint::Endpoint;

pub(crate) use links::{next_page, resolve as upload_location};

/// Talks to one registry; clones share connections and tokens.
#[derive(Clone)]
pub struct RegistryClient {
    inner: Arc<Inner>,
}

struct Inner {
    host: String,
    transport: Transport,
    mirrors: Vec<Endpoint>,
    origin: Endpoint,
}

impl RegistryClient {
    /// Makes a client for a registry as images name it: `docker.io`, `127.0.0.1:5000`.
    ///
    /// The transport's options for that host say whether it speaks TLS and which mirrors are
    /// asked first. Nothing is sent yet.
    pub fn new(
        transport: &Transport,
        host: &str,
        credentials: &CredentialStore,
    ) -> Result<Self, TransportError> {
        let options = transport.options().hosts.get(host).cloned().unwrap_or_default();
        let make = |base: &Url, name: &str, namespace: Option<&str>| {
            let realms = transport
                .options()
                .hosts
                .get(name)
                .map(|host| host.trusted_realms.clone())
                .unwrap_or_default();
            Endpoint::new(transport, base, name, namespace, credentials, realms)
        };
        let mirrors = options
            .mirrors
            .iter()
            .map(|mirror| make(mirror, &crate::transport::host_and_port(mirror), Some(host)));
        let inner = Inner {
            host: host.to_owned(),
            transport: transport.clone(),
            mirrors: mirrors.collect::<Result<_, _>>()?,
            origin: make(&base_url(host, &options)?, host, None)?,
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Gives the name of the registry as images carry it.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.inner.host
    }
}

fn base_url(host: &str, options: &HostOptions) -> Result<Url, TransportError> {
    // The name that people use for Docker Hub is not the one its registry has.
    let address = if host == "docker.io" { "registry-1.docker.io" } else { host };
    let scheme = match options.scheme {
        Scheme::Https => "https",
        Scheme::PlainHttp => "http",
    };
    Url::parse(&format!("{scheme}://{address}/")).map_err(|_| TransportError::Url {
        url: host.chars().take(80).collect(),
        reason: "it is not the host of a registry",
    })
}
