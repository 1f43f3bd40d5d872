//! Pushing: mounts, manifests and the list of referrers.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, LOCATION};
use http::{HeaderValue, Method, StatusCode};
use serde_json::json;
use sre_format::Digest;

use super::authenticator::Scope;
use super::{ClientError, Reference, RegistryClient, UploadSession};
use crate::descriptor::Descriptor;
use crate::media_type::OCI_INDEX;
use crate::transport::{Body, Request, Response, ShownUrl, TransportError};

/// What came of asking for a blob from another repository.
#[derive(Debug)]
pub enum Mount {
    /// The blob is there; nothing has to be sent.
    Mounted,
    /// The registry opened an upload instead.
    Upload(UploadSession),
}

/// Says whether a registry keeps track of what refers to what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SubjectSupport {
    /// It lists referrers itself.
    Listed,
    /// The tag that stands for the list has to be kept by the client.
    ByTag,
}

impl RegistryClient {
    /// Asks the registry to take a blob from another of its repositories.
    pub async fn mount_blob(
        &self,
        repository: &str,
        digest: Digest,
        from: &str,
    ) -> Result<Mount, ClientError> {
        let origin = &self.inner.origin;
        let from = origin.repository(from);
        let mut url = origin.url(repository, "blobs/uploads/")?;
        url.query_pairs_mut().append_pair("mount", &digest.to_string()).append_pair("from", &from);
        let scope = Scope::mount(&origin.repository(repository), &from);
        let response = origin.send(Request::new(Method::POST, url), &scope).await?;
        match response.status() {
            StatusCode::CREATED => Ok(Mount::Mounted),
            StatusCode::ACCEPTED => Ok(Mount::Upload(self.session(&response)?)),
            _ => Err(response.into_error().await.into()),
        }
    }

    /// Puts a manifest under a tag or its digest. All that it names must be there.
    pub async fn put_manifest(
        &self,
        repository: &str,
        reference: &Reference,
        media_type: &str,
        bytes: Bytes,
    ) -> Result<SubjectSupport, ClientError> {
        let origin = &self.inner.origin;
        let content_type =
            HeaderValue::try_from(media_type).map_err(|_| ClientError::Protocol {
                url: origin.shown(repository),
                reason: "a media type with characters that no header can carry",
            })?;
        let request = origin
            .request(Method::PUT, repository, &format!("manifests/{reference}"))?
            .header(CONTENT_TYPE, content_type)
            .body(Body::Whole(bytes));
        let response = origin.send(request, &Scope::push(&origin.repository(repository))).await?;
        match response.status() {
            StatusCode::CREATED | StatusCode::OK | StatusCode::ACCEPTED => {
                let listed = response.headers().contains_key("oci-subject");
                Ok(if listed { SubjectSupport::Listed } else { SubjectSupport::ByTag })
            }
            _ => Err(response.into_error().await.into()),
        }
    }

    /// Adds a referrer to the tag that stands for the list, beside those that are there
    /// (distribution-spec, "Pushing Manifests with Subject"). Says whether anything was sent.
    pub async fn add_referrers_by_tag(
        &self,
        repository: &str,
        subject: Digest,
        referrers: &[Descriptor],
    ) -> Result<bool, ClientError> {
        let mut listed = self.referrers_by_tag(repository, subject).await?;
        let before = listed.len();
        for referrer in referrers {
            if !listed.iter().any(|known| known.digest == referrer.digest) {
                listed.push(referrer.clone());
            }
        }
        if listed.len() == before {
            return Ok(false);
        }
        self.put_referrers_tag(repository, subject, &listed).await?;
        Ok(true)
    }

    /// Sets the tag that stands for the list of referrers, whatever it listed before.
    pub async fn put_referrers_tag(
        &self,
        repository: &str,
        subject: Digest,
        listed: &[Descriptor],
    ) -> Result<(), ClientError> {
        let index = json!({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": listed});
        let tag = Reference::referrers_tag(subject);
        self.put_manifest(repository, &tag, OCI_INDEX, Bytes::from(index.to_string())).await?;
        Ok(())
    }

    pub(super) fn session(&self, response: &Response) -> Result<UploadSession, ClientError> {
        let location = response.header(LOCATION.as_str()).ok_or_else(|| ClientError::Protocol {
            url: ShownUrl::new(response.url()),
            reason: "it opened an upload without saying where",
        })?;
        let url = self.inner.origin.resolve(response.url(), location)?;
        let least_chunk =
            response.header("oci-chunk-min-length").and_then(|text| text.parse().ok());
        Ok(UploadSession::new(url, least_chunk.unwrap_or(0)))
    }

    pub(super) async fn open_upload(&self, repository: &str) -> Result<UploadSession, ClientError> {
        let origin = &self.inner.origin;
        let request = origin.request(Method::POST, repository, "blobs/uploads/")?;
        let response = origin.send(request, &Scope::push(&origin.repository(repository))).await?;
        match response.status() {
            StatusCode::ACCEPTED => self.session(&response),
            _ => Err(response.into_error().await.into()),
        }
    }

    pub(super) async fn send_to_upload(
        &self,
        repository: &str,
        request: Request,
    ) -> Result<Response, TransportError> {
        let origin = &self.inner.origin;
        origin.send(request, &Scope::push(&origin.repository(repository))).await
    }
}
