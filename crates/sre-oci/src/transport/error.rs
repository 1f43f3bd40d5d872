//! What can go wrong between us and a server.

use std::error::Error as _;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use http::{Method, StatusCode};
use sre_format::{Explain, Fault};

use super::ShownUrl;
use super::response::NO_SPACE;
use crate::credentials::AuthorizationError;

/// Says why an exchange with a server failed.
#[derive(Debug, thiserror::Error)]
pub enum TransportError {
    /// A text that is no URL that can be fetched.
    #[error("`{url}` cannot be fetched: {reason}")]
    Url {
        /// The text, shortened.
        url: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A CA file that cannot be read.
    #[error("cannot read the CA file {}", path.display())]
    CaFile {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A CA file without a certificate.
    #[error("the CA file {} holds no usable certificate", path.display())]
    CaFileEmpty {
        /// The file.
        path: PathBuf,
    },
    /// The client could not be made.
    #[error("cannot set up HTTP for {host}")]
    Setup {
        /// The host.
        host: String,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// No connection.
    #[error("cannot connect to {url}")]
    Connect {
        /// Where to.
        url: ShownUrl,
        /// Why.
        source: reqwest::Error,
    },
    /// A connection that broke before the answer.
    #[error("the exchange with {url} broke off")]
    Broken {
        /// With whom.
        url: ShownUrl,
        /// Why.
        source: reqwest::Error,
    },
    /// Silence.
    #[error("{url} was silent for {} s {during}", idle.as_secs_f32())]
    Stalled {
        /// Who.
        url: ShownUrl,
        /// For how long.
        idle: Duration,
        /// When.
        during: &'static str,
    },
    /// An answer that is not the one that was asked for.
    #[error("{method} {url} answered {status}{detail}")]
    Status {
        /// The method of the request.
        method: Method,
        /// The URL, after redirects.
        url: ShownUrl,
        /// The status.
        status: StatusCode,
        /// What the server says about it, cleaned and shortened, with `: ` in front, or nothing.
        detail: String,
        /// The error codes of the registry protocol.
        codes: Vec<String>,
    },
    /// More redirects than any honest server needs.
    #[error("{url} redirects more than {limit} times")]
    TooManyRedirects {
        /// Where the chain began.
        url: ShownUrl,
        /// The most that are followed.
        limit: usize,
    },
    /// A chain of redirects that comes back to itself.
    #[error("{url} redirects in a circle, back to {target}")]
    RedirectLoop {
        /// Where the chain began.
        url: ShownUrl,
        /// Where it was before.
        target: ShownUrl,
    },
    /// A redirect that is not followed.
    #[error("{url} redirects to {target}, which is refused: {reason}")]
    RedirectRefused {
        /// Who redirects.
        url: ShownUrl,
        /// Where to.
        target: String,
        /// Why not.
        reason: &'static str,
    },
    /// A body longer than allowed.
    #[error("{url} delivers more than the {limit} bytes that were expected")]
    TooLong {
        /// Who.
        url: ShownUrl,
        /// The most bytes allowed.
        limit: u64,
    },
    /// A body that ended early.
    #[error("{url} broke off after {received} bytes")]
    Truncated {
        /// Who.
        url: ShownUrl,
        /// The bytes that came.
        received: u64,
        /// Why, where the connection says so.
        source: Option<reqwest::Error>,
    },
    /// A size that is not the expected one.
    #[error("{url} announces {found} bytes where {expected} are expected")]
    WrongSize {
        /// Who.
        url: ShownUrl,
        /// The expected size.
        expected: u64,
        /// The announced size.
        found: u64,
    },
    /// An answer to a range request that is not that range.
    #[error("{url} answered the range from {offset} with `{found}`")]
    WrongRange {
        /// Who.
        url: ShownUrl,
        /// The first byte that was asked for.
        offset: u64,
        /// The `Content-Range` of the answer.
        found: String,
    },
    /// A `Retry-After` beyond all patience.
    #[error("{url} limits its rate and asks to come back in {} s", wait.as_secs())]
    RateLimited {
        /// Who.
        url: ShownUrl,
        /// The wait that it asks for.
        wait: Duration,
    },
    /// The server wants to know who we are, and is not content.
    #[error(transparent)]
    Authorization(#[from] AuthorizationError),
    /// Reading what is to be sent failed.
    #[error("cannot read what is to be sent to {url}")]
    Source {
        /// Where to.
        url: ShownUrl,
        /// Why.
        source: io::Error,
    },
}

impl TransportError {
    /// Says whether another try may help.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Connect { source, .. } => certificate_problem(source).is_none(),
            Self::Broken { .. } | Self::Stalled { .. } | Self::Truncated { .. } => true,
            Self::Status { status, .. } => super::retry::is_transient(*status),
            _ => false,
        }
    }

    /// Says what happened without naming the URL, for lines that have named it already.
    #[must_use]
    pub fn what_happened(&self) -> String {
        match self {
            Self::Connect { source, .. } => format!("no connection: {}", root_cause(source)),
            Self::Broken { source, .. } => format!("it broke off: {}", root_cause(source)),
            Self::Truncated { received, .. } => format!("it broke off after {received} bytes"),
            Self::Stalled { idle, during, .. } => {
                format!("it was silent for {} s {during}", idle.as_secs_f32())
            }
            Self::Status { status, .. } => format!("it answered {status}"),
            other => other.to_string(),
        }
    }

    /// Gives the status of the answer, where there was one.
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        match self {
            Self::Status { status, .. } => Some(*status),
            _ => None,
        }
    }
}

impl Explain for TransportError {
    fn fault(&self) -> Fault {
        match self {
            Self::Url { .. } | Self::CaFile { .. } | Self::CaFileEmpty { .. } => Fault::Input,
            Self::Setup { .. } => Fault::Site,
            Self::Authorization(error) => error.fault(),
            Self::Source { source, .. } => Fault::of_io(source),
            Self::Status { status, detail, .. } if is_full(*status, detail) => Fault::Space,
            _ => Fault::Upstream,
        }
    }

