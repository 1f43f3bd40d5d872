//! URLs fit for messages and logs.

use std::fmt;

use url::Url;

/// A URL without what must not be seen: no user, no password, no query.
///
/// Signed URLs of storage services carry their permission in the query, so it is never shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownUrl(String);

impl ShownUrl {
    /// Makes the showable form of a URL.
    #[must_use]
    pub fn new(url: &Url) -> Self {
        let mut shown = url.clone();
        // These fail only for URLs without a host, which have no user either.
        let _: Result<(), ()> = shown.set_username("").and_then(|()| shown.set_password(None));
        let had_query = shown.query().is_some();
        shown.set_query(None);
        shown.set_fragment(None);
        Self(format!("{shown}{}", if had_query { "?..." } else { "" }))
    }
}

impl From<&Url> for ShownUrl {
    fn from(url: &Url) -> Self {
        Self::new(url)
    }
}

impl fmt::Display for ShownUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hides_user_password_and_query() {
        let url = Url::parse("https://me:secret@example.org/a/b?signature=secret#x").unwrap();
        assert_eq!(ShownUrl::new(&url).to_string(), "https://example.org/a/b?...");
    }
}
