//! A running `sre-install serve`.

use crate::{Journey, Running};
use std::path::Path;

/// Finds the address in the line that says where `serve` listens: `127.0.0.1:port`.
pub fn address_in(line: &str) -> Option<String> {
    let (_, rest) = line.split_once("http://127.0.0.1:")?;
    let port = rest.split(|letter: char| !letter.is_ascii_digit()).next()?;
    Some(format!("127.0.0.1:{port}"))
}

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
        Self::with(journey, bundle, &[])
    }

    /// Serves a bundle with more options.
    pub fn with(journey: &Journey, bundle: &Path, options: &[&str]) -> Self {
        let serve = journey.sre_install("serve", bundle);
        let serve = serve.args(["--listen", "127.0.0.1:0", "--plain-http"]).args(options);
        let (running, host) = Running::start(serve, address_in);
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
