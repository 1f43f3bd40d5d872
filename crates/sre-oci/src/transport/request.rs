//! Requests, and where the bytes of large ones come from.

use std::future::Future;
use std::io;
use std::ops::Range;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use http::header::{HeaderName, RANGE};
use http::{HeaderMap, HeaderValue, Method};
use url::Url;

/// One request, ready to be sent any number of times.
#[derive(Clone)]
pub struct Request {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) headers: HeaderMap,
    pub(super) authorization: Option<HeaderValue>,
    pub(super) body: Body,
    pub(super) redirects: Redirects,
    pub(super) attempts: Option<u32>,
}

/// The body of a request.
#[derive(Clone, Default)]
pub enum Body {
    /// Nothing.
    #[default]
    Empty,
    /// A small thing in memory.
    Whole(Bytes),
    /// A part of a large thing. Never sent again by itself: the server knows how far it got.
    Part {
        /// Where the bytes come from.
        source: Arc<dyn BlobSource>,
        /// Which bytes.
        range: Range<u64>,
    },
}

/// Says whether redirects are followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Redirects {
    /// Under the rules of the module.
    Follow,
    /// The redirect is the answer.
    Refuse,
}

/// Gives the bytes of a blob from any position.
pub trait BlobSource: Send + Sync + 'static {
    /// Reads some bytes from an offset: at least one unless the offset is the end, and not more
    /// than about 1 MiB, because each transfer holds one such piece in memory.
    fn read_at(&self, offset: u64) -> Pin<Box<dyn Future<Output = io::Result<Bytes>> + Send + '_>>;
}

/// A blob that is in memory: configs and other small things.
impl BlobSource for Bytes {
    fn read_at(&self, offset: u64) -> Pin<Box<dyn Future<Output = io::Result<Bytes>> + Send + '_>> {
        let start = usize::try_from(offset).unwrap_or(usize::MAX).min(self.len());
        Box::pin(std::future::ready(Ok(self.slice(start..))))
    }
}

impl Request {
    /// Makes a request; `GET` and `HEAD` follow redirects, others do not.
    #[must_use]
    pub fn new(method: Method, url: Url) -> Self {
        let redirects = match method {
            Method::GET | Method::HEAD => Redirects::Follow,
            _ => Redirects::Refuse,
        };
        Self {
            method,
            url,
            headers: HeaderMap::new(),
            authorization: None,
            body: Body::Empty,
            redirects,
            attempts: None,
        }
    }

    /// Makes a `GET`.
    #[must_use]
    pub fn get(url: Url) -> Self {
        Self::new(Method::GET, url)
    }

    /// Gives the URL.
    #[must_use]
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.append(name, value);
        self
    }

    /// Asks for the bytes from an offset to the end; at 0 it asks for the whole.
    #[must_use]
    pub fn from_offset(mut self, offset: u64) -> Self {
        self.headers.remove(RANGE);
        if offset > 0
            && let Ok(value) = HeaderValue::try_from(format!("bytes={offset}-"))
        {
            self.headers.insert(RANGE, value);
        }
        self
    }

    /// Sets the `Authorization`, which only the origin of the URL ever sees.
    #[must_use]
    pub fn authorization(mut self, value: Option<HeaderValue>) -> Self {
        self.authorization = value.map(|mut value| {
            value.set_sensitive(true);
            value
        });
        self
    }

    /// Sets the body.
    #[must_use]
    pub fn body(mut self, body: Body) -> Self {
        self.body = body;
        self
    }

    /// Sets whether redirects are followed.
    #[must_use]
    pub fn redirects(mut self, redirects: Redirects) -> Self {
        self.redirects = redirects;
        self
    }

    /// Lowers the number of tries, where another place can be asked instead.
    #[must_use]
    pub fn at_most(mut self, attempts: u32) -> Self {
        self.attempts = Some(attempts);
        self
    }
}