    fn hint(&self) -> Option<String> {
        let text = match self {
            Self::Connect { source, .. } => return Some(connect_hint(source)),
            Self::Status { status, detail, .. } if is_full(*status, detail) => {
                "make room on the server's disk, then run the same command again"
            }
            Self::Status { method, status, .. } => status_hint(method, *status),
            Self::Authorization(error) => return error.hint(),
            Self::Url { .. } => "write it as `https://host/path`",
            Self::CaFile { .. } => "check the path and that this user may read the file",
            Self::CaFileEmpty { .. } => {
                "it must hold certificates in PEM (`-----BEGIN CERTIFICATE-----`)"
            }
            Self::Setup { .. } => "check HTTP_PROXY, HTTPS_PROXY and the CA files",
            Self::RateLimited { .. } => {
                "log in (`docker login`) for a higher limit, or name a mirror"
            }
            Self::Stalled { .. } | Self::Truncated { .. } | Self::Broken { .. } => {
                "run the same command again; it goes on where it stopped"
            }
            Self::TooManyRedirects { .. }
            | Self::RedirectLoop { .. }
            | Self::RedirectRefused { .. } => {
                "name the place that it leads to in the end, or ask whoever runs the server"
            }
            Self::TooLong { .. } | Self::WrongSize { .. } => {
                "upstream delivers something else than it promised: find out why, or name another place"
            }
            Self::WrongRange { .. } => {
                "a proxy or cache on the way spoils ranges: go around it, or name another mirror"
            }
            Self::Source { .. } => {
                "put the medium back or copy the file to a disk, then run the same command again"
            }
        };
        Some(text.to_owned())
    }
}

fn root_cause(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}

/// Says whether a server has no room, which most registries tell in words alone.
fn is_full(status: StatusCode, detail: &str) -> bool {
    let says_so = status.is_server_error() && detail.contains(NO_SPACE);
    says_so || status == StatusCode::INSUFFICIENT_STORAGE
}

fn status_hint(method: &Method, status: StatusCode) -> &'static str {
    match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            "log in with an account that may do this (`docker login HOST` or `skopeo login HOST`)"
        }
        StatusCode::NOT_FOUND | StatusCode::GONE => match *method {
            Method::GET | Method::HEAD => {
                "it is no longer there, or only for whoever is logged in: look where it went"
            }
            _ => "the repository or its project is not there: make it first",
        },
        StatusCode::TOO_MANY_REQUESTS => {
            "log in (`docker login`) for a higher limit, or name a mirror"
        }
        StatusCode::PAYLOAD_TOO_LARGE => {
            "a quota or a proxy's limit on request bodies is in the way (nginx: `client_max_body_size 0`)"
        }
        status if status.is_server_error() => "the server has a problem of its own; see its log",
        _ => "the server takes no such request, or a proxy answered for it; see the server's log",
    }
}

fn connect_hint(error: &reqwest::Error) -> String {
    match certificate_problem(error) {
        Some(rustls::Error::InvalidCertificate(_)) => {
            "if the certificate is right, name its authority: `--ca-file`, or `ca-file` in the manifest".to_owned()
        }
        Some(rustls::Error::InvalidMessage(_)) => {
            "the server does not speak TLS; if that is meant, write http://, or `plain-http = true` in the manifest"
                .to_owned()
        }
        _ => "check the name, the port, the proxy and the firewall".to_owned(),
    }
}

fn certificate_problem(error: &reqwest::Error) -> Option<&rustls::Error> {
    let mut next = error.source();
    while let Some(current) = next {
        if let Some(found) = current.downcast_ref() {
            return Some(found);
        }
        // `io::Error::source` skips the error that it wraps, so that one is asked for by itself.
        let wrapped = current.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        next = match wrapped {
            Some(inner) => Some(inner),
            None => current.source(),
        };
    }
    None
}
