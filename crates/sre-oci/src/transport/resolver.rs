//! Names to addresses, without the C library.
//!
//! A static program that calls `getaddrinfo` loads the modules that the host's `nsswitch.conf`
//! names, with the host's C library under them, and may crash or run what was planted there. So
//! `/etc/hosts` and `/etc/resolv.conf` are read here. Without `resolv.conf` only `/etc/hosts`
//! and `localhost` are known: nobody is asked whom the site did not name.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use hickory_resolver::TokioResolver;
use hickory_resolver::config::LookupIpStrategy;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::sync::OnceCell;

use super::redirect::is_link_local_address;

/// Answers from `/etc/hosts`, then from the name servers of `/etc/resolv.conf`.
#[derive(Clone, Default)]
pub struct Resolver {
    dns: Arc<OnceCell<TokioResolver>>,
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let resolver = self.clone();
        Box::pin(async move {
            let mut addresses = resolver.addresses(name.as_str()).await?;
            addresses.retain(|address| !is_link_local_address(*address));
            if addresses.is_empty() {
                return Err(io::Error::new(io::ErrorKind::NotFound, "no usable address").into());
            }
            let addresses = addresses.into_iter().map(|address| SocketAddr::new(address, 0));
            Ok(Box::new(addresses) as Addrs)
        })
    }
}

impl Resolver {
    /// Gives the addresses of a name; none is left out.
    pub async fn addresses(
        &self,
        name: &str,
    ) -> Result<Vec<IpAddr>, Box<dyn std::error::Error + Send + Sync>> {
        let name = name.trim_end_matches('.');
        let hosts = tokio::fs::read("/etc/hosts").await.unwrap_or_default();
        let listed = in_hosts_file(&String::from_utf8_lossy(&hosts), name);
        if !listed.is_empty() {
            return Ok(listed);
        }
        // RFC 6761, section 6.3: these never leave the machine.
        if name.eq_ignore_ascii_case("localhost") || name.to_lowercase().ends_with(".localhost") {
            return Ok(vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()]);
        }
        let dns = self.dns.get_or_try_init(|| async { name_servers() }).await?;
        Ok(dns.lookup_ip(name).await?.iter().collect())
    }
}

fn name_servers() -> Result<TokioResolver, Box<dyn std::error::Error + Send + Sync>> {
    let mut builder = TokioResolver::builder_tokio()?;
    builder.options_mut().ip_strategy = LookupIpStrategy::Ipv4AndIpv6;
    Ok(builder.build()?)
}

pub(crate) fn in_hosts_file(text: &str, name: &str) -> Vec<IpAddr> {
    let mut found = Vec::new();
    for line in text.lines() {
        let line = line.split('#').next().unwrap_or_default();
        let mut words = line.split_whitespace();
        let Some(address) = words.next().and_then(|word| word.parse::<IpAddr>().ok()) else {
            continue;
        };
        if words.any(|word| word.eq_ignore_ascii_case(name)) && !found.contains(&address) {
            found.push(address);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_hosts_file_as_hosts_5_says() {
        let text = "# 1.1.1.1 registry.site\n10.0.0.1\tregistry.site  R\n::1 localhost\nbad x\n10.0.0.2 registry.site # r\n";
        let addresses: Vec<IpAddr> =
            ["10.0.0.1", "10.0.0.2"].map(|text| text.parse().unwrap()).into();
        assert_eq!(in_hosts_file(text, "Registry.Site"), addresses);
        assert_eq!(in_hosts_file(text, "r").len(), 1);
        assert!(in_hosts_file(text, "other").is_empty());
    }

    #[tokio::test]
    async fn localhost_never_leaves_the_machine() {
        let found = Resolver::default().addresses("some.localhost").await.unwrap();
        assert!(found.iter().all(IpAddr::is_loopback));
    }
}
