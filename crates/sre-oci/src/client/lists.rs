//! Lists: the tags of a repository, and what refers to a manifest.

use bytes::Bytes;
use http::{Method, StatusCode};
use serde::Deserialize;
use sre_format::Digest;
use url::Url;

use super::authenticator::Scope;
use super::pull::content_type;
use super::{ClientError, Reference, RegistryClient, links};
use crate::descriptor::Descriptor;
use crate::manifest::{MAX_MANIFEST, Manifest};
use crate::media_type::OCI_INDEX;
use crate::transport::{Request, Response, ShownUrl};

/// The most pages of one list; with the pages of large registries that is 100,000 entries.
const MAX_PAGES: usize = 1000;

/// Gives the tags under which cosign 2 keeps signatures, attestations and SBOMs of a manifest.
#[must_use]
pub fn cosign_tags(subject: Digest) -> [String; 3] {
    ["sig", "att", "sbom"].map(|kind| format!("sha256-{}.{kind}", subject.hex()))
}

impl RegistryClient {
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
