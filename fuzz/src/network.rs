//! What registries answer.

use http::header::{LINK, LOCATION, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue};
use sre_oci::media_type::{OCI_INDEX, OCI_MANIFEST};
use sre_oci::{Manifest, fuzzing};
use url::Url;

use crate::text;

/// Reads an image's manifest.
#[must_use]
pub fn oci_manifest(bytes: &[u8]) -> bool {
    Manifest::parse(bytes.to_vec().into(), OCI_MANIFEST).is_ok()
}

/// Reads an index.
#[must_use]
pub fn oci_index(bytes: &[u8]) -> bool {
    Manifest::parse(bytes.to_vec().into(), OCI_INDEX).is_ok()
}

/// Reads how a registry asks who we are, and decides whether its token service may know.
#[must_use]
pub fn challenge(bytes: &[u8]) -> bool {
    let mut headers = HeaderMap::new();
    for line in bytes.split(|byte| *byte == b'\n') {
        if let Ok(value) = HeaderValue::from_bytes(line) {
            headers.append(WWW_AUTHENTICATE, value);
        }
    }
    let Some(realm) = fuzzing::challenge(&headers) else { return false };
    let services = ["https://registry.example", "http://127.0.0.1:5000"].map(|registry| {
        let url = Url::parse(registry).ok()?;
        let (service, may_see) = fuzzing::realm("registry.example", &url, &realm)?;
        assert!(service.username().is_empty() && service.password().is_none());
        assert!(url.scheme() == "http" || service.scheme() == "https", "{service} leaves TLS");
        let host = service.host_str()?;
        let own = host.ends_with("registry.example") || host == "127.0.0.1";
        assert!(!may_see || own, "{service} would see secrets");
        Some(service)
    });
    services.iter().any(Option::is_some)
}

/// Reads where an answer leads: to another place, to the next page, to the place of an upload.
#[must_use]
pub fn redirect(bytes: &[u8]) -> bool {
    let Ok(at) = Url::parse("https://registry.example/v2/a/b") else { return false };
    let mut headers = HeaderMap::new();
    let Ok(value) = HeaderValue::from_bytes(bytes) else { return false };
    headers.insert(LOCATION, value.clone());
    headers.insert(LINK, value);
    let places = [fuzzing::redirect(&at, &headers), fuzzing::upload_location(&at, text(bytes))];
    for place in places.iter().flatten() {
        assert_eq!(place.scheme(), "https");
        assert!(place.username().is_empty() && place.password().is_none() && place.has_host());
    }
    let page = fuzzing::next_page(&at, &headers);
    assert!(page.as_ref().is_none_or(|page| page.origin() == at.origin()));
    page.is_some() || places.iter().any(Option::is_some)
}

/// Reads the headers by which a transfer is steered.
#[must_use]
pub fn response_headers(bytes: &[u8]) -> bool {
    let range = fuzzing::content_range(text(bytes));
    assert!(range.is_none_or(|(first, size)| size.is_none_or(|size| first < size)));
    let mut headers = HeaderMap::new();
    let Ok(value) = HeaderValue::from_bytes(bytes) else { return false };
    headers.insert(RETRY_AFTER, value);
    range.is_some() || fuzzing::retry_after(&headers).is_some()
}

/// Reads the words of an error, which must not reach a terminal's controls.
#[must_use]
pub fn error_body(bytes: &[u8]) -> bool {
    let words = fuzzing::error_body(bytes);
    assert!(!words.contains(char::is_control));
    !words.is_empty()
}
