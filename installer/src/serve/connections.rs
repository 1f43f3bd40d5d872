//! The accept loop: how many connections, how long each may stand still, and how all of them end.
//!
//! Only HTTP/1.1 is spoken. One connection then has one body under way, so the limit of connections
//! is a limit of bodies, and a client that stops reading holds one buffer and not a window's worth for each of a
//! hundred streams. Registry clients open several connections anyway.

use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

use super::patience::Patient;
use super::{Certificates, Metrics};

/// How long a TLS handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(15);
/// The most bytes of headers.
const MAX_HEADERS: usize = 32 * 1024;
/// The pause after the system refused to give another socket.
const EXHAUSTED: Duration = Duration::from_millis(100);

/// What one client, and all of them together, may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The most connections at the same time; others wait to be accepted.
    pub connections: usize,
    /// How long a client may take nothing, or send no request, before its connection is closed.
    pub idle: Duration,
    /// How long transfers under way may go on after the server was told to stop.
    pub grace: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { connections: 256, idle: Duration::from_mins(1), grace: Duration::from_secs(30) }
    }
}

/// Everything that a connection needs.
pub(super) struct Service {
    pub(super) router: Router,
    pub(super) tls: Option<Arc<Certificates>>,
    pub(super) limits: Limits,
    pub(super) metrics: Arc<Metrics>,
}

/// Accepts connections until `stop` is ready, then lets those under way end.
pub(super) async fn serve(listener: TcpListener, service: Service, stop: impl Future<Output = ()>) {
    let limits = service.limits;
    let permits = Arc::new(Semaphore::new(limits.connections));
    let (stopped, watcher) = watch::channel(false);
    let service = Arc::new(service);
    let mut stop = pin!(stop);
    loop {
        let accepted = tokio::select! {
            () = &mut stop => break,
            accepted = accept(&listener, &permits) => accepted,
        };
        let Some((stream, permit)) = accepted else { continue };
        let (service, watcher) = (Arc::clone(&service), watcher.clone());
        tokio::spawn(async move {
            let metrics = Arc::clone(&service.metrics);
            metrics.accepted.fetch_add(1, Ordering::Relaxed);
            metrics.connections.fetch_add(1, Ordering::Relaxed);
            // A failure here is a client that went away or stood still; others do not care.
            let _ended: io::Result<()> = connection(&service, stream, watcher).await;
            metrics.connections.fetch_sub(1, Ordering::Relaxed);
            drop(permit);
        });
    }
    drop(listener);
    // Every connection holds a receiver; nobody is listening any more once all are gone.
    drop(watcher);
    let _receivers = stopped.send(true);
    let _in_time = timeout(limits.grace, stopped.closed()).await;
}

async fn accept(
    listener: &TcpListener,
    permits: &Arc<Semaphore>,
) -> Option<(TcpStream, OwnedSemaphorePermit)> {
    let permit = Arc::clone(permits).acquire_owned().await.ok()?;
    if let Ok((stream, _)) = listener.accept().await {
        return Some((stream, permit));
    }
    // Out of file descriptors, most likely: others must end first.
    tokio::time::sleep(EXHAUSTED).await;
    None
}

async fn connection(
    service: &Service,
    stream: TcpStream,
    stopped: watch::Receiver<bool>,
) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let local: SocketAddr = stream.local_addr()?;
    let stream = Patient::new(stream, service.limits.idle, Arc::clone(&service.metrics));
    match &service.tls {
        None => speak(service, stream, stopped).await,
        Some(certificates) => {
            let config = certificates.config_for(local.ip()).map_err(io::Error::other)?;
            let handshake = TlsAcceptor::from(config).accept(stream);
            let stream = timeout(HANDSHAKE, handshake).await.map_err(io::Error::other)??;
            speak(service, stream, stopped).await
        }
    }
}

/// Speaks HTTP/1.1 until the client goes, stands still, or the server is told to stop.
pub(super) async fn speak<S>(
    service: &Service,
    stream: S,
    mut stopped: watch::Receiver<bool>,
) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin + 'static,
{
    let router = TowerToHyperService::new(service.router.clone());
    let mut connection = pin!(
        http1::Builder::new()
            .timer(TokioTimer::new())
            // Also closes connections that are kept alive for requests that do not come.
            .header_read_timeout(service.limits.idle)
            .max_header_size(MAX_HEADERS)
            .half_close(false)
            .serve_connection(TokioIo::new(stream), router)
    );
    let told = async move { stopped.wait_for(|stopped| *stopped).await.is_ok() };
    tokio::select! {
        ended = connection.as_mut() => return ended.map_err(io::Error::other),
        _ = told => {}
    }
    connection.as_mut().graceful_shutdown();
    connection.await.map_err(io::Error::other)
}
