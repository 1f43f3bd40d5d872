//! `serve`: answers registry clients straight from the bundle.

use std::fmt;
use std::net::SocketAddr;
use std::num::{NonZeroU64, NonZeroUsize};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use sre_format::card::Origin;
use sre_oci::names::Prefix;
use sre_steps::display::{Answer, Bytes};
use sre_steps::{Context, Failure, with_causes};

use crate::opening::{Inputs, OpenedBundle, OpeningError};
use crate::serve::{
    Authority, Certificates, Limits, Passwords, REOPEN_PAUSE, Server, Settings, Source, own_names,
};

/// Serve a bundle in place, to nodes and people
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Listen here; port 0 takes any free one
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8443", value_parser = address)]
    listen: SocketAddr,
    /// Give images out under this path, too
    #[arg(long, value_name = "PATH")]
    prefix: Option<Prefix>,
    /// Speak HTTP without TLS
    #[arg(long, conflicts_with_all = ["tls_cert", "tls_key", "names"])]
    plain_http: bool,
    /// Use this certificate chain (PEM) instead of one made on the spot
    #[arg(long, value_name = "FILE", requires = "tls_key", conflicts_with = "names")]
    tls_cert: Option<PathBuf>,
    /// Use this key (PEM, no passphrase) for the certificate
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// Put this host name or address into the certificate made on the spot, too
    #[arg(long = "name", value_name = "NAME")]
    names: Vec<String>,
    /// Ask for a user and password from this file, as `htpasswd -B` writes it
    #[arg(long, value_name = "FILE")]
    htpasswd: Option<PathBuf>,
    /// Take at most this many connections at a time; others wait
    #[arg(long, value_name = "N", default_value = "256")]
    max_connections: NonZeroUsize,
    /// Close connections whose client stands still for so many seconds
    #[arg(long, value_name = "SECONDS", default_value = "60")]
    idle_timeout: NonZeroU64,
}

/// The answer of `serve`, given when it begins to answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Serving {
    url: String,
    subject: String,
    images: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    authority: Option<ServedAuthority>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ServedAuthority {
    path: PathBuf,
    fingerprint: String,
}

pub(crate) async fn run(args: Args, inputs: &Inputs, context: &Context) -> Result<(), Failure> {
    let opened = inputs.open(context).await?;
    let settings = settings(&args, &opened, inputs)?;
    let authority = settings.tls.as_deref().and_then(Certificates::authority).map(served);
    if args.htpasswd.is_some() && args.plain_http && !args.listen.ip().is_loopback() {
        context.reporter().warn("passwords travel in clear text without TLS");
    }
    let again = inputs.clone();
    let reopen = Box::new(move || again.open_again().map_err(|error| error.to_string()));
    let (bundle, reporter) = (opened.bundle().clone(), context.reporter().clone());
    let source = Source::new(bundle, reopen, REOPEN_PAUSE, reporter);
    let server = Server::bind(source, args.listen, settings).await?;
    remember(&opened, inputs, context);
    // From here on a signal means: stop taking requests, let transfers end.
    let signals = context.signals().take_over();
    let (url, images, metrics) = (server.url().to_owned(), server.images(), server.metrics());
    let serving = Serving { url: url.clone(), subject: opened.subject(), images, authority };
    context.answer(&serving)?;
    context.reporter().note(format!("ready: {url}"));
    server.run(signals.wait()).await;
    let (answers, sent) = (metrics.answered(), Bytes(metrics.bytes_sent()));
    context.reporter().note(format!("stopped after {answers} answers and {sent}"));
    Ok(())
}

/// Remembers the serial: what is given out to nodes is applied.
///
/// The server runs as any user and from read-only systems, so it serves without that, too.
fn remember(opened: &OpenedBundle, inputs: &Inputs, context: &Context) {
    let state = inputs.state().map_err(OpeningError::from);
    if let Err(error) = state.and_then(|state| opened.applied(&state)) {
        let why = with_causes(&error);
        context.reporter().warn(format!("older bundles will not be refused after this one: {why}"));
    }
}

fn address(text: &str) -> Result<SocketAddr, &'static str> {
    text.parse().map_err(|_| "expected an IP address and a port, such as 0.0.0.0:8443")
}

fn settings(args: &Args, opened: &OpenedBundle, inputs: &Inputs) -> Result<Settings, Failure> {
    let passwords = args.htpasswd.as_deref().map(Passwords::read).transpose()?.map(Arc::new);
    let limits = Limits {
        connections: args.max_connections.get(),
        idle: Duration::from_secs(args.idle_timeout.get()),
        ..Limits::default()
    };
    let tls = certificates(args, inputs)?.map(Arc::new);
    let vouchers = vouchers(opened.origin());
    Ok(Settings {
        prefix: args.prefix.clone().unwrap_or_default(),
        tls,
        passwords,
        limits,
        vouchers,
    })
}

fn certificates(args: &Args, inputs: &Inputs) -> Result<Option<Certificates>, Failure> {
    if args.plain_http {
        return Ok(None);
    }
    if let (Some(chain), Some(key)) = (&args.tls_cert, &args.tls_key) {
        return Ok(Some(Certificates::given(chain, key)?));
    }
    let state = inputs.state()?;
    let names = [own_names(), args.names.clone()].concat();
    Ok(Some(Certificates::made(&state.path().join("serve"), names)?))
}

fn served(authority: &Authority) -> ServedAuthority {
    let Authority { path, fingerprint, .. } = authority;
    ServedAuthority { path: path.clone(), fingerprint: fingerprint.to_string() }
}

fn vouchers(origin: &Origin) -> Vec<String> {
    match origin {
        Origin::Signed { signers } => {
            let keys = signers.keys.iter();
            keys.map(|key| match &key.name {
                Some(name) => format!("{} ({name})", key.fingerprint),
                None => key.fingerprint.to_string(),
            })
            .collect()
        }
        _ => vec!["nobody: anyone could have made it".to_owned()],
    }
}

impl Answer for Serving {
    const KIND: &'static str = "serve";
}

impl fmt::Display for Serving {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "serving      {}", self.subject)?;
        writeln!(formatter, "images       {}", self.images)?;
        writeln!(formatter, "address      {}", self.url)?;
        if let Some(ServedAuthority { path, fingerprint }) = &self.authority {
            writeln!(formatter, "CA           {}", path.display())?;
            writeln!(formatter, "fingerprint  SHA-256 {fingerprint}")?;
        }
        Ok(())
    }
}
