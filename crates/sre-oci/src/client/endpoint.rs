//! One base URL of a registry or mirror, and the requests that go there.

use http::{Method, StatusCode};
use url::Url;

use super::authenticator::{Authenticator, Scope};
use super::links;
use crate::credentials::CredentialStore;
use crate::transport::{Request, Response, ShownUrl, Transport, TransportError};

/// A registry or mirror behind one URL.
pub(super) struct Endpoint {
    transport: Transport,
    base: Url,
    prefix: String,
    namespace: Option<String>,
    door: Authenticator,
}

impl Endpoint {
    /// Makes an endpoint; the path of the URL stands before every repository name, and a mirror
    /// is told by `ns` which registry's repository is meant.
    pub(super) fn new(
        transport: &Transport,
        base: &Url,
        name: &str,
        namespace: Option<&str>,
        credentials: &CredentialStore,
        trusted_realms: Vec<String>,
    ) -> Result<Self, TransportError> {
        let path = base.path().trim_matches('/');
        let prefix = if path.is_empty() { String::new() } else { format!("{path}/") };
        let base = links::root(base)?;
        Ok(Self {
            door: Authenticator::new(transport, name, base.clone(), credentials, trusted_realms),
            transport: transport.clone(),
            base,
            prefix,
            namespace: namespace.map(str::to_owned),
        })
    }

    pub(super) fn url(&self, repository: &str, rest: &str) -> Result<Url, TransportError> {
        let path = format!("v2/{}{repository}/{rest}", self.prefix);
        let mut url = self.base.join(&path).map_err(|_| TransportError::Url {
            url: path.chars().take(120).collect(),
            reason: "it is not the path of a repository",
        })?;
        if let Some(namespace) = &self.namespace {
            url.query_pairs_mut().append_pair("ns", namespace);
        }
        Ok(url)
    }

    /// Gives the name that a repository has here.
    pub(super) fn repository(&self, repository: &str) -> String {
        format!("{}{repository}", self.prefix)
    }

    /// Resolves an upload or paging URL that an answer gave.
    pub(super) fn resolve(&self, at: &Url, location: &str) -> Result<Url, super::ClientError> {
        links::resolve(&self.base, at, location)
    }

    /// Sends a request with what the registry wants to know about us.
    ///
    /// Only the registry's own origin ever gets our token, so an upload that lies elsewhere is
    /// sent without one.
    pub(super) async fn send(
        &self,
        request: Request,
        scope: &Scope,
    ) -> Result<Response, TransportError> {
        let is_own = self.owns(request.url());
        let header = if is_own { self.door.header(scope).await? } else { None };
        let request = request.authorization(header.clone());
        let response = self.transport.send(&request).await?;
        if response.status() != StatusCode::UNAUTHORIZED || !is_own {
            return Ok(response);
        }
        let headers = response.headers().clone();
        drop(response);
        let Some(second) = self.door.answer(&headers, scope, header.as_ref()).await? else {
            return Err(self.door.refusal(scope).await.into());
        };
        let response = self.transport.send(&request.authorization(Some(second))).await?;
        match response.status() {
            StatusCode::UNAUTHORIZED => Err(self.door.refusal(scope).await.into()),
            _ => Ok(response),
        }
    }

    /// Says whether a URL is on this endpoint.
    pub(super) fn owns(&self, url: &Url) -> bool {
        url.origin() == self.base.origin()
    }

    pub(super) fn shown(&self, repository: &str) -> ShownUrl {
        let mut url = self.base.clone();
        url.set_path(&format!("v2/{}{repository}/", self.prefix));
        ShownUrl::new(&url)
    }

    pub(super) fn request(
        &self,
        method: Method,
        repository: &str,
        rest: &str,
    ) -> Result<Request, TransportError> {
        Ok(Request::new(method, self.url(repository, rest)?))
    }
}
