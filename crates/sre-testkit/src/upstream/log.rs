//! What an upstream was asked, and how much it sent.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use http::{HeaderMap, Method, StatusCode};

use super::path::Target;

/// One request and the status that answered it.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The method.
    pub method: Method,
    /// The path and query.
    pub path: String,
    /// The headers of the request.
    pub headers: HeaderMap,
    /// What the request was for.
    pub kind: Kind,
    /// The status that was answered; nothing when the connection was closed instead.
    pub status: Option<StatusCode>,
}

/// What a request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The version check, the catalog, tag lists, referrers.
    Listing,
    /// A manifest is read, or looked for.
    ManifestRead,
    /// A manifest is pushed or deleted.
    ManifestWrite,
    /// A blob is read.
    BlobGet,
    /// A blob is looked for.
    BlobHead,
    /// Any step of an upload, mounts included.
    Upload,
    /// A token.
    Token,
    /// A file outside of `/v2/`.
    File,
}

impl Kind {
    pub(super) fn of(method: &Method, target: &Target) -> Self {
        match target {
            Target::Base | Target::Catalog | Target::Tags { .. } | Target::Referrers { .. } => {
                Self::Listing
            }
            Target::Manifest { .. } if method == Method::GET || method == Method::HEAD => {
                Self::ManifestRead
            }
            Target::Manifest { .. } => Self::ManifestWrite,
            Target::Blob { .. } if method == Method::HEAD => Self::BlobHead,
            Target::Blob { .. } => Self::BlobGet,
            Target::Uploads { .. } | Target::Upload { .. } => Self::Upload,
            Target::Token => Self::Token,
            Target::File { .. } => Self::File,
        }
    }
}

/// The log and the counters.
#[derive(Default)]
pub(super) struct Log {
    seen: Mutex<Vec<Seen>>,
    pub(super) sent: Arc<AtomicU64>,
    pub(super) received: Arc<AtomicU64>,
    running: Arc<AtomicU64>,
    peak: Arc<AtomicU64>,
}

impl Log {
    pub(super) fn begin(&self, seen: Seen) -> usize {
        let mut all = self.seen.lock().expect("no thread panics while it writes the log");
        all.push(seen);
        all.len() - 1
    }

    pub(super) fn end(&self, index: usize, status: StatusCode) {
        let mut all = self.seen.lock().expect("no thread panics while it writes the log");
        if let Some(seen) = all.get_mut(index) {
            seen.status = Some(status);
        }
    }

    pub(super) fn all(&self) -> Vec<Seen> {
        self.seen.lock().expect("no thread panics while it writes the log").clone()
    }

    /// Forgets all requests and sets the counters to zero.
    pub(super) fn clear(&self) {
        self.seen.lock().expect("no thread panics while it writes the log").clear();
        for counter in [&self.sent, &self.received, &self.peak] {
            counter.store(0, Ordering::Relaxed);
        }
    }

    pub(super) fn peak(&self) -> u64 {
        self.peak.load(Ordering::Relaxed)
    }

    /// Counts a transfer as running until the value is dropped.
    pub(super) fn transfer(&self) -> Transfer {
        let running = self.running.fetch_add(1, Ordering::Relaxed) + 1;
        self.peak.fetch_max(running, Ordering::Relaxed);
        Transfer { running: Arc::clone(&self.running) }
    }
}

/// A blob on its way.
pub(super) struct Transfer {
    running: Arc<AtomicU64>,
}

impl Drop for Transfer {
    fn drop(&mut self) {
        self.running.fetch_sub(1, Ordering::Relaxed);
    }
}
