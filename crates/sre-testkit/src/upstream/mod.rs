//! An embedded upstream: a read-write OCI registry and a file server on loopback.
//!
//! An [`Upstream`] listens on a free port of 127.0.0.1, runs on threads of its own and stops when it
//! is dropped. [`Settings`] say how it behaves, [`Trouble`] says when it does not. What it was asked
//! can be read back ([`Upstream::log`], [`Upstream::blob_bytes_sent`]), and so can what was pushed.
//!
//! Strict where strictness finds faults of clients: an upload's `Location` must be used with its
//! query, a manifest must match its `Content-Type` and digest, and its blobs must be in its own
//! repository. Deliberately absent: digests other than SHA-256, schema 1 manifests, restarts.

mod answer;
mod auth;
mod log;
mod path;
mod pull;
mod push;
mod serve;
mod settings;
mod store;
mod tls;
mod uploads;

use std::net::{SocketAddr, TcpListener};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard};

use bytes::Bytes;
use http::Method;
use sre_format::Digest;
use tokio::runtime::Runtime;

pub use log::{Kind, Seen};
pub use settings::{
    Anonymous, Auth, Children, Locations, Mounts, Referrers, Settings, Storage, Transport, Uploads,
};
pub use store::Manifest;

use crate::image::Artifact;
use crate::{Content, Misbehaviour, Trouble};
use store::{File, Store};

/// A running upstream; it stops when dropped.
pub struct Upstream {
    shared: Arc<Shared>,
    address: SocketAddr,
    authority: Option<String>,
    runtime: Option<Runtime>,
}

struct Shared {
    settings: Settings,
    store: Mutex<Store>,
    troubles: Mutex<Vec<Trouble>>,
    log: log::Log,
    tokens: auth::Tokens,
    url: String,
}

impl Shared {
    fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().expect("no thread panics while it holds the store")
    }

    fn trouble_for(&self, method: &Method, path: &str) -> Option<Misbehaviour> {
        let mut troubles = self.troubles.lock().expect("no thread panics while it holds the list");
        troubles
            .iter_mut()
            .find_map(|trouble| trouble.strikes(method, path).then(|| trouble.what.clone()))
    }
}

/// Gives the first value of a query or form.
fn value<'a>(query: &'a [(String, String)], name: &str) -> Option<&'a str> {
    query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

impl Upstream {
    /// Starts an open upstream over plain HTTP that keeps everything in memory.
    pub fn plain() -> Self {
        Self::start(Settings::default())
    }

    /// Starts an upstream on a free port of 127.0.0.1.
    pub fn start(settings: Settings) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
        listener.set_nonblocking(true).expect("a socket can be non-blocking");
        let address = listener.local_addr().expect("a bound socket has an address");
        let tls = (settings.transport == Transport::Tls).then(tls::make);
        let scheme = if tls.is_some() { "https" } else { "http" };
        let shared = Arc::new(Shared {
            settings,
            store: Mutex::default(),
            troubles: Mutex::default(),
            log: log::Log::default(),
            tokens: auth::Tokens::default(),
            url: format!("{scheme}://{address}"),
        });
        let (acceptor, authority) = tls.unzip();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .expect("threads can be started");
        runtime.spawn(serve::accept(Arc::clone(&shared), listener, acceptor));
        Self { shared, address, authority, runtime: Some(runtime) }
    }

    /// Gives the address it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Gives `127.0.0.1:port`, the host of image references.
    pub fn host(&self) -> String {
        self.address.to_string()
    }

    /// Gives the base URL without a slash at the end.
    pub fn url(&self) -> &str {
        &self.shared.url
    }

    /// Gives the certificate authority as PEM, with TLS only.
    pub fn authority(&self) -> Option<&str> {
        self.authority.as_deref()
    }

    /// Adds a trouble; the first that meets a request strikes.
    pub fn trouble(&self, trouble: Trouble) {
        self.shared
            .troubles
            .lock()
            .expect("no thread panics while it holds the list")
            .push(trouble);
    }

    /// Ends all troubles.
    pub fn heal(&self) {
        self.shared.troubles.lock().expect("no thread panics while it holds the list").clear();
    }

    /// Gives all requests so far, in order.
    pub fn log(&self) -> Vec<Seen> {
        self.shared.log.all()
    }

    /// Forgets all requests and sets the counters to zero.
    pub fn clear_log(&self) {
        self.shared.log.clear();
    }

    /// Counts the requests of one kind.
    pub fn count(&self, kind: Kind) -> usize {
        self.log().iter().filter(|seen| seen.kind == kind).count()
    }

    /// Gives how many bytes of blobs and files were handed to connections.
    pub fn blob_bytes_sent(&self) -> u64 {
        self.shared.log.sent.load(Ordering::Relaxed)
    }

    /// Gives how many bytes of blobs were received, refused and repeated ones included.
    pub fn blob_bytes_received(&self) -> u64 {
        self.shared.log.received.load(Ordering::Relaxed)
    }

    /// Gives how many blobs and files were on their way out at the same time, at most.
    pub fn peak_transfers(&self) -> u64 {
        self.shared.log.peak()
    }

    /// Stops it; connections are closed.
    pub fn stop(self) {
        drop(self);
    }
}

