//! Errors as registry clients read them (distribution-spec, "Error Codes").

use axum::response::{IntoResponse, Response};
use http::header::{ALLOW, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, StatusCode};

/// Why a request is not answered with what it asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// No endpoint has this path.
    NotFound,
    /// The name is no repository name.
    NameInvalid,
    /// The bundle holds no such repository, or the name could mean two.
    NameUnknown,
    /// The repository has no such tag or manifest.
    ManifestUnknown,
    /// The bundle holds no such blob.
    BlobUnknown,
    /// What stands where a digest should stand is none.
    DigestInvalid,
    /// The count of a page is not a number.
    PageInvalid,
    /// The server only reads.
    ReadOnly,
    /// A password is needed.
    Unauthorized,
    /// The bundle cannot be read at the moment, or is not what it was.
    Unavailable,
}

impl Refusal {
    /// All of them, for tests and documents.
    pub const ALL: [Self; 10] = [
        Self::NotFound,
        Self::NameInvalid,
        Self::NameUnknown,
        Self::ManifestUnknown,
        Self::BlobUnknown,
        Self::DigestInvalid,
        Self::PageInvalid,
        Self::ReadOnly,
        Self::Unauthorized,
        Self::Unavailable,
    ];

    /// Gives the status, the code for programs and the sentence for people.
    ///
    /// With a status of 4xx there are no other codes than those of the specification.
    #[must_use]
    pub const fn parts(self) -> (StatusCode, &'static str, &'static str) {
        match self {
            Self::NotFound => {
                (StatusCode::NOT_FOUND, "UNSUPPORTED", "no endpoint of a registry has this path")
            }
            Self::NameInvalid => {
                (StatusCode::BAD_REQUEST, "NAME_INVALID", "this is not a legal repository name")
            }
            Self::NameUnknown => (
                StatusCode::NOT_FOUND,
                "NAME_UNKNOWN",
                "the bundle has no such repository, or several; ask for host/repository",
            ),
            Self::ManifestUnknown => (
                StatusCode::NOT_FOUND,
                "MANIFEST_UNKNOWN",
                "the repository has no such tag or manifest in this bundle",
            ),
            Self::BlobUnknown => {
                (StatusCode::NOT_FOUND, "BLOB_UNKNOWN", "the bundle has no such blob")
            }
            Self::DigestInvalid => {
                (StatusCode::BAD_REQUEST, "DIGEST_INVALID", "this is not a digest")
            }
            Self::PageInvalid => {
                (StatusCode::BAD_REQUEST, "UNSUPPORTED", "the size of a page must be a number")
            }
            Self::ReadOnly => (
                StatusCode::METHOD_NOT_ALLOWED,
                "UNSUPPORTED",
                "this registry is a signed bundle and only reads",
            ),
            Self::Unauthorized => {
                (StatusCode::UNAUTHORIZED, "UNAUTHORIZED", "a user name and password are needed")
            }
            Self::Unavailable => (
                StatusCode::SERVICE_UNAVAILABLE,
                "UNAVAILABLE",
                "the bundle cannot be read, or is not the one that was verified",
            ),
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, code, message) = self.parts();
        let body = serde_json::json!({ "errors": [{ "code": code, "message": message }] });
        let json = HeaderValue::from_static("application/json");
        let mut answer = (status, [(CONTENT_TYPE, json)], body.to_string()).into_response();
        let headers = answer.headers_mut();
        match self {
            Self::ReadOnly => {
                headers.insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
            }
            Self::Unavailable => {
                headers.insert(RETRY_AFTER, HeaderValue::from_static("5"));
            }
            _ => {}
        }
        answer
    }
}
