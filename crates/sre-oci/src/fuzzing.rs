//! Doors for the fuzzer: what reads a stranger's words here and is private otherwise.
//!
//! Each function calls one parser just as the crate does, and gives that part of the result about which
//! something can be claimed whatever the words were. Nothing else uses this module.

use std::net::IpAddr;
use std::time::Duration;

use http::HeaderMap;
use serde_json::Error;
use url::Url;

use crate::credentials::{Challenge, DockerConfig, Found, check_realm};
use crate::transport::Chain;
use crate::{client, transport};

/// Gives the token service that a `WWW-Authenticate` asks for, as it stands there.
#[must_use]
pub fn challenge(headers: &HeaderMap) -> Option<String> {
    match Challenge::find(headers)? {
        Challenge::Basic => None,
        Challenge::Bearer { realm, .. } => Some(realm),
    }
}

/// Gives the token service, if it may be asked, and whether it may see credentials.
#[must_use]
pub fn realm(host: &str, registry: &Url, realm: &str) -> Option<(Url, bool)> {
    let realm = check_realm(host, registry, realm, &[]).ok()?;
    Some((realm.url, realm.may_see_credentials))
}

/// Says whether a credential file knows a registry; no helper is asked.
pub fn docker_config(bytes: &[u8], host: &str, repository: &str) -> Result<bool, Error> {
    let config: DockerConfig = serde_json::from_slice(bytes)?;
    Ok(!matches!(config.find(host, repository), Found::Nothing))
}

/// Gives the next page that a `Link` names.
#[must_use]
pub fn next_page(at: &Url, headers: &HeaderMap) -> Option<Url> {
    client::next_page(at, headers).ok().flatten()
}

/// Gives the place of an upload that a `Location` names.
#[must_use]
pub fn upload_location(at: &Url, location: &str) -> Option<Url> {
    client::upload_location(at, at, location).ok()
}

/// Gives the URL to which a redirect is followed.
#[must_use]
pub fn redirect(from: &Url, headers: &HeaderMap) -> Option<Url> {
    let mut chain = Chain::new(from.clone());
    chain.follow(headers).ok()?;
    Some(chain.current().clone())
}

/// Gives the wait that a `Retry-After` asks for.
#[must_use]
pub fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    transport::retry_after(headers)
}

/// Gives the first byte and the size of the whole that a `Content-Range` names.
#[must_use]
pub fn content_range(text: &str) -> Option<(u64, Option<u64>)> {
    transport::content_range(text)
}

/// Gives the words that are shown of an error's body.
#[must_use]
pub fn error_body(body: &[u8]) -> String {
    transport::explain(body).1
}

/// Gives the addresses that a hosts file has for a name.
#[must_use]
pub fn hosts_file(text: &str, name: &str) -> Vec<IpAddr> {
    transport::in_hosts_file(text, name)
}
