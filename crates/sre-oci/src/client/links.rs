//! URLs that answers give us: upload locations and next pages.

use http::HeaderMap;
use http::header::LINK;
use url::Url;

use super::ClientError;
use crate::transport::{ShownUrl, TransportError, is_link_local};

/// Gives scheme, host and port of a URL with the path `/`.
pub(super) fn root(url: &Url) -> Result<Url, TransportError> {
    url.join("/").map_err(|_| TransportError::Url {
        url: ShownUrl::new(url).to_string(),
        reason: "it has no host",
    })
}

/// Resolves a `Location` against the URL that gave it.
///
/// It may be on another host, where our token does not go, but not off TLS, and not on the link.
pub(crate) fn resolve(base: &Url, at: &Url, location: &str) -> Result<Url, ClientError> {
    let wrong = |reason| ClientError::Protocol { url: ShownUrl::new(at), reason };
    let url = at.join(location).map_err(|_| wrong("it names a location that is no URL"))?;
    if url.host().is_none_or(|host| is_link_local(&host)) {
        return Err(wrong("it names a location without a host or on a link-local address"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong("it names a location with credentials"));
    }
    match (url.scheme(), base.scheme()) {
        ("https", _) | ("http", "http") => Ok(url),
        ("http", _) => {
            Err(wrong("it is reached by HTTPS but names an upload location on plain HTTP"))
        }
        _ => Err(wrong("it names a location that is neither http nor https")),
    }
}

/// Gives the URL of the next page (RFC 8288), which must be on the same origin.
pub(crate) fn next_page(at: &Url, headers: &HeaderMap) -> Result<Option<Url>, ClientError> {
    let Some(text) = headers.get(LINK).and_then(|value| value.to_str().ok()) else {
        return Ok(None);
    };
    let target = text.split(',').find_map(|link| {
        let (target, parameters) = link.trim().strip_prefix('<')?.split_once('>')?;
        parameters
            .contains("rel=\"next\"")
            .then_some(target)
            .or_else(|| parameters.contains("rel=next").then_some(target))
    });
    let Some(target) = target else { return Ok(None) };
    match at.join(target) {
        Ok(url) if url.origin() == at.origin() => Ok(Some(url)),
        _ => Err(ClientError::Protocol {
            url: ShownUrl::new(at),
            reason: "its next page is on another host",
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resolves_locations_and_refuses_unsafe_ones() {
        let at = Url::parse("https://r.example/v2/a/blobs/uploads/").unwrap();
        let found = |location| resolve(&at, &at, location).map(|url| url.to_string());
        assert_eq!(found("/v2/x?_state=a%2Fb").unwrap(), "https://r.example/v2/x?_state=a%2Fb");
        assert_eq!(found("https://s.example/up").unwrap(), "https://s.example/up");
        for location in
            ["http://r.example/x", "https://169.254.169.254/", "https://a:b@r.example/", "ftp://x/"]
        {
            assert!(found(location).is_err(), "{location}");
        }
    }

    #[test]
    fn finds_the_next_page_on_the_same_host_only() {
        let at = Url::parse("https://r.example/v2/a/tags/list").unwrap();
        let page = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(LINK, text.parse().unwrap());
            next_page(&at, &headers)
        };
        let next = page(r#"</v2/a/tags/list?last=b&n=2>; rel="next""#).unwrap().unwrap();
        assert_eq!(next.query(), Some("last=b&n=2"));
        assert!(page("<https://evil.example/>; rel=\"next\"").is_err());
        assert!(page("</x>; rel=\"prev\"").unwrap().is_none());
    }

    proptest::proptest! {
        #[test]
        fn never_leaves_the_host_for_a_page_nor_tls_for_an_upload(text in "[ -~]{0,80}") {
            let at = Url::parse("https://r.example/v2/a/").unwrap();
            if let Ok(url) = resolve(&at, &at, &text) {
                proptest::prop_assert_eq!(url.scheme(), "https");
            }
            let mut headers = HeaderMap::new();
            headers.insert(LINK, text.parse().unwrap());
            if let Ok(Some(url)) = next_page(&at, &headers) {
                proptest::prop_assert_eq!(url.origin(), at.origin());
            }
        }
    }
}
