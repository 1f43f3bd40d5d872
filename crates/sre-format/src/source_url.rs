//! Places that things come from.

use std::fmt;
use std::str::FromStr;

use url::Url;

use crate::text_form::text_form;

/// An `http` or `https` URL that holds no credentials, so that it may be written down and shown.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceUrl(Url);

/// Says what is wrong with a URL, without repeating it: it may hold a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SourceUrlError {
    /// It cannot be parsed.
    #[error("this is not a URL")]
    Malformed,
    /// It is neither http nor https.
    #[error("a URL must begin with `https://` or `http://`")]
    Scheme,
    /// It holds a user name or a password.
    #[error("this URL holds a user name or a password")]
    Credentials,
    /// One of its query parameters is a token or a signature.
    #[error("this URL holds a token or a signature in its query")]
    SecretQuery,
    /// It has a fragment, which no server ever sees.
    #[error("a URL must not have a `#fragment`")]
    Fragment,
}

/// Names of query parameters that grant access to whoever has the URL.
const SECRET_PARAMETERS: [&str; 20] = [
    "access_token",
    "api_key",
    "apikey",
    "auth",
    "authorization",
    "awsaccesskeyid",
    "client_secret",
    "job_token",
    "passwd",
    "password",
    "private_token",
    "pwd",
    "secret",
    "sig",
    "signature",
    "token",
    "x-amz-credential",
    "x-amz-security-token",
    "x-amz-signature",
    "x-goog-signature",
];

impl SourceUrl {
    /// Checks a URL that is parsed already.
    pub fn new(url: Url) -> Result<Self, SourceUrlError> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(SourceUrlError::Scheme);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(SourceUrlError::Credentials);
        }
        let is_secret = |name: &str| {
            SECRET_PARAMETERS.iter().any(|parameter| name.eq_ignore_ascii_case(parameter))
        };
        if url.query_pairs().any(|(name, _)| is_secret(&name)) {
            return Err(SourceUrlError::SecretQuery);
        }
        if url.fragment().is_some() {
            return Err(SourceUrlError::Fragment);
        }
        Ok(Self(url))
    }

    /// Gives the URL itself.
    #[must_use]
    pub fn as_url(&self) -> &Url {
        &self.0
    }

    /// Gives host and port as they stand in the URL, such as `example.org` or `127.0.0.1:5000`.
    #[must_use]
    pub fn host_and_port(&self) -> String {
        let host = self.0.host_str().unwrap_or_default();
        self.0.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
    }

    /// Gives the last part of the path as it stands in the URL, such as `tool.tar.gz`.
    #[must_use]
    pub fn file_name(&self) -> Option<&str> {
        self.0.path_segments()?.next_back().filter(|name| !name.is_empty())
    }

    /// Resolves a reference, absolute or relative, as it stands in a document at this URL.
    pub fn join(&self, reference: &str) -> Result<Self, SourceUrlError> {
        self.0.join(reference).map_err(|_| SourceUrlError::Malformed).and_then(Self::new)
    }
}

impl FromStr for SourceUrl {
    type Err = SourceUrlError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Url::parse(text).map_err(|_| SourceUrlError::Malformed).and_then(Self::new)
    }
}

impl fmt::Display for SourceUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // `Url` writes an empty path as `/`; a base address reads better without it.
        let text = self.0.as_str();
        let is_bare = self.0.path() == "/" && self.0.query().is_none();
        formatter.write_str(if is_bare { text.trim_end_matches('/') } else { text })
    }
}

impl fmt::Debug for SourceUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

text_form!(SourceUrl);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_whatever_grants_access_and_never_repeats_it() {
        for (text, error) in [
            ("https://user:hunter2@example.org/a", SourceUrlError::Credentials),
            ("https://hunter2@example.org/a", SourceUrlError::Credentials),
            ("https://example.org/a?Token=hunter2", SourceUrlError::SecretQuery),
            ("https://example.org/a?x=1&X-Amz-Signature=hunter2", SourceUrlError::SecretQuery),
            ("https://example.org/a#hunter2", SourceUrlError::Fragment),
            ("ftp://example.org/hunter2", SourceUrlError::Scheme),
            ("hunter2", SourceUrlError::Malformed),
        ] {
            assert_eq!(text.parse::<SourceUrl>(), Err(error));
            assert!(!format!("{error} {error:?}").contains("hunter2"));
        }
    }

    #[test]
    fn prints_what_it_parsed() {
        for text in ["https://example.org", "http://127.0.0.1:5000/a?b=c", "https://a.b/charts/"] {
            assert_eq!(text.parse::<SourceUrl>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn resolves_relative_references_as_a_browser_does() {
        let index: SourceUrl = "https://example.org/charts/index.yaml".parse().unwrap();
        let joined = |reference: &str| index.join(reference).unwrap().to_string();
        assert_eq!(joined("demo-1.tgz"), "https://example.org/charts/demo-1.tgz");
        assert_eq!(joined("/demo-1.tgz"), "https://example.org/demo-1.tgz");
        assert_eq!(joined("https://cdn.example.org/x.tgz"), "https://cdn.example.org/x.tgz");
    }
}
