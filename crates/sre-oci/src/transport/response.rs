//! Answers whose bodies are read piece by piece, under limits.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, Method, StatusCode};
use serde::Deserialize;
use url::Url;

use super::permits::Permit;
use super::{ShownUrl, TransportError};

/// The most bytes of an error's body that are read.
const MAX_ERROR_BODY: u64 = 16 << 10;
/// The most characters of a server's words that are shown.
const MAX_DETAIL: usize = 300;

/// The answer to a request, its body not yet read. Holds the host's permit until dropped.
pub struct Response {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) inner: reqwest::Response,
    pub(super) idle: Duration,
    pub(super) received: u64,
    pub(super) permit: Permit,
}

impl Response {
    /// Gives the status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.inner.status()
    }

    /// Gives the headers.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        self.inner.headers()
    }

    /// Gives one header, if it is there once and readable.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.inner.headers().get(name).and_then(|value| value.to_str().ok())
    }

    /// Gives the URL that answered, after redirects.
    #[must_use]
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// Gives the announced length of the body.
    #[must_use]
    pub fn content_length(&self) -> Option<u64> {
        self.header("content-length").and_then(|text| text.parse().ok())
    }

    /// Gives the next piece of the body, or `None` at its end.
    pub async fn next(&mut self) -> Result<Option<Bytes>, TransportError> {
        let url = ShownUrl::new(&self.url);
        match tokio::time::timeout(self.idle, self.inner.chunk()).await {
            Ok(Ok(piece)) => {
                self.received += piece.as_ref().map_or(0, |piece| piece.len() as u64);
                Ok(piece)
            }
            Ok(Err(error)) => Err(TransportError::Truncated {
                url,
                received: self.received,
                source: Some(error.without_url()),
            }),
            Err(_elapsed) => Err(TransportError::Stalled {
                url,
                idle: self.idle,
                during: "in the middle of a body",
            }),
        }
    }

    /// Reads the whole body into memory, refusing more than `limit` bytes.
    pub async fn whole(mut self, limit: u64) -> Result<Bytes, TransportError> {
        let too_long = |url: &Url| TransportError::TooLong { url: ShownUrl::new(url), limit };
        if self.content_length().is_some_and(|length| length > limit) {
            return Err(too_long(&self.url));
        }
        let mut body = BytesMut::new();
        while let Some(piece) = self.next().await? {
            if (body.len() + piece.len()) as u64 > limit {
                return Err(too_long(&self.url));
            }
            body.extend_from_slice(&piece);
        }
        Ok(body.freeze())
    }

    /// Turns an answer of an unwanted status into the error that says so, with the server's words.
    pub async fn into_error(mut self) -> TransportError {
        let mut body = Vec::new();
        while let Ok(Some(piece)) = self.next().await {
            body.extend_from_slice(&piece);
            if body.len() as u64 > MAX_ERROR_BODY {
                break;
            }
        }
        let (codes, detail) = explain(&body);
        TransportError::Status {
            method: self.method.clone(),
            url: ShownUrl::new(&self.url),
            status: self.status(),
            detail,
            codes,
        }
    }

    pub(super) fn slow_down(&self, pause: Duration) {
        self.permit.slow_down(pause);
    }

    pub(super) fn went_well(&self) {
        self.permit.went_well();
    }
}

#[derive(Deserialize)]
struct ErrorBody {
    errors: Vec<ErrorEntry>,
}

#[derive(Deserialize)]
struct ErrorEntry {
    code: String,
    #[serde(default)]
    message: Option<String>,
    #[serde(default)]
    detail: serde_json::Value,
}

/// What a server with a full disk says, and what we say where it gives only the number.
pub(super) const NO_SPACE: &str = "no space left on device";
/// `ENOSPC`, as Distribution gives it from its file system (`detail.Enclosed.Err`).
const ENOSPC: u64 = 28;

// The words come from outside: control characters would let a server write over the terminal.
pub(crate) fn explain(body: &[u8]) -> (Vec<String>, String) {
    let (codes, words) = match serde_json::from_slice::<ErrorBody>(body) {
        Ok(parsed) => {
            let words: Vec<String> = parsed.errors.iter().map(ErrorEntry::words).collect();
            (parsed.errors.into_iter().map(|entry| entry.code).collect(), words.join("; "))
        }
        Err(_) => (Vec::new(), plain_words(body)),
    };
    let shown: String = words
        .chars()
        .map(|character| if character.is_control() { ' ' } else { character })
        .take(MAX_DETAIL)
        .collect();
    let shown = shown.trim();
    (codes, if shown.is_empty() { String::new() } else { format!(": {shown}") })
}

impl ErrorEntry {
    fn words(&self) -> String {
        let message = self.message.as_deref().filter(|message| !message.is_empty());
        match self.reason().as_deref().or(message) {
            Some(reason) => format!("{} ({reason})", self.code),
            None => self.code.clone(),
        }
    }

    /// Gives the reason of an error that the registry itself has no code for.
    fn reason(&self) -> Option<String> {
        let detail = Some(&self.detail).filter(|_| self.code == "UNKNOWN")?;
        if detail["Enclosed"]["Err"] == ENOSPC {
            return Some(NO_SPACE.to_owned());
        }
        detail.as_str().map(str::to_owned)
    }
}

// A page of HTML says nothing in one line, so only plain text is shown.
fn plain_words(body: &[u8]) -> String {
    match std::str::from_utf8(body) {
        Ok(text) if !text.trim_start().starts_with('<') => text.trim().to_owned(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_the_registry_s_words_without_control_characters() {
        let body = br#"{"errors":[{"code":"DENIED","message":"no\u001b[2J"},{"code":"UNKNOWN"}]}"#;
        let (codes, detail) = explain(body);
        assert_eq!(codes, ["DENIED", "UNKNOWN"]);
        assert_eq!(detail, ": DENIED (no [2J); UNKNOWN");
        assert_eq!(explain(b"<html>x").1, "");
        for detail in [r#""write /a/data: no space left on device""#, r#"{"Enclosed":{"Err":28}}"#]
        {
            let body = format!(
                r#"{{"errors":[{{"code":"UNKNOWN","message":"unknown error","detail":{detail}}}]}}"#
            );
            assert!(explain(body.as_bytes()).1.contains(NO_SPACE), "{body}");
        }
        assert_eq!(explain(b" slow down \n").1, ": slow down");
    }
}
