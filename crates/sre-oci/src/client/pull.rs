//! Pulling: manifests and blobs.

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderValue, Method, StatusCode};
use sre_format::Digest;
use url::Url;

use super::authenticator::Scope;
use super::endpoint::Endpoint;
use super::{ClientError, Reference, RegistryClient};
use crate::descriptor::Descriptor;
use crate::manifest::{MAX_MANIFEST, Manifest};
use crate::media_type;
use crate::transport::{Download, Response, SkipNotice, TransportError, Tries};

impl RegistryClient {
    /// Asks what a tag or digest names, without fetching it. The answer is the registry's word;
    /// a registry that says too little is asked for the manifest itself.
    pub async fn head_manifest(
        &self,
        repository: &str,
        reference: &Reference,
    ) -> Result<Option<Descriptor>, ClientError> {
        let rest = format!("manifests/{reference}");
        let response = match self.pull(Method::HEAD, repository, &rest, 0).await {
            Ok(Some(response)) => response,
            Ok(None) => return Ok(None),
            Err(error) if knows_no_head(error.status()) => {
                return Ok(self.manifest(repository, reference).await?.map(|it| it.descriptor()));
            }
            Err(error) => return Err(error.into()),
        };
        let digest = response.header("docker-content-digest").and_then(|text| text.parse().ok());
        let (media_type, size) = (content_type(&response), response.content_length());
        // The permit that it holds may be the only one, and the next request needs one.
        drop(response);
        match (digest, size) {
            (Some(digest), Some(size)) if media_type::is_manifest(&media_type) => {
                Ok(Some(Descriptor::new(media_type, digest, size)))
            }
            _ => Ok(self.manifest(repository, reference).await?.map(|found| found.descriptor())),
        }
    }

    /// Fetches a manifest, checked against the digest where it is asked for by digest.
    pub async fn manifest(
        &self,
        repository: &str,
        reference: &Reference,
    ) -> Result<Option<Manifest>, ClientError> {
        let found = self.manifest_and_source(repository, reference).await?;
        Ok(found.map(|(manifest, _)| manifest))
    }

    /// Fetches a manifest as [`RegistryClient::manifest`] does, and gives the URL that answered:
    /// the registry's or a mirror's.
    pub async fn manifest_and_source(
        &self,
        repository: &str,
        reference: &Reference,
    ) -> Result<Option<(Manifest, Url)>, ClientError> {
        for mirror in self.inner.mirrors.iter().filter(|mirror| mirror.is_awake()) {
            match self.manifest_from(mirror, repository, reference).await {
                Ok(None) => {}
                Ok(found) => return Ok(found),
                // One that delivers other bytes than it was asked for is no better than one that fails.
                Err(error) => self.pass_over(mirror, &error),
            }
        }
        self.manifest_from(&self.inner.origin, repository, reference).await
    }

    async fn manifest_from(
        &self,
        endpoint: &Endpoint,
        repository: &str,
        reference: &Reference,
    ) -> Result<Option<(Manifest, Url)>, ClientError> {
        let rest = format!("manifests/{reference}");
        let response = pull_from(endpoint, &Method::GET, repository, &rest, 0).await?;
        let Some(response) = response else { return Ok(None) };
        let (media_type, url) = (content_type(&response), response.url().clone());
        let bytes = response.whole(MAX_MANIFEST).await?;
        if let Reference::Digest(expected) = reference {
            self.check(repository, *expected, &bytes)?;
        }
        let manifest = Manifest::parse(bytes, &media_type);
        manifest.map(|manifest| Some((manifest, url))).map_err(|source| ClientError::Manifest {
            name: format!("{}/{repository} {reference}", self.host()),
            source,
        })
    }

    /// Fetches a blob from an offset to its end. The bytes are counted but not hashed here.
    #[must_use]
    pub fn blob(&self, repository: &str, blob: &Descriptor, offset: u64) -> Download {
        let rest = format!("blobs/{}", blob.digest);
        let url = self.inner.origin.shown_thing(repository, &rest);
        let tries = Tries::new(self.inner.transport.options(), url);
        let (client, repository) = (self.clone(), repository.to_owned());
        let open = move |offset| {
            let (client, repository, rest) = (client.clone(), repository.clone(), rest.clone());
            let opening = async move {
                match client.pull(Method::GET, &repository, &rest, offset).await? {
                    Some(response) => Ok(response),
                    None => Err(client.absent(&repository, &rest)),
                }
            };
            Box::pin(opening) as std::pin::Pin<Box<dyn Future<Output = _> + Send>>
        };
        Download::of_size(Box::new(open), tries, offset, blob.size)
    }

