//! The accept loop: how many connections, how long each may stand still, and how all of them end.
//!
//! Only HTTP/1.1 is spoken. One connection then has one body under way, so the limit of connections
//! is a limit of bodies, and a client that stops reading keeps a piece or two in memory and not a window's worth for
//! each of a hundred streams. Registry clients open several connections anyway.

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
use socket2::SockRef;
use sre_oci::server::PIECE;
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
/// The most bytes that the system takes for a connection before it has sent them.
const UNSENT: u32 = 64 * 1024;
/// The pause after the system refused to give another socket.
const EXHAUSTED: Duration = Duration::from_millis(100);

/// What one client, and all of them together, may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The most connections at the same time; others wait to be served.
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
    let (end_soon, told) = watch::channel(());
    let service = Arc::new(service);
    let mut stop = pin!(stop);
    loop {
        let accepted = tokio::select! {
            () = &mut stop => break,
            accepted = accept(&listener, &permits, &end_soon) => accepted,
        };
        let Some((stream, permit)) = accepted else { continue };
        let (service, mut told) = (Arc::clone(&service), told.clone());
        // What others were told before is none of its business.
        told.mark_unchanged();
        tokio::spawn(async move {
            let metrics = Arc::clone(&service.metrics);
            metrics.accepted.fetch_add(1, Ordering::Relaxed);
            metrics.connections.fetch_add(1, Ordering::Relaxed);
            // A failure here is a client that went away or stood still; others do not care.
            let _ended: io::Result<()> = connection(&service, stream, told).await;
            metrics.connections.fetch_sub(1, Ordering::Relaxed);
            drop(permit);
        });
    }
    drop(listener);
    // Every connection holds a receiver; nobody is listening any more once all are gone.
    drop(told);
    end_soon.send_replace(());
    let _in_time = timeout(limits.grace, end_soon.closed()).await;
}

/// Accepts a connection and waits until it may be served.
///
/// When there are too many, all others are told to end after the answer that they are at: those that
/// clients only keep for later end at once, and nobody waits for them.
async fn accept(
    listener: &TcpListener,
    permits: &Arc<Semaphore>,
    end_soon: &watch::Sender<()>,
) -> Option<(TcpStream, OwnedSemaphorePermit)> {
    let Ok((stream, _)) = listener.accept().await else {
        // Out of file descriptors, most likely: others must end first.
        tokio::time::sleep(EXHAUSTED).await;
        return None;
    };
    if permits.available_permits() == 0 {
        end_soon.send_replace(());
    }
    let permit = Arc::clone(permits).acquire_owned().await.ok()?;
    Some((stream, permit))
}

async fn connection(
    service: &Service,
    stream: TcpStream,
    told: watch::Receiver<()>,
) -> io::Result<()> {
    prepare(&stream)?;
    let local: SocketAddr = stream.local_addr()?;
    let stream = Patient::new(stream, service.limits.idle, Arc::clone(&service.metrics));
    match &service.tls {
        None => speak(service, stream, told).await,
        Some(certificates) => {
            let config = certificates.config_for(local.ip()).map_err(io::Error::other)?;
            let handshake = TlsAcceptor::from(config).accept(stream);
            let stream = timeout(HANDSHAKE, handshake).await.map_err(io::Error::other)??;
            speak(service, stream, told).await
        }
    }
}

/// Sets what the system does with what is written.
///
/// By default it takes megabytes of unsent data for a fast network and then nothing until a third of them is
/// gone; a client that reads 20 kB a second would seem to stand still for a minute.
pub(super) fn prepare(stream: &TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    SockRef::from(stream).set_tcp_notsent_lowat(UNSENT)
}

/// Speaks HTTP/1.1 until the client goes, stands still, or is to end after an answer.
pub(super) async fn speak<S>(
    service: &Service,
    stream: S,
    mut told: watch::Receiver<()>,
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
            // What is not written yet waits here: without this, seven pieces for each connection.
            .max_buf_size(PIECE)
            .half_close(false)
            .serve_connection(TokioIo::new(stream), router)
    );
    tokio::select! {
        ended = connection.as_mut() => return ended.map_err(io::Error::other),
        // The receiver itself lives as long as the connection: the server waits until all are gone.
        _ = told.changed() => {}
    }
    connection.as_mut().graceful_shutdown();
    connection.await.map_err(io::Error::other)
}
