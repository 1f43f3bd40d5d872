//! Interrupts: what happens on Ctrl-C and on `kill`.
//!
//! By default a signal ends the run as interrupted, whatever it is doing: every phase is written
//! so that it can be killed at any point. A verb that wants to end by itself, such as a server,
//! takes the first signal over; a second one always ends the run.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

/// Tells whether a person or the system wants the run to end.
#[derive(Clone)]
pub struct Signals {
    count: watch::Receiver<u32>,
    taken_over: Arc<AtomicBool>,
}

impl Signals {
    /// Begins to listen for SIGINT and SIGTERM; needs a running tokio runtime.
    pub(crate) fn listen() -> io::Result<Self> {
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut terminate = signal(SignalKind::terminate())?;
        let (sender, count) = watch::channel(0);
        tokio::spawn(async move {
            loop {
                tokio::select! {
                    _ = interrupt.recv() => {}
                    _ = terminate.recv() => {}
                }
                sender.send_modify(|count| *count += 1);
            }
        });
        Ok(Self { count, taken_over: Arc::default() })
    }

    /// Makes signals that never come, for tests.
    #[must_use]
    pub fn never() -> Self {
        let (_, count) = watch::channel(0);
        Self { count, taken_over: Arc::default() }
    }

    /// Takes the first signal over: the verb ends by itself after [`Signals::wait`].
    #[must_use]
    pub fn take_over(&self) -> Self {
        self.taken_over.store(true, Ordering::SeqCst);
        self.clone()
    }

    /// Waits for the first signal.
    pub async fn wait(&self) {
        self.wait_for(1).await;
    }

    /// Says whether a signal has come, for code that is not async.
    #[must_use]
    pub fn came(&self) -> bool {
        *self.count.borrow() > 0
    }

    /// Waits for the signal that ends the run.
    pub(crate) async fn wait_for_end(&self) {
        self.wait_for(1).await;
        if self.taken_over.load(Ordering::SeqCst) {
            self.wait_for(2).await;
        }
    }

    async fn wait_for(&self, signals: u32) {
        let mut count = self.count.clone();
        if count.wait_for(|count| *count >= signals).await.is_err() {
            // Nobody sends any more: no signal will ever come.
            std::future::pending::<()>().await;
        }
    }
}