    /// Fetches a small blob into memory, checked against its descriptor; at most `limit` bytes.
    pub async fn whole_blob(
        &self,
        repository: &str,
        blob: &Descriptor,
        limit: u64,
    ) -> Result<Bytes, ClientError> {
        if blob.size > limit {
            let url = self.inner.origin.shown(repository);
            return Err(TransportError::TooLong { url, limit }.into());
        }
        let mut download = self.blob(repository, blob, 0);
        let mut bytes = Vec::with_capacity(usize::try_from(blob.size).unwrap_or_default());
        while let Some(piece) = download.next().await? {
            bytes.extend_from_slice(&piece);
        }
        self.check(repository, blob.digest, &bytes)?;
        Ok(bytes.into())
    }

    /// Says whether the registry itself, not a mirror, has a blob in a repository.
    pub async fn has_blob(&self, repository: &str, digest: Digest) -> Result<bool, ClientError> {
        let origin = &self.inner.origin;
        let request = origin.request(Method::HEAD, repository, &format!("blobs/{digest}"))?;
        let response = origin.send(request, &Scope::pull(&origin.repository(repository))).await?;
        match response.status() {
            StatusCode::OK => Ok(true),
            StatusCode::NOT_FOUND => Ok(false),
            _ => Err(response.into_error().await.into()),
        }
    }

    pub(super) fn check(
        &self,
        repository: &str,
        expected: Digest,
        bytes: &[u8],
    ) -> Result<(), ClientError> {
        let found = Digest::of(bytes);
        if found == expected {
            return Ok(());
        }
        let name = format!("{}/{repository}@{expected}", self.host());
        Err(ClientError::WrongDigest { name, expected, found })
    }

    // Asks the mirrors, then the registry; a mirror that lacks a thing or fails is passed over.
    pub(super) async fn pull(
        &self,
        method: Method,
        repository: &str,
        rest: &str,
        offset: u64,
    ) -> Result<Option<Response>, TransportError> {
        for mirror in self.inner.mirrors.iter().filter(|mirror| mirror.is_awake()) {
            match pull_from(mirror, &method, repository, rest, offset).await {
                Ok(None) => {}
                Ok(found) => return Ok(found),
                Err(error) => self.pass_over(mirror, &error.into()),
            }
        }
        pull_from(&self.inner.origin, &method, repository, rest, offset).await
    }

    // What a mirror refuses is one thing; one that cannot be reached or lies is left alone.
    fn pass_over(&self, mirror: &Endpoint, error: &ClientError) {
        let is_refusal = match error {
            ClientError::Manifest { .. } => true,
            ClientError::Transport(error) => {
                error.status().is_some_and(|it| it.is_client_error()) && !error.is_transient()
            }
            _ => false,
        };
        if !is_refusal {
            mirror.rest();
        }
        if let Some(told) = self.inner.transport.options().on_skip.as_ref()
            && mirror.complains_first()
        {
            told(&SkipNotice { mirror: mirror.shown_base(), reason: error.what_happened() });
        }
    }

    fn absent(&self, repository: &str, rest: &str) -> TransportError {
        TransportError::Status {
            method: Method::GET,
            url: self.inner.origin.shown_thing(repository, rest),
            status: StatusCode::NOT_FOUND,
            detail: String::new(),
            codes: Vec::new(),
        }
    }
}

pub(super) fn content_type(response: &Response) -> String {
    let text = response.header(CONTENT_TYPE.as_str()).unwrap_or_default();
    media_type::without_parameters(text).to_owned()
}

async fn pull_from(
    endpoint: &Endpoint,
    method: &Method,
    repository: &str,
    rest: &str,
    offset: u64,
) -> Result<Option<Response>, TransportError> {
    let mut request = endpoint.request(method.clone(), repository, rest)?.from_offset(offset);
    if rest.starts_with("manifests/") {
        for media_type in media_type::MANIFESTS {
            request = request.header(ACCEPT, HeaderValue::from_static(media_type));
        }
    }
    let response = endpoint.send(request, &Scope::pull(&endpoint.repository(repository))).await?;
    match response.status() {
        StatusCode::OK | StatusCode::PARTIAL_CONTENT => Ok(Some(response)),
        StatusCode::NOT_FOUND => Ok(None),
        _ => Err(response.into_error().await),
    }
}

fn knows_no_head(status: Option<StatusCode>) -> bool {
    matches!(status, Some(StatusCode::METHOD_NOT_ALLOWED | StatusCode::NOT_IMPLEMENTED))
}