/// What it holds, put there or read back without a request.
impl Upstream {
    /// Puts an artifact under a repository and tag (or digest); gives the digest of its top manifest.
    pub fn push(&self, artifact: &Artifact, repository: &str, reference: &str) -> Digest {
        let mut store = self.shared.store();
        for (digest, content) in &artifact.blobs {
            store.put_blob(repository, *digest, content.clone());
        }
        for manifest in &artifact.manifests {
            let digest = Digest::of(&manifest.bytes).to_string();
            store.put_manifest(repository, &digest, manifest.clone());
        }
        let top = artifact.top().clone();
        store.put_manifest(repository, reference, top);
        artifact.digest()
    }

    /// Puts one manifest, unchecked.
    pub fn put_manifest(
        &self,
        repository: &str,
        reference: &str,
        media_type: &str,
        bytes: impl Into<Bytes>,
    ) -> Digest {
        let manifest = Manifest { media_type: media_type.to_owned(), bytes: bytes.into() };
        let digest = Digest::of(&manifest.bytes);
        self.shared.store().put_manifest(repository, reference, manifest);
        digest
    }

    /// Puts a blob under a digest, even a wrong one.
    pub fn put_blob(&self, repository: &str, digest: Digest, content: impl Into<Content>) {
        self.shared.store().put_blob(repository, digest, content.into());
    }

    /// Removes a blob everywhere.
    pub fn forget_blob(&self, digest: &Digest) {
        self.shared.store().contents.remove(digest);
    }

    /// Serves a file at a path that begins with a slash; gives its URL.
    pub fn put_file(&self, path: &str, media_type: &str, content: impl Into<Content>) -> String {
        let file = File { media_type: media_type.to_owned(), content: content.into() };
        self.shared.store().files.insert(path.to_owned(), file);
        format!("{}{path}", self.shared.url)
    }

    /// Gives the names of the repositories, sorted.
    pub fn repositories(&self) -> Vec<String> {
        self.shared.store().repositories.keys().cloned().collect()
    }

    /// Gives the tags of a repository with their digests, sorted.
    pub fn tags(&self, repository: &str) -> Vec<(String, Digest)> {
        let store = self.shared.store();
        let found = store.repositories.get(repository);
        found.map_or_else(Vec::new, |found| {
            found.tags.iter().map(|(tag, digest)| (tag.clone(), *digest)).collect()
        })
    }

    /// Gives a manifest by tag or digest.
    pub fn manifest(&self, repository: &str, reference: &str) -> Option<Manifest> {
        self.shared.store().manifest(repository, reference).map(|(_, manifest)| manifest)
    }

    /// Gives the digests of all manifests of a repository, sorted.
    pub fn manifests(&self, repository: &str) -> Vec<Digest> {
        let store = self.shared.store();
        let found = store.repositories.get(repository);
        found.map_or_else(Vec::new, |found| found.manifests.keys().copied().collect())
    }

    /// Gives a blob of a repository.
    pub fn blob(&self, repository: &str, digest: &Digest) -> Option<Content> {
        self.shared.store().blob(repository, digest)
    }
}

impl Drop for Upstream {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
