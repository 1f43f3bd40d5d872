//! A running `sre-install serve`.

use crate::{Journey, Running};
use std::path::Path;

/// `sre-install serve` over plain HTTP on a free port; it stops when dropped.
pub struct Serving {
    running: Running,
    host: String,
}

impl Serving {
    /// Serves the shared bundle.
    pub fn shared() -> Self {
        let journey = Journey::shared();
        Self::start(journey, &journey.bundle())
    }

    /// Serves a bundle with the journey's key.
    pub fn start(journey: &Journey, bundle: &Path) -> Self {
        let serve =
            journey.sre_install("serve", bundle).args(["--listen", "127.0.0.1:0", "--plain-http"]);
        let (running, host) = Running::start(serve, |line| {
            let (_, rest) = line.split_once("http://127.0.0.1:")?;
            let port = rest.split(|letter: char| !letter.is_ascii_digit()).next()?;
            Some(format!("127.0.0.1:{port}"))
        });
        Self { running, host }
    }

    /// Gives `127.0.0.1:port`.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Gives the process id.
    pub fn id(&self) -> u32 {
        self.running.id()
    }
}
