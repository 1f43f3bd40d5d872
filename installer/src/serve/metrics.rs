//! What the server counts, as Prometheus reads it.

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use http::StatusCode;
use sre_format::bundle::Identity;

use super::Source;

/// Counters of the whole server.
#[derive(Debug, Default)]
pub struct Metrics {
    /// Answers by the first digit of their status, 1xx to 5xx.
    answers: [AtomicU64; 5],
    /// Bytes written to sockets, TLS included.
    pub(super) sent: AtomicU64,
    /// Connections that are open.
    pub(super) connections: AtomicU64,
    /// Connections that were ever accepted.
    pub(super) accepted: AtomicU64,
    /// Connections that were closed because their client stood still.
    pub(super) stalled: AtomicU64,
}

impl Metrics {
    /// Counts an answer.
    pub(super) fn count(&self, status: StatusCode) {
        let class = usize::from(status.as_u16() / 100).saturating_sub(1);
        if let Some(counter) = self.answers.get(class) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Gives how many requests were answered.
    #[must_use]
    pub fn answered(&self) -> u64 {
        self.answers.iter().map(|counter| counter.load(Ordering::Relaxed)).sum()
    }

    /// Gives how many bytes were written to sockets.
    #[must_use]
    pub fn bytes_sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    /// Gives how many connections are open.
    #[must_use]
    pub fn open_connections(&self) -> u64 {
        self.connections.load(Ordering::Relaxed)
    }

    /// Renders everything in the text format (prometheus.io, "Exposition formats").
    #[must_use]
    pub(super) fn render(&self, source: &Arc<Source>) -> String {
        let load = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let bundle = source.bundle();
        let Identity { name, version, channel, serial, .. } = &bundle.table().identity;
        let content = bundle.content_digest();
        let mut page = Page::default();
        page.head("sre_bundle_info", "gauge", "What is served.");
        let (name, version, channel) =
            (label(name.as_str()), label(version.as_str()), label(channel.as_str()));
        page.row(
            &format!(
                "sre_bundle_info{{name=\"{name}\",version=\"{version}\",channel=\"{channel}\",serial=\"{serial}\",content=\"{content}\"}}"
            ),
            1,
        );
        page.single(
            "sre_bundle_readable",
            "gauge",
            "1 while the bundle can be read; 0 while every request is answered with 503.",
            u64::from(source.is_open()),
        );
        page.single(
            "sre_bundle_failed_reads_total",
            "counter",
            "Reads that failed or found other bytes than were signed.",
            source.failed_reads(),
        );
        page.head("sre_http_answers_total", "counter", "Answers by class of status.");
        for (class, counter) in (1..).zip(&self.answers) {
            page.row(&format!("sre_http_answers_total{{class=\"{class}xx\"}}"), load(counter));
        }
        for (name, kind, help, counter) in [
            ("sre_sent_bytes_total", "counter", "Bytes written to sockets.", &self.sent),
            ("sre_connections", "gauge", "Connections that are open.", &self.connections),
            ("sre_connections_total", "counter", "Connections accepted.", &self.accepted),
            (
                "sre_connections_stalled_total",
                "counter",
                "Connections closed because their client stood still.",
                &self.stalled,
            ),
        ] {
            page.single(name, kind, help, load(counter));
        }
        page.0
    }
}

#[derive(Default)]
struct Page(String);

impl Page {
    fn head(&mut self, name: &str, kind: &str, help: &str) {
        let _infallible = write!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}\n");
    }

    fn row(&mut self, name: &str, value: u64) {
        let _infallible = writeln!(self.0, "{name} {value}");
    }

    fn single(&mut self, name: &str, kind: &str, help: &str, value: u64) {
        self.head(name, kind, help);
        self.row(name, value);
    }
}

fn label(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}
