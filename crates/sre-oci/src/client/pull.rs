//! Pulling: manifests, blobs, tags and referrers.

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderValue, Method, StatusCode};
use serde::Deserialize;
use sre_format::Digest;
use url::Url;

use super::authenticator::Scope;
use super::endpoint::Endpoint;
use super::{ClientError, Reference, RegistryClient, links};
use crate::descriptor::Descriptor;
use crate::manifest::{MAX_MANIFEST, Manifest};
use crate::media_type::{self, OCI_INDEX};
use crate::transport::{Download, Request, Response, ShownUrl, TransportError};

/// The most pages of one list; with the pages of large registries that is 100,000 entries.
const MAX_PAGES: usize = 1000;

/// Gives the tags under which cosign 2 keeps signatures, attestations and SBOMs of a manifest.
#[must_use]
pub fn cosign_tags(subject: Digest) -> [String; 3] {
    ["sig", "att", "sbom"].map(|kind| format!("sha256-{}.{kind}", subject.hex()))
}

impl RegistryClient {
    /// Asks what a tag or digest names, without fetching it. The answer is the registry's word;
    /// a registry that says too little is asked for the manifest itself.
    pub async fn head_manifest(
        &self,
        repository: &str,
        reference: &Reference,
    ) -> Result<Option<Descriptor>, ClientError> {
        let rest = format!("manifests/{reference}");
        let Some(response) = self.pull(Method::HEAD, repository, &rest, 0).await? else {
            return Ok(None);
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
        let rest = format!("manifests/{reference}");
        let Some(response) = self.pull(Method::GET, repository, &rest, 0).await? else {
            return Ok(None);
        };
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
        let (client, repository) = (self.clone(), repository.to_owned());
        let rest = format!("blobs/{}", blob.digest);
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
        let retries = self.inner.transport.options().retries;
        Download::of_size(Box::new(open), retries, offset, blob.size)
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

    /// Lists the tags of a repository; none when there is no such repository.
    pub async fn tags(&self, repository: &str) -> Result<Vec<String>, ClientError> {
        #[derive(Deserialize)]
        struct Page {
            tags: Option<Vec<String>>,
        }
        let mut tags = Vec::new();
        let first = self.pull(Method::GET, repository, "tags/list", 0).await?;
        self.pages(repository, first, |body| {
            let page: Page = serde_json::from_slice(&body).ok()?;
            tags.extend(page.tags.unwrap_or_default());
            Some(())
        })
        .await?;
        tags.retain(|tag| sre_format::is_tag(tag));
        Ok(tags)
    }

    /// Lists what refers to a manifest: by the referrers API, else by the tag that stands for it
    /// (distribution-spec, "Listing Referrers").
    pub async fn referrers(
        &self,
        repository: &str,
        subject: Digest,
    ) -> Result<Vec<Descriptor>, ClientError> {
        let rest = format!("referrers/{subject}");
        match self.pull(Method::GET, repository, &rest, 0).await {
            Ok(Some(first)) if content_type(&first) == OCI_INDEX => {
                let mut found = Vec::new();
                self.pages(repository, Some(first), |body| {
                    let index = Manifest::parse(body, OCI_INDEX).ok()?;
                    found.extend_from_slice(index.children());
                    Some(())
                })
                .await?;
                Ok(found)
            }
            // A registry without the API says so in one of these ways, or with a page for people.
            Ok(other) => {
                drop(other);
                self.referrers_by_tag(repository, subject).await
            }
            Err(error) if is_unsupported(error.status()) => {
                self.referrers_by_tag(repository, subject).await
            }
            Err(error) => Err(error.into()),
        }
    }

    pub(super) async fn referrers_by_tag(
        &self,
        repository: &str,
        subject: Digest,
    ) -> Result<Vec<Descriptor>, ClientError> {
        let index = self.manifest(repository, &Reference::referrers_tag(subject)).await?;
        Ok(index.map(|index| index.children().to_vec()).unwrap_or_default())
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
    async fn pull(
        &self,
        method: Method,
        repository: &str,
        rest: &str,
        offset: u64,
    ) -> Result<Option<Response>, TransportError> {
        for mirror in &self.inner.mirrors {
            let answer = pull_from(mirror, &method, repository, rest, offset).await;
            if let Ok(Some(response)) = answer {
                return Ok(Some(response));
            }
        }
        pull_from(&self.inner.origin, &method, repository, rest, offset).await
    }

    fn absent(&self, repository: &str, rest: &str) -> TransportError {
        let url = self.inner.origin.url(repository, rest);
        TransportError::Status {
            method: Method::GET,
            url: url.as_ref().map_or_else(|_| self.inner.origin.shown(repository), ShownUrl::new),
            status: StatusCode::NOT_FOUND,
            detail: String::new(),
            codes: Vec::new(),
        }
    }

    async fn pages(
        &self,
        repository: &str,
        first: Option<Response>,
        mut take: impl FnMut(Bytes) -> Option<()> + Send,
    ) -> Result<(), ClientError> {
        let mut page = first;
        for _ in 0..MAX_PAGES {
            let Some(response) = page.take() else { return Ok(()) };
            let at = response.url().clone();
            let next = links::next_page(&at, response.headers())?;
            let body = response.whole(MAX_MANIFEST).await?;
            take(body).ok_or_else(|| protocol(&at, "its list is not JSON of the right shape"))?;
            if let Some(url) = next {
                page = Some(self.next_page(repository, url).await?);
            }
        }
        Err(protocol(&self.inner.origin.url(repository, "")?, "its list has no end"))
    }

    async fn next_page(&self, repository: &str, url: Url) -> Result<Response, ClientError> {
        let mut endpoints = self.inner.mirrors.iter().chain([&self.inner.origin]);
        let endpoint = endpoints
            .find(|endpoint| endpoint.owns(&url))
            .ok_or_else(|| protocol(&url, "its next page is on another host"))?;
        let scope = Scope::pull(&endpoint.repository(repository));
        let response = endpoint.send(Request::get(url), &scope).await?;
        match response.status() {
            StatusCode::OK => Ok(response),
            _ => Err(response.into_error().await.into()),
        }
    }
}

fn protocol(url: &Url, reason: &'static str) -> ClientError {
    ClientError::Protocol { url: ShownUrl::new(url), reason }
}

fn is_unsupported(status: Option<StatusCode>) -> bool {
    matches!(
        status,
        Some(
            StatusCode::METHOD_NOT_ALLOWED | StatusCode::NOT_IMPLEMENTED | StatusCode::BAD_REQUEST
        )
    )
}

fn content_type(response: &Response) -> String {
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
