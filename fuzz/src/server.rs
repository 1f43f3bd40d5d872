//! What clients ask of the registry server.

use std::io;
use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::body::Body;
use http::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_RANGE};
use http::{HeaderName, Request, Response, StatusCode};
use sre_format::Digest;
use sre_oci::Descriptor;
use sre_oci::media_type::OCI_MANIFEST;
use sre_oci::names::Prefix;
use sre_oci::server::{BufferPool, Directory, Library, Thing, router};
use tokio::runtime::Runtime;
use tower::ServiceExt as _;

use crate::text;

/// Reads user and password of a request.
#[must_use]
pub fn basic_credentials(bytes: &[u8]) -> bool {
    let request = Request::builder().header(AUTHORIZATION, bytes);
    let Ok(request) = request.body(Body::empty()) else { return false };
    let found = sre_install::fuzzing::basic_credentials(&request);
    assert!(found.as_ref().is_none_or(|(user, _)| !user.contains(':')));
    found.is_some()
}

/// Answers a request to the registry server: the first line is `METHOD PATH`, then come headers.
///
/// No answer is an error of ours, and what is sent of the one blob is what was asked of it.
#[must_use]
pub fn request(bytes: &[u8]) -> bool {
    static SERVER: LazyLock<(Runtime, Router)> = LazyLock::new(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
        (
            runtime.unwrap_or_else(|error| panic!("{error}")),
            router(Arc::new(Shelf), BufferPool::new(4)),
        )
    });
    let Some(request) = read_request(text(bytes)) else { return false };
    let (runtime, router) = &*SERVER;
    let method = request.method().clone();
    let (answer, body) = runtime.block_on(async {
        let Ok(answer) = router.clone().oneshot(request).await;
        let (head, body) = answer.into_parts();
        let body = axum::body::to_bytes(body, 1 << 20).await;
        (Response::from_parts(head, ()), body.unwrap_or_else(|error| panic!("{error}")))
    });
    assert!(!answer.status().is_server_error(), "{}", answer.status());
    if answer.status() == StatusCode::PARTIAL_CONTENT {
        let range = answer.headers().get(CONTENT_RANGE).and_then(|range| range.to_str().ok());
        let range = range.and_then(|range| range.strip_prefix("bytes ")?.split_once(['-', '/']));
        let first = range.and_then(|(first, _)| first.parse::<usize>().ok());
        let first = first.unwrap_or_else(|| panic!("206 without a range"));
        assert_eq!(BLOB.get(first..first + body.len()), Some(&body[..]));
    }
    let length = answer.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok());
    if let Some(length) = length.filter(|_| method == "GET") {
        assert_eq!(length.parse(), Ok(body.len()), "the length is not the body's");
    }
    answer.status().is_success()
}

fn read_request(text: &str) -> Option<Request<Body>> {
    let mut lines = text.lines();
    let (method, path) = lines.next()?.split_once(' ')?;
    let mut request = Request::builder().method(method).uri(path);
    for line in lines {
        let (name, value) = line.split_once(": ")?;
        request = request.header(name.parse::<HeaderName>().ok()?, value);
    }
    request.body(Body::empty()).ok()
}

/// What the one blob of the library holds.
const BLOB: &[u8] = b"sixteen bytes 16";
/// A tag of the one repository.
const TAG: &str = "1.0";

/// A library of one blob, which is the manifest of one tag as well.
struct Shelf;

impl Library for Shelf {
    fn directory(&self) -> &Directory {
        static NAMES: LazyLock<Directory> = LazyLock::new(|| {
            let mut names = Directory::new(Prefix::default());
            let image = "registry.example/a/b:1.0".parse();
            let added = image.ok().and_then(|image| names.add(&image).ok());
            assert_eq!(added, Some(0));
            names
        });
        &NAMES
    }

    fn tags_after(&self, _: usize, last: &str) -> Vec<String> {
        [TAG].into_iter().filter(|tag| *tag > last).map(str::to_owned).collect()
    }

    fn tagged(&self, _: usize, tag: &str) -> Option<Digest> {
        (tag == TAG).then(|| Digest::of(BLOB))
    }

    fn manifest(&self, digest: &Digest) -> Option<Thing> {
        (*digest == Digest::of(BLOB)).then(|| Thing::of_bytes(OCI_MANIFEST, BLOB.to_vec()))
    }

    fn blob(&self, digest: &Digest) -> Option<Thing> {
        self.manifest(digest)
    }

    fn referrers(&self, subject: &Digest) -> io::Result<Vec<Descriptor>> {
        let own = *subject == Digest::of(BLOB);
        Ok(own.then(|| Descriptor::new(OCI_MANIFEST, *subject, 16)).into_iter().collect())
    }

    fn is_open(&self) -> bool {
        true
    }

    fn reopen(&self) {}
}
