//! Which token services may be asked, and which may be told who we are.
//!
//! A registry names its token service itself, so a hostile one could name any address and be sent
//! the answer, or the credentials (CVE-2020-15157 and its kin). Therefore: HTTPS, unless the
//! registry itself is plain HTTP; a host, no user, not a link-local address; and credentials only
//! to a service on the registry's own site, or to one that is known or named for that registry.

use url::{Host, Url};

use super::AuthorizationError;
use crate::transport::is_link_local;

/// Token services on other sites than their registries.
const KNOWN_PAIRS: [(&str, &str); 4] = [
    ("docker.io", "auth.docker.io"),
    ("registry.redhat.io", "sso.redhat.com"),
    ("registry.connect.redhat.com", "sso.redhat.com"),
    ("nvcr.io", "authn.nvidia.com"),
];

/// Second levels under which countries give out names, so that three labels make a site.
const SECOND_LEVELS: [&str; 9] = ["co", "com", "org", "net", "gov", "gouv", "ac", "edu", "mil"];

/// A token service that may be asked.
#[derive(Debug)]
pub(crate) struct Realm {
    /// Its URL.
    pub(crate) url: Url,
    /// Whether it may be told who we are.
    pub(crate) may_see_credentials: bool,
}

/// Checks the token service that a registry names.
pub(crate) fn check_realm(
    host: &str,
    registry: &Url,
    realm: &str,
    trusted: &[String],
) -> Result<Realm, AuthorizationError> {
    let refused = |reason| AuthorizationError::RealmRefused {
        host: host.to_owned(),
        realm: Url::parse(realm).map_or_else(
            |_| realm.chars().take(80).collect(),
            |url| crate::transport::ShownUrl::new(&url).to_string(),
        ),
        reason,
    };
    let url = Url::parse(realm).map_err(|_| refused("it is no URL"))?;
    let Some(realm_host) = url.host() else { return Err(refused("it names no host")) };
    if !url.username().is_empty() || url.password().is_some() {
        return Err(refused("it carries credentials itself"));
    }
    if is_link_local(&realm_host) {
        return Err(refused("it is a link-local address"));
    }
    match (url.scheme(), registry.scheme()) {
        ("https", _) | ("http", "http") => {}
        _ => return Err(refused("it is not HTTPS")),
    }
    let name = realm_host.to_string();
    let may_see_credentials = same_site(registry.host(), Some(realm_host))
        || KNOWN_PAIRS.contains(&(host, name.as_str()))
        || trusted.contains(&name);
    Ok(Realm { url, may_see_credentials })
}

fn same_site(registry: Option<Host<&str>>, realm: Option<Host<&str>>) -> bool {
    match (registry, realm) {
        (Some(Host::Domain(registry)), Some(Host::Domain(realm))) => {
            registry == realm || site(registry).is_some_and(|own| site(realm) == Some(own))
        }
        (registry, realm) => registry.is_some() && registry == realm,
    }
}

// The part of a name that one owner registered. Without the public suffix list it errs towards
// "other site", where the remedy is one line of configuration.
fn site(name: &str) -> Option<&str> {
    let labels: Vec<&str> = name.rsplit('.').collect();
    let count = match labels.as_slice() {
        [country, second, _, ..] if country.len() == 2 && SECOND_LEVELS.contains(second) => 3,
        [_, _, ..] => 2,
        _ => return None,
    };
    let length = labels.iter().take(count).map(|label| label.len() + 1).sum::<usize>() - 1;
    Some(&name[name.len() - length..])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(host: &str, registry: &str, realm: &str) -> Result<Realm, AuthorizationError> {
        check_realm(host, &Url::parse(registry).unwrap(), realm, &["named.example".to_owned()])
    }

    #[test]
    fn tells_own_sites_from_others() {
        for (host, realm, may_see) in [
            ("docker.io", "https://auth.docker.io/token", true),
            ("quay.io", "https://quay.io/v2/auth", true),
            ("registry.gitlab.com", "https://gitlab.com/jwt/auth", true),
            ("registry.redhat.io", "https://sso.redhat.com/auth", true),
            ("registry.example.co.uk", "https://evil.co.uk/token", false),
            ("registry.example.com", "https://evil.com/token", false),
            ("registry.example.com", "https://example.com.evil.net/token", false),
            ("10.0.0.1:5000", "https://10.0.0.1/token", true),
            ("10.0.0.1:5000", "https://10.0.0.2/token", false),
            ("registry.example.com", "https://named.example/token", true),
            ("localhost:5000", "https://otherhost/token", false),
        ] {
            let found = check(host, &format!("https://{host}"), realm).unwrap();
            assert_eq!(found.may_see_credentials, may_see, "{host} and {realm}");
        }
    }

    #[test]
    fn refuses_unsafe_realms() {
        for realm in [
            "http://auth.example.com/",
            "https://me:pw@auth.example.com/",
            "https://169.254.169.254/latest",
            "file:///etc/passwd",
            "token",
            "",
        ] {
            let error = check("example.com", "https://example.com", realm).unwrap_err();
            assert!(!error.to_string().contains("pw"), "{error}");
        }
        assert!(check("a:1", "http://a:1", "http://a:2/token").is_ok());
    }

    proptest::proptest! {
        #[test]
        fn never_panics_on_any_realm(text in ".{0,120}", host in "https?://[a-z0-9.:@/\\[\\]-]{0,60}") {
            drop(check("example.com", "https://example.com", &text));
            drop(check("example.com", "https://example.com", &host));
        }
    }
}
