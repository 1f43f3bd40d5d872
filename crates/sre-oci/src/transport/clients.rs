//! The HTTP client that fits a host, made on first use and kept.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use reqwest::{Client, Proxy};
use url::{Host, Url};

use super::resolver::Resolver;
use super::{HostOptions, TransportError, TransportOptions, tls};

/// Connections kept for the next request, a host; more than the largest pool of requests.
const IDLE_CONNECTIONS: usize = 32;

/// The clients of one transport. Hosts without settings of their own share one.
#[derive(Default)]
pub(super) struct Clients {
    made: Mutex<HashMap<Key, Client>>,
    resolver: Resolver,
}

#[derive(Clone, PartialEq, Eq, Hash)]
enum Key {
    /// Plain HTTP to this machine: no authorities are read, no proxy stands between.
    Loopback,
    /// Any host without settings.
    Any,
    /// A host with settings of its own.
    Own(String),
}

impl Clients {
    pub(super) fn get(
        &self,
        url: &Url,
        options: &TransportOptions,
    ) -> Result<Client, TransportError> {
        let key = key(url, options);
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = made.get(&key) {
            return Ok(client.clone());
        }
        let client = self.make(&key, url, options)?;
        made.insert(key, client.clone());
        Ok(client)
    }

    fn make(
        &self,
        key: &Key,
        url: &Url,
        options: &TransportOptions,
    ) -> Result<Client, TransportError> {
        let host = host_options(url, options);
        let setup = |source: reqwest::Error| TransportError::Setup {
            host: host_and_port(url),
            source: source.into(),
        };
        let no_certificates = matches!(key, Key::Loopback);
        let config = if no_certificates {
            tls::trusting_nobody()?
        } else {
            tls::client_config(host.map_or(&[], |host| &host.ca_files))?
        };
        let mut builder = Client::builder()
            .tls_backend_preconfigured(config)
            .dns_resolver(self.resolver.clone())
            .user_agent(&options.user_agent)
            .connect_timeout(options.timeouts.connect)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .http1_only()
            .pool_max_idle_per_host(IDLE_CONNECTIONS)
            .tcp_nodelay(true);
        if is_loopback(url) {
            builder = builder.no_proxy();
        }
        if let Some(proxy) = host.and_then(|host| host.proxy.clone()) {
            builder = builder.proxy(Proxy::all(proxy).map_err(setup)?);
        }
        builder.build().map_err(setup)
    }
}

/// Gives `host` or `host:port`, as registries are named.
pub(crate) fn host_and_port(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

fn host_options<'a>(url: &Url, options: &'a TransportOptions) -> Option<&'a HostOptions> {
    let name = host_and_port(url);
    // People name the host as images do: Docker Hub by another name, and a usual port all the same.
    let by_image = || match name.as_str() {
        "registry-1.docker.io" => options.hosts.get("docker.io"),
        _ => options.hosts.get(&format!("{name}:{}", url.port_or_known_default()?)),
    };
    options.hosts.get(&name).or_else(by_image)
}

fn key(url: &Url, options: &TransportOptions) -> Key {
    match host_options(url, options) {
        Some(host) if !host.ca_files.is_empty() || host.proxy.is_some() => {
            Key::Own(host_and_port(url))
        }
        _ if is_loopback(url) && url.scheme() == "http" => Key::Loopback,
        _ if is_loopback(url) => Key::Own(host_and_port(url)),
        _ => Key::Any,
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_of_a_host_are_found_by_the_names_that_people_use() {
        let mut options = TransportOptions::default();
        for name in ["docker.io", "a.example", "b.example:443", "c.example:80"] {
            options.hosts.insert(name.into(), HostOptions::default());
        }
        for (url, found) in [
            ("https://registry-1.docker.io/v2/", true),
            ("https://a.example/v2/", true),
            ("https://a.example:5000/v2/", false),
            ("https://b.example:443/v2/", true),
            ("http://c.example:80/v2/", true),
            ("https://c.example/v2/", false),
        ] {
            let url = Url::parse(url).unwrap();
            assert_eq!(host_options(&url, &options).is_some(), found, "{url}");
        }
    }
}
