//! Opening a source at an offset.

use std::collections::HashMap;
use std::sync::Mutex;

use sre_format::ImageReference;
use sre_format::bundle::Entry;
use sre_oci::client::{ClientError, Reference, RegistryClient};
use sre_oci::credentials::CredentialStore;
use sre_oci::transport::{Download, Request, Transport, TransportError};
use sre_oci::{Descriptor, Manifest};

use super::FetchError;
use super::item::Source;

/// The registries and web servers that a bundle is built from.
pub struct Upstreams {
    transport: Transport,
    credentials: CredentialStore,
    clients: Mutex<HashMap<String, RegistryClient>>,
}

impl Upstreams {
    /// Reaches upstreams through a transport, with the credentials that the user has.
    #[must_use]
    pub fn new(transport: Transport, credentials: CredentialStore) -> Self {
        Self { transport, credentials, clients: Mutex::default() }
    }

    /// Gives the transport that files and chart repositories are asked through.
    #[must_use]
    pub fn transport(&self) -> &Transport {
        &self.transport
    }

    /// Gives the client of a registry; all calls for one host share connections and tokens.
    pub fn registry(&self, host: &str) -> Result<RegistryClient, TransportError> {
        let mut clients = self.clients.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(client) = clients.get(host) {
            return Ok(client.clone());
        }
        let client = RegistryClient::new(&self.transport, host, &self.credentials)?;
        clients.insert(host.to_owned(), client.clone());
        Ok(client)
    }

    /// Asks where a reference points now, without fetching anything: by its digest if it has one,
    /// else by its tag. `None` means that its registry knows nothing of that name.
    pub async fn head(
        &self,
        reference: &ImageReference,
    ) -> Result<Option<Descriptor>, ClientError> {
        let name = match (reference.digest(), reference.tag()) {
            (Some(digest), _) => Reference::Digest(digest),
            (None, tag) => Reference::tag(tag.unwrap_or("latest")),
        };
        let client = self.registry(reference.host())?;
        client.head_manifest(reference.repository(), &name).await
    }

    /// Begins a download of an entry's content from an offset; nothing for sources of this machine.
    pub(super) fn download(
        &self,
        entry: &Entry,
        source: &Source,
        offset: u64,
    ) -> Result<Option<Download>, FetchError> {
        Ok(match source {
            Source::Blob(reference) => {
                let media_type = entry.media_type.as_deref().unwrap_or_default();
                let blob = Descriptor::new(media_type, entry.digest, entry.size);
                let client = self.registry(reference.host()).map_err(upstream(entry, source))?;
                Some(client.blob(reference.repository(), &blob, offset))
            }
            Source::Url(url) => {
                Some(self.transport.download_of_size(Request::get(url.clone()), offset, entry.size))
            }
            Source::Manifest(_)
            | Source::Path(_)
            | Source::Made(_)
            | Source::Member { .. }
            | Source::Folder { .. }
            | Source::Git { .. }
            | Source::MadeFor(_) => None,
        })
    }

    /// Fetches a manifest by its digest; that it is absent is an error here.
    pub async fn manifest(&self, entry: &str, source: &Source) -> Result<Manifest, FetchError> {
        let Source::Manifest(reference) = source else { return Err(FetchError::Task) };
        let Some(digest) = reference.digest() else { return Err(FetchError::Task) };
        let failed = |error: TransportError| FetchError::Upstream {
            entry: entry.to_owned(),
            source_name: source.to_string(),
            source: Box::new(error),
        };
        let client = self.registry(reference.host()).map_err(failed)?;
        let found = client.manifest(reference.repository(), &Reference::Digest(digest)).await;
        let found = found.map_err(|error| FetchError::Registry {
            entry: entry.to_owned(),
            source_name: source.to_string(),
            source: Box::new(error),
        })?;
        found.ok_or_else(|| FetchError::Gone {
            entry: entry.to_owned(),
            source_name: source.to_string(),
        })
    }
}

pub(super) fn upstream(
    entry: &Entry,
    source: &Source,
) -> impl FnOnce(TransportError) -> FetchError {
    let (entry, source_name) = (entry.path.to_string(), source.to_string());
    move |error| FetchError::Upstream { entry, source_name, source: Box::new(error) }
}
