//! HTTP as a carrier of large, distrusted things.
//!
//! One [`Transport`] serves a whole program: it keeps connections, knows each host's settings and
//! slows down for those that ask for it. A request goes through these steps:
//!
//! 1. a permit of the host's pool (halved when the host answers 429, see `permits`),
//! 2. the client that fits the host (its CA files, its proxy, plain HTTP or TLS, see `clients`),
//! 3. redirects, followed by hand under the rules of `redirect`,
//! 4. retries with growing waits for broken connections, 408, 429 and 5xx (see `send`).
//!
//! The answer is a [`Response`] whose body has an idle time limit and a size limit; a
//! [`Download`] goes on where a body broke off. No total time limit exists anywhere, because a
//! slow line that still delivers is not a fault.
//!
//! Deliberately absent: HTTP/2 (its flow control slows single large bodies), decompression
//! (digests cover the bytes as delivered), cookies, and the C library's resolver.

mod clients;
mod download;
mod error;
mod options;
mod permits;
mod progress;
mod redirect;
mod request;
mod resolver;
mod response;
mod retry;
mod send;
mod shown_url;
mod tls;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

pub use download::{Download, Open};
pub use error::TransportError;
pub use options::{
    HostOptions, OnRetry, OnSkip, Retries, RetryNotice, Scheme, SkipNotice, Timeouts,
    TransportOptions,
};
pub use request::{BlobSource, Body, Redirects, Request};
pub use resolver::Resolver;
pub use response::Response;
pub use shown_url::ShownUrl;

pub(crate) use clients::host_and_port;
pub(crate) use download::content_range;
pub(crate) use redirect::{Chain, is_link_local};
pub(crate) use resolver::in_hosts_file;
pub(crate) use response::explain;
pub(crate) use retry::{Tries, retry_after};

/// Sends requests to any number of hosts; clones share everything.
#[derive(Clone)]
pub struct Transport {
    inner: Arc<Inner>,
}

struct Inner {
    options: TransportOptions,
    clients: clients::Clients,
    permits: Mutex<HashMap<String, Arc<permits::Permits>>>,
}

impl Transport {
    /// Makes a transport; nothing is read or connected before the first request.
    #[must_use]
    pub fn new(options: TransportOptions) -> Self {
        let inner = Inner {
            options,
            clients: clients::Clients::default(),
            permits: Mutex::new(HashMap::new()),
        };
        Self { inner: Arc::new(inner) }
    }

    /// Gives the settings.
    #[must_use]
    pub fn options(&self) -> &TransportOptions {
        &self.inner.options
    }

    fn permits(&self, host: &str) -> Arc<permits::Permits> {
        let mut pools = self.inner.permits.lock().unwrap_or_else(PoisonError::into_inner);
        let most = self.inner.options.requests_per_host;
        Arc::clone(
            pools.entry(host.to_owned()).or_insert_with(|| Arc::new(permits::Permits::new(most))),
        )
    }
}
