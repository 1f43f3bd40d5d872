//! What can be set about HTTP, for all hosts and for each.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use url::Url;

use super::ShownUrl;

/// Is called with every retry.
pub type OnRetry = Arc<dyn Fn(&RetryNotice) + Send + Sync>;

/// Is called with every mirror that is passed over.
pub type OnSkip = Arc<dyn Fn(&SkipNotice) + Send + Sync>;

/// The settings of a [`super::Transport`].
#[derive(Clone)]
pub struct TransportOptions {
    /// How the program names itself to servers.
    pub user_agent: String,
    /// How long to wait for what.
    pub timeouts: Timeouts,
    /// How often and how patiently to try again.
    pub retries: Retries,
    /// The most requests under way to one host.
    pub requests_per_host: usize,
    /// The settings of single hosts, by `host` or `host:port`.
    pub hosts: BTreeMap<String, HostOptions>,
    /// Is told of every retry, for events and displays.
    pub on_retry: Option<OnRetry>,
    /// Is told of mirrors that fail, once for each.
    pub on_skip: Option<OnSkip>,
}

/// The settings of one host.
#[derive(Clone, Debug, Default)]
pub struct HostOptions {
    /// Whether the host speaks TLS.
    pub scheme: Scheme,
    /// PEM files with authorities that are trusted for this host besides the system's.
    pub ca_files: Vec<PathBuf>,
    /// Registries that are asked first for what this one has; a path stands before repository names.
    pub mirrors: Vec<Url>,
    /// The proxy for this host instead of the environment's.
    pub proxy: Option<Url>,
    /// Hosts on other sites that may be sent this registry's credentials for a token.
    pub trusted_realms: Vec<String>,
}

/// Says whether a host speaks TLS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scheme {
    /// HTTP over TLS.
    #[default]
    Https,
    /// HTTP that anyone on the way can read and change; digests still protect what is pulled.
    PlainHttp,
}

/// How long to wait for what; nothing has a total limit.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// For a connection, TLS included.
    pub connect: Duration,
    /// Between two bytes of a body, and for the head of an answer to a request without a body.
    pub idle: Duration,
    /// For the answer to a request that was sent whole: a registry may move a large blob first.
    pub answer: Duration,
}

/// How often and how patiently to try again.
#[derive(Clone, Copy, Debug)]
pub struct Retries {
    /// The most tries, the first one included.
    pub attempts: u32,
    /// The wait before the second try; it doubles from try to try.
    pub first_wait: Duration,
    /// The longest wait of our own choice.
    pub longest_wait: Duration,
    /// The longest `Retry-After` that is honoured; a server that asks for more gets an error.
    pub patience: Duration,
}

/// Tells of one retry.
#[derive(Clone, Debug)]
pub struct RetryNotice {
    /// What is tried again.
    pub url: ShownUrl,
    /// Why the last try did not count.
    pub reason: String,
    /// How long the pause is.
    pub wait: Duration,
    /// Which try failed, from 1.
    pub attempt: u32,
}

/// Tells of a mirror that is passed over.
#[derive(Clone, Debug)]
pub struct SkipNotice {
    /// The mirror.
    pub mirror: ShownUrl,
    /// Why.
    pub reason: String,
}

impl Default for TransportOptions {
    fn default() -> Self {
        Self {
            user_agent: concat!("sre/", env!("CARGO_PKG_VERSION")).to_owned(),
            timeouts: Timeouts::default(),
            retries: Retries::default(),
            requests_per_host: 16,
            hosts: BTreeMap::new(),
            on_retry: None,
            on_skip: None,
        }
    }
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(15),
            idle: Duration::from_mins(1),
            answer: Duration::from_mins(5),
        }
    }
}

impl Default for Retries {
    fn default() -> Self {
        Self {
            attempts: 5,
            first_wait: Duration::from_millis(500),
            longest_wait: Duration::from_secs(30),
            patience: Duration::from_mins(5),
        }
    }
}
