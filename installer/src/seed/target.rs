//! The registry that is filled: its address, its prefix, and who we are to it.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use sre_oci::names::Prefix;
use sre_oci::{
    Credential, CredentialStore, HostOptions, RegistryClient, Scheme, Transport, TransportOptions,
};
use sre_steps::PhaseReporter;
use url::Url;

use super::SeedError;

/// The most bytes of a password file that are read; only its first line counts.
const MAX_PASSWORD_FILE: u64 = 64 * 1024;

/// The options that name a target.
#[derive(Clone, Debug, clap::Args)]
pub struct TargetOptions {
    /// Fill this registry: `https://registry[:port][/prefix]`, or `http://` without TLS
    #[arg(long, value_name = "URL", help_heading = "Target")]
    pub to: String,
    /// Trust the certificate authorities of this PEM file besides the system's
    #[arg(long = "ca-file", value_name = "FILE", help_heading = "Target")]
    pub ca_files: Vec<PathBuf>,
    /// Log in as this user instead of the one in the docker and podman files
    #[arg(long, value_name = "NAME", requires = "password_file", help_heading = "Target")]
    pub username: Option<String>,
    /// Read the password from the first line of this file
    #[arg(long, value_name = "FILE", requires = "username", help_heading = "Target")]
    pub password_file: Option<PathBuf>,
}

/// A registry and the path in it below which everything lands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    host: String,
    scheme: Scheme,
    prefix: Prefix,
}

impl Target {
    /// Reads a target as the command line has it; without a scheme it means HTTPS.
    pub fn parse(text: &str) -> Result<Self, SeedError> {
        let shown = || text.rsplit_once('@').map_or(text, |(_, rest)| rest).to_owned();
        let wrong = |reason| SeedError::Target { text: shown(), reason };
        let whole = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
        let url = Url::parse(&whole).map_err(|_| wrong("it is no URL"))?;
        let scheme = match url.scheme() {
            "https" => Scheme::Https,
            "http" => Scheme::PlainHttp,
            _ => return Err(wrong("it is neither http nor https")),
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err(wrong("it carries credentials; log in or use `--password-file`"));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(wrong("it has a query or fragment"));
        }
        let host = url.host_str().ok_or_else(|| wrong("it has no host"))?;
        let host = url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        Ok(Self { host, scheme, prefix: url.path().parse()? })
    }

    /// Gives the host of the registry, with its port.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Gives the path below which everything lands.
    #[must_use]
    pub fn prefix(&self) -> &Prefix {
        &self.prefix
    }

    /// Gives `host[/prefix]`, as messages name the target.
    #[must_use]
    pub fn name(&self) -> String {
        if self.prefix.is_empty() {
            self.host.clone()
        } else {
            format!("{}/{}", self.host, self.prefix)
        }
    }
}

impl TargetOptions {
    /// Gives the target that the options name.
    pub fn target(&self) -> Result<Target, SeedError> {
        Target::parse(&self.to)
    }

    /// Makes the client of the target; retries are reported to the phase.
    pub fn client(
        &self,
        target: &Target,
        phase: &PhaseReporter,
    ) -> Result<RegistryClient, SeedError> {
        let phase = phase.clone();
        let mut options = TransportOptions {
            user_agent: concat!("sre-install/", env!("CARGO_PKG_VERSION")).to_owned(),
            on_retry: Some(std::sync::Arc::new(move |notice| {
                phase.retry(&notice.url.to_string(), notice.attempt, notice.wait, &notice.reason);
            })),
            ..TransportOptions::default()
        };
        let host = HostOptions {
            scheme: target.scheme,
            ca_files: self.ca_files.clone(),
            ..HostOptions::default()
        };
        options.hosts.insert(target.host.clone(), host);
        let credentials = self.credentials(&target.host)?;
        Ok(RegistryClient::new(&Transport::new(options), &target.host, &credentials)?)
    }

    fn credentials(&self, host: &str) -> Result<CredentialStore, SeedError> {
        let store = CredentialStore::from_environment();
        let (Some(user), Some(path)) = (&self.username, &self.password_file) else {
            return Ok(store);
        };
        let password = first_line(path)
            .map_err(|source| SeedError::Password { path: path.clone(), source })?;
        Ok(store.with(host, Credential::basic(user, &password)))
    }
}

fn first_line(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    File::open(path)?.take(MAX_PASSWORD_FILE).read_to_string(&mut text)?;
    Ok(text.lines().next().unwrap_or_default().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_targets_with_and_without_scheme_and_prefix() {
        for (text, name, scheme) in [
            ("https://r.example", "r.example", Scheme::Https),
            ("https://r.example:8443/a/b/", "r.example:8443/a/b", Scheme::Https),
            ("http://127.0.0.1:5001", "127.0.0.1:5001", Scheme::PlainHttp),
            ("r.example/mirror", "r.example/mirror", Scheme::Https),
        ] {
            let target = Target::parse(text).unwrap();
            assert_eq!((target.name().as_str(), target.scheme), (name, scheme));
        }
    }

    #[test]
    fn refuses_targets_that_are_none_and_shows_no_password() {
        for text in [
            "",
            "ftp://x",
            "https://me:hunter2@r.example",
            "https://r.example/?a=b",
            "https://r/Aa",
        ] {
            let error = Target::parse(text).unwrap_err();
            assert!(!format!("{error:?}{error}").contains("hunter2"), "{error}");
        }
    }
}
