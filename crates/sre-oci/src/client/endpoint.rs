//! One base URL of a registry or mirror, and the requests that go there.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use http::{Method, StatusCode};
use url::Url;

use super::authenticator::{Authenticator, Scope};
use super::links;
use crate::credentials::CredentialStore;
use crate::transport::{Request, Response, ShownUrl, Transport, TransportError};

/// The tries that a mirror gets: the place that is asked after it is the better next try.
const MIRROR_TRIES: u32 = 2;
/// How long a mirror that failed is left alone; asking it for each blob would cost the wait each time.
const MIRROR_REST: Duration = Duration::from_mins(1);

/// A registry or mirror behind one URL.
pub(super) struct Endpoint {
    transport: Transport,
    base: Url,
    prefix: String,
    namespace: Option<String>,
    door: Authenticator,
    rests_until: Mutex<Option<Instant>>,
    complained: AtomicBool,
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
            rests_until: Mutex::new(None),
            complained: AtomicBool::new(false),
        })
    }

    /// Says whether it may be asked, because it has not failed lately.
    pub(super) fn is_awake(&self) -> bool {
        let until = *self.rests_until.lock().unwrap_or_else(PoisonError::into_inner);
        until.is_none_or(|until| until <= Instant::now())
    }

    /// Leaves it alone for a while.
    pub(super) fn rest(&self) {
        let until = Instant::now() + MIRROR_REST;
        *self.rests_until.lock().unwrap_or_else(PoisonError::into_inner) = Some(until);
    }

    /// Says whether this is the first failure that is told of.
    pub(super) fn complains_first(&self) -> bool {
        !self.complained.swap(true, Ordering::Relaxed)
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
        // A storage service that a redirect led to must not tell what the registry wants.
        let asks = response.status() == StatusCode::UNAUTHORIZED && self.owns(response.url());
        if !asks || !is_own {
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

    /// Gives the URL as the settings name it.
    pub(super) fn shown_base(&self) -> ShownUrl {
        let mut url = self.base.clone();
        url.set_path(&self.prefix);
        ShownUrl::new(&url)
    }

    pub(super) fn shown(&self, repository: &str) -> ShownUrl {
        self.shown_thing(repository, "")
    }

    /// Gives the URL of a thing in a repository, for messages.
    pub(super) fn shown_thing(&self, repository: &str, rest: &str) -> ShownUrl {
        let mut url = self.base.clone();
        url.set_path(&format!("v2/{}{repository}/{rest}", self.prefix));
        ShownUrl::new(&url)
    }

    pub(super) fn request(
        &self,
        method: Method,
        repository: &str,
        rest: &str,
    ) -> Result<Request, TransportError> {
        let request = Request::new(method, self.url(repository, rest)?);
        let is_mirror = self.namespace.is_some();
        Ok(if is_mirror { request.at_most(MIRROR_TRIES) } else { request })
    }
}
