//! The bundle behind the server, and what happens when it can no longer be read.

use std::fmt;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use sre_format::Digest;
use sre_format::bundle::{Entry, VerifiedBundle};
use sre_oci::server::{ReadChunk, Thing};
use sre_steps::{Reporter, with_causes};

/// The least time between two attempts to open a lost bundle again, outside of tests.
pub const REOPEN_PAUSE: Duration = Duration::from_secs(1);

/// Opens the bundle at its path again and checks its signatures; the text says why it failed.
pub type Reopen = Box<dyn Fn() -> Result<VerifiedBundle, String> + Send + Sync>;

/// A bundle whose every read is checked, and that is given up at the first read that fails.
///
/// After that nothing is read until [`Source::reopen`] has found a bundle with the very same
/// table, and the piece that could not be read can be read.
pub struct Source {
    bundle: RwLock<VerifiedBundle>,
    table: Digest,
    reopen: Reopen,
    pause: Duration,
    is_open: AtomicBool,
    loss: Mutex<Option<Loss>>,
    failed_reads: AtomicU64,
    reporter: Reporter,
}

/// The first read that failed, and when the bundle was last looked for.
struct Loss {
    path: String,
    piece: u64,
    tried: Instant,
}

impl Source {
    /// Takes a bundle that has just been verified; `pause` is the least time between two attempts to
    /// open it again.
    #[must_use]
    pub fn new(
        bundle: VerifiedBundle,
        reopen: Reopen,
        pause: Duration,
        reporter: Reporter,
    ) -> Arc<Self> {
        Arc::new(Self {
            table: Digest::of(bundle.table_bytes()),
            bundle: RwLock::new(bundle),
            reopen,
            pause,
            is_open: AtomicBool::new(true),
            loss: Mutex::default(),
            failed_reads: AtomicU64::new(0),
            reporter,
        })
    }

    /// Gives the bundle; its tables stay readable when its payload is lost.
    #[must_use]
    pub fn bundle(&self) -> VerifiedBundle {
        self.bundle.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Says whether no read has failed since the bundle was opened.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.is_open.load(Ordering::Acquire)
    }

    /// Gives how many reads have failed.
    #[must_use]
    pub fn failed_reads(&self) -> u64 {
        self.failed_reads.load(Ordering::Relaxed)
    }

    /// Reads one checked MiB of an entry; a failure closes the source.
    pub fn read(&self, path: &str, piece: u64, buffer: &mut Vec<u8>) -> io::Result<()> {
        if !self.is_open() {
            return Err(io::Error::other("the bundle is not open"));
        }
        let bundle = self.bundle();
        let entry = bundle.entry(path).ok_or(io::ErrorKind::NotFound)?;
        bundle.read_chunk(entry, piece, buffer).map_err(|error| {
            self.lose(path, piece, &error);
            io::Error::other(error)
        })
    }

    /// Reads a small entry as a whole; a failure closes the source.
    pub fn read_whole(&self, entry: &Entry) -> io::Result<Vec<u8>> {
        self.bundle().read_whole(entry).map_err(|error| {
            self.lose(entry.path.as_str(), 0, &error);
            io::Error::other(error)
        })
    }

    /// Makes something that can be sent out of an entry.
    #[must_use]
    pub fn thing(self: &Arc<Self>, entry: &Entry, media_type: &str) -> Thing {
        let (source, path) = (Arc::clone(self), entry.path.as_str().to_owned());
        let read: ReadChunk = Arc::new(move |piece, buffer| source.read(&path, piece, buffer));
        let media_type = media_type.to_owned();
        Thing { size: entry.size, media_type, digest: entry.digest, read }
    }

    fn lose(&self, path: &str, piece: u64, error: &(dyn std::error::Error + 'static)) {
        self.failed_reads.fetch_add(1, Ordering::Relaxed);
        let mut loss = self.loss.lock().unwrap_or_else(PoisonError::into_inner);
        if loss.is_some() {
            return;
        }
        *loss = Some(Loss { path: path.to_owned(), piece, tried: Instant::now() });
        self.is_open.store(false, Ordering::Release);
        let message = format!("{}; every request is answered with 503", with_causes(error));
        self.reporter.warn(message);
    }

    /// Looks for the same bundle again, unless it was looked for just now.
    pub fn reopen(&self) {
        let mut loss = self.loss.lock().unwrap_or_else(PoisonError::into_inner);
        let due = |first: &&mut Loss| first.tried.elapsed() >= self.pause;
        let Some(first) = loss.as_mut().filter(due) else { return };
        first.tried = Instant::now();
        // Why it failed was said when it was lost; saying it every second would fill the log.
        let Ok(bundle) = (self.reopen)() else { return };
        if self.is_same(&bundle) && is_whole(&bundle, first) {
            *self.bundle.write().unwrap_or_else(PoisonError::into_inner) = bundle;
            *loss = None;
            self.is_open.store(true, Ordering::Release);
            self.reporter.note("the bundle is back; requests are answered again");
        }
    }

    fn is_same(&self, bundle: &VerifiedBundle) -> bool {
        Digest::of(bundle.table_bytes()) == self.table
    }
}

/// Says whether what could not be read before can be read now.
fn is_whole(bundle: &VerifiedBundle, first: &Loss) -> bool {
    let mut buffer = Vec::new();
    let entry = bundle.entry(&first.path);
    entry.is_some_and(|entry| bundle.read_chunk(entry, first.piece, &mut buffer).is_ok())
}

impl fmt::Debug for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Source").field("table", &self.table).finish_non_exhaustive()
    }
}
