//! One HTTP server straight from a bundle: registry, files, a page for people, figures for machines.
//!
//! [`Server::bind`] takes a [`Source`] and [`Settings`], reads the index of the bundle and listens;
//! [`Server::run`] answers until it is told to stop. What it answers:
//!
//! | path | what |
//! |---|---|
//! | `/v2/` | the images and charts, as a read-only OCI registry ([`sre_oci::server`]) |
//! | `/files/` | the files, with ranges |
//! | `/rpm/` | the dnf repositories, the same way |
//! | `/deb/` | the apt repositories, the same way |
//! | `/` | a page for people |
//! | `/ca.pem` | the certificate authority, where the server made it |
//! | `/metrics`, `/healthz` | figures for Prometheus, and whether the bundle can be read |
//!
//! Every byte of payload is checked against the signed tables when it is read, and leaves through
//! one pool of buffers. After a read error everything but the page and the figures is answered with 503,
//! until the same bundle can be read again ([`Source`]). Nothing is written but the certificate
//! authority in the state directory, and no privileges are needed.

mod connections;
mod error;
mod files;
mod library;
mod metrics;
mod page;
mod passwords;
mod patience;
mod source;
#[cfg(test)]
mod tests;
mod tls;

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum::{Router, body::Bytes};
use http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST};
use http::{HeaderMap, StatusCode};
use sre_oci::names::Prefix;
use sre_oci::server::{BufferPool, Library, is_available};
use tokio::net::TcpListener;

pub use connections::Limits;
pub use error::ServeError;
pub use library::BundleLibrary;
pub use metrics::Metrics;
pub use page::Sign;
pub use passwords::Passwords;
pub use source::{REOPEN_PAUSE, Reopen, Source};
pub use tls::{Authority, Certificates};

pub(crate) use passwords::credentials;
pub(crate) use tls::own_names;
use tls::read_text;

/// How many MiB of payload are on their way at the same time, for all clients together.
const BUFFERS: usize = 12;

/// How the server listens, and to whom.
#[derive(Default)]
pub struct Settings {
    /// The path before every mapped name.
    pub prefix: Prefix,
    /// TLS; plain HTTP without.
    pub tls: Option<Arc<Certificates>>,
    /// Who may ask; everybody without.
    pub passwords: Option<Arc<Passwords>>,
    /// What clients may take.
    pub limits: Limits,
    /// Who vouches for the bundle, a line for each key, for the page.
    pub vouchers: Vec<String>,
}

/// A server that listens.
pub struct Server {
    listener: TcpListener,
    service: connections::Service,
    url: String,
    images: usize,
}

impl Server {
    /// Reads the index of the bundle and listens on an address; port 0 means any free one.
    pub async fn bind(
        source: Arc<Source>,
        address: SocketAddr,
        settings: Settings,
    ) -> Result<Self, ServeError> {
        let listen = |source| ServeError::Listen { address, source };
        let listener = TcpListener::bind(address).await.map_err(listen)?;
        let scheme = if settings.tls.is_some() { "https" } else { "http" };
        let url = format!("{scheme}://{}", listener.local_addr().map_err(listen)?);
        let library = Arc::new(BundleLibrary::read(source, settings.prefix)?);
        let metrics = Arc::new(Metrics::default());
        let authority = settings.tls.as_deref().and_then(Certificates::authority).cloned();
        let sign = Sign { url: url.clone(), vouchers: settings.vouchers, authority };
        let router = router(&library, &metrics, &sign, settings.passwords);
        let service =
            connections::Service { router, tls: settings.tls, limits: settings.limits, metrics };
        Ok(Self { listener, service, url, images: library.count() })
    }

    /// Gives the URL of the address that it listens on.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Gives how many tags can be pulled.
    #[must_use]
    pub fn images(&self) -> usize {
        self.images
    }

    /// Gives the counters, which go on counting while it runs.
    #[must_use]
    pub fn metrics(&self) -> Arc<Metrics> {
        Arc::clone(&self.service.metrics)
    }

    /// Answers until `stop` is ready; transfers under way may then end within the limit.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        connections::serve(self.listener, self.service, stop).await;
    }
}

/// Puts the routes together.
fn router(
    library: &Arc<BundleLibrary>,
    metrics: &Arc<Metrics>,
    sign: &Sign,
    passwords: Option<Arc<Passwords>>,
) -> Router {
    let pool = BufferPool::new(BUFFERS);
    let registry = Arc::clone(library) as Arc<dyn Library>;
    let figures = (Arc::clone(metrics), Arc::clone(library.source()));
    let mut guarded = sre_oci::server::router(Arc::clone(&registry), pool.clone())
        .merge(files::router(library, pool))
        .merge(page_route(page::Page::new(Arc::clone(library), sign.clone())))
        .merge(Router::new().route("/metrics", get(show_metrics)).with_state(figures));
    if let Some(passwords) = passwords {
        guarded = guarded.layer(from_fn_with_state(passwords, passwords::check));
    }
    let authority = sign.authority.as_ref().map(|authority| Bytes::from(authority.pem.clone()));
    guarded
        .merge(Router::new().route("/healthz", get(health)).with_state(registry))
        .merge(Router::new().route("/ca.pem", get(show_authority)).with_state(authority))
        .layer(from_fn_with_state(Arc::clone(metrics), count))
}

fn page_route(page: page::Page) -> Router {
    let show = async |State(page): State<Arc<page::Page>>, headers: HeaderMap| {
        let host = headers.get(HOST).and_then(|host| host.to_str().ok());
        let headers = [
            (CONTENT_TYPE, "text/html; charset=utf-8"),
            (CONTENT_SECURITY_POLICY, "default-src 'none'; style-src 'unsafe-inline'"),
        ];
        (headers, page.for_host(host))
    };
    Router::new().route("/", get(show)).with_state(Arc::new(page))
}

async fn show_metrics(
    State((metrics, source)): State<(Arc<Metrics>, Arc<Source>)>,
) -> impl axum::response::IntoResponse {
    ([(CONTENT_TYPE, "text/plain; version=0.0.4")], metrics.render(&source))
}

async fn show_authority(State(pem): State<Option<Bytes>>) -> Response {
    match pem {
        Some(pem) => ([(CONTENT_TYPE, "application/x-pem-file")], pem).into_response(),
        None => (StatusCode::NOT_FOUND, "this server made no authority\n").into_response(),
    }
}

async fn health(State(library): State<Arc<dyn Library>>) -> Response {
    if is_available(&library).await {
        return "ok\n".into_response();
    }
    files::unavailable()
}

async fn count(State(metrics): State<Arc<Metrics>>, request: Request, next: Next) -> Response {
    let answer = next.run(request).await;
    metrics.count(answer.status());
    answer
}
