//! Which redirects are followed.
//!
//! At most five; to HTTPS only, unless the first URL was plain HTTP itself; never to a
//! link-local address, where clouds keep their secrets. Registries redirect blobs to storage
//! services, whose signed URLs must not see the registry's credentials: see [`may_see_secrets`].

use std::net::{IpAddr, Ipv6Addr};

use http::HeaderMap;
use http::header::LOCATION;
use url::{Host, Url};

use super::{ShownUrl, TransportError};

/// The most redirects of one request.
pub(super) const MAX_REDIRECTS: usize = 5;

/// The chain of one request: every URL it was at.
pub(crate) struct Chain {
    visited: Vec<Url>,
}

impl Chain {
    pub(crate) fn new(first: Url) -> Self {
        Self { visited: vec![first] }
    }

    pub(super) fn first(&self) -> &Url {
        &self.visited[0]
    }

    pub(crate) fn current(&self) -> &Url {
        &self.visited[self.visited.len() - 1]
    }

    /// Says whether the current URL may be sent the `Authorization` meant for the first.
    pub(super) fn may_see_secrets(&self) -> bool {
        self.first().origin() == self.current().origin()
    }

    pub(crate) fn follow(&mut self, headers: &HeaderMap) -> Result<(), TransportError> {
        let target = self.target(headers)?;
        if self.visited.contains(&target) {
            return Err(TransportError::RedirectLoop {
                url: ShownUrl::new(self.first()),
                target: ShownUrl::new(&target),
            });
        }
        if self.visited.len() > MAX_REDIRECTS {
            return Err(TransportError::TooManyRedirects {
                url: ShownUrl::new(self.first()),
                limit: MAX_REDIRECTS,
            });
        }
        self.visited.push(target);
        Ok(())
    }

    fn target(&self, headers: &HeaderMap) -> Result<Url, TransportError> {
        let refused = |target: String, reason| TransportError::RedirectRefused {
            url: ShownUrl::new(self.current()),
            target,
            reason,
        };
        let location = headers.get(LOCATION).and_then(|value| value.to_str().ok());
        let Some(target) = location.and_then(|text| self.current().join(text).ok()) else {
            return Err(refused("nowhere".to_owned(), "it names no URL"));
        };
        let reason = match (target.scheme(), self.first().scheme()) {
            _ if !target.username().is_empty() || target.password().is_some() => {
                "it carries credentials"
            }
            _ if target.host().is_none_or(|host| is_link_local(&host)) => {
                "it names no host or a link-local address"
            }
            ("https", _) | ("http", "http") => return Ok(target),
            ("http", _) => "it leaves TLS",
            _ => "it is neither http nor https",
        };
        Err(refused(ShownUrl::new(&target).to_string(), reason))
    }
}

/// Says whether a host is an address of the link itself, such as a cloud's metadata service.
pub(crate) fn is_link_local(host: &Host<&str>) -> bool {
    match host {
        Host::Ipv4(address) => is_link_local_address(IpAddr::V4(*address)),
        Host::Ipv6(address) => is_link_local_address(IpAddr::V6(*address)),
        Host::Domain(_) => false,
    }
}

/// The metadata service of one large cloud, which lies outside the link-local network.
const METADATA_V6: Ipv6Addr = Ipv6Addr::new(0xfd00, 0x0ec2, 0, 0, 0, 0, 0, 0x0254);

pub(super) fn is_link_local_address(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => address.is_link_local(),
        IpAddr::V6(address) => address.is_unicast_link_local() || address == METADATA_V6,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn follow(first: &str, location: &str) -> Result<Url, TransportError> {
        let mut chain = Chain::new(Url::parse(first).unwrap());
        let mut headers = HeaderMap::new();
        headers.insert(LOCATION, location.parse().unwrap());
        chain.follow(&headers).map(|()| chain.current().clone())
    }

    #[test]
    fn follows_to_other_hosts_and_relative_paths() {
        for (first, location, target) in [
            ("https://a.example/x", "https://b.example/y", "https://b.example/y"),
            ("https://a.example/x", "/y?z=1", "https://a.example/y?z=1"),
            ("http://a.example/x", "http://b.example/", "http://b.example/"),
        ] {
            assert_eq!(follow(first, location).unwrap().as_str(), target);
        }
    }

    #[test]
    fn refuses_unsafe_targets() {
        for (location, message) in [
            ("http://b.example/", "leaves TLS"),
            ("file:///etc/passwd", "no host"),
            ("ftp://b.example/", "neither"),
            ("https://me:pw@b.example/", "credentials"),
            ("https://169.254.169.254/latest", "link-local"),
            ("https://[fd00:ec2::254]/", "link-local"),
            ("https://[::ffff:169.254.169.254]/", "link-local"),
            ("/x", "circle"),
        ] {
            let error = follow("https://a.example/x", location).unwrap_err().to_string();
            assert!(error.contains(message), "{location}: {error}");
            assert!(!error.contains("pw"), "{error}");
        }
    }
}
