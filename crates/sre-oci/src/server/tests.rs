use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use axum::body::{Body, to_bytes};
use http::StatusCode;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use super::*;
use crate::media_type::{DOCKER_LIST, OCI_INDEX, OCI_MANIFEST};

const MIB: usize = 1 << 20;
const LARGE: usize = 2 * MIB + 500;

#[derive(Default)]
struct Shelf {
    directory: Directory,
    tags: BTreeMap<String, Digest>,
    things: BTreeMap<Digest, (String, Vec<u8>)>,
    referrers: BTreeMap<Digest, Vec<Descriptor>>,
    broken: Arc<AtomicBool>,
    healed: AtomicBool,
    failing_chunk: Mutex<Option<u64>>,
    reopened: AtomicUsize,
}

impl Shelf {
    fn put(&mut self, media_type: &str, bytes: Vec<u8>) -> Digest {
        let digest = Digest::of(&bytes);
        self.things.insert(digest, (media_type.to_owned(), bytes));
        digest
    }

    fn thing(&self, digest: &Digest) -> Option<Thing> {
        let (media_type, bytes) = self.things.get(digest)?.clone();
        let thing = Thing::of_bytes(&media_type, bytes);
        let (inner, broken) = (thing.read, Arc::clone(&self.broken));
        let failing = *self.failing_chunk.lock().unwrap();
        let read: ReadChunk = Arc::new(move |index, buffer| {
            if failing == Some(index) {
                broken.store(true, Ordering::SeqCst);
                return Err(io::Error::other("damaged"));
            }
            inner(index, buffer)
        });
        Some(Thing { read, ..thing })
    }
}

impl Library for Shelf {
    fn directory(&self) -> &Directory {
        &self.directory
    }

    fn tags_after(&self, _: usize, last: &str) -> Vec<String> {
        self.tags.keys().filter(|tag| tag.as_str() > last).cloned().collect()
    }

    fn tagged(&self, _: usize, tag: &str) -> Option<Digest> {
        self.tags.get(tag).copied()
    }

    fn manifest(&self, digest: &Digest) -> Option<Thing> {
        self.thing(digest).filter(|thing| crate::media_type::is_manifest(&thing.media_type))
    }

    fn blob(&self, digest: &Digest) -> Option<Thing> {
        self.thing(digest)
    }

    fn referrers(&self, subject: &Digest) -> io::Result<Vec<Descriptor>> {
        Ok(self.referrers.get(subject).cloned().unwrap_or_default())
    }

    fn is_open(&self) -> bool {
        !self.broken.load(Ordering::SeqCst)
    }

    fn reopen(&self) {
        self.reopened.fetch_add(1, Ordering::SeqCst);
        if self.healed.load(Ordering::SeqCst) {
            *self.failing_chunk.lock().unwrap() = None;
            self.broken.store(false, Ordering::SeqCst);
        }
    }
}

struct Server {
    shelf: Arc<Shelf>,
    router: Router,
    image: Digest,
    large: Digest,
    large_bytes: Vec<u8>,
}

/// `docker.io/library/app` with tags `v1`, `v2` and an index `all`, a large blob, and one referrer.
fn server() -> Server {
    let mut shelf = Shelf::default();
    for name in ["docker.io/library/app:v1", "docker.io/twice:v1", "quay.io/twice:v1"] {
        shelf.directory.add(&name.parse().unwrap()).unwrap();
    }
    let image = shelf.put(OCI_MANIFEST, b"{\"an\": \"image\"}".to_vec());
    let index = shelf.put(DOCKER_LIST, b"{\"a\": \"sparse list\"}".to_vec());
    let large_bytes: Vec<u8> = (0..251).cycle().take(LARGE).collect();
    let large = shelf.put("application/whatever", large_bytes.clone());
    for (tag, digest) in [("v1", image), ("v2", image), ("all", index)] {
        shelf.tags.insert(tag.to_owned(), digest);
    }
    let mut referrer = Descriptor::new(OCI_MANIFEST, Digest::of(b"signature"), 9);
    referrer.artifact_type = Some("application/x.signature".to_owned());
    shelf.referrers.insert(image, vec![referrer]);
    let shelf = Arc::new(shelf);
    let library: Arc<dyn Library> = Arc::clone(&shelf) as Arc<dyn Library>;
    Server { shelf, router: router(library, BufferPool::new(4)), image, large, large_bytes }
}

impl Server {
    async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Response {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
    }

    async fn get(&self, path: &str) -> Response {
        self.send("GET", path, &[]).await
    }

    fn blob(&self) -> String {
        format!("/v2/library/app/blobs/{}", self.large)
    }
}

fn header<'a>(answer: &'a Response, name: &str) -> &'a str {
    answer.headers().get(name).map_or("", |value| value.to_str().unwrap())
}

async fn bytes(answer: Response) -> Vec<u8> {
    to_bytes(answer.into_body(), usize::MAX).await.unwrap().to_vec()
}

async fn document(answer: Response) -> Value {
    serde_json::from_slice(&bytes(answer).await).unwrap()
}

async fn code(answer: Response) -> (u16, String) {
    let status = answer.status().as_u16();
    (status, document(answer).await["errors"][0]["code"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn says_that_it_is_a_registry() {
    for path in ["/v2", "/v2/"] {
        let answer = server().get(path).await;
        assert_eq!(answer.status(), 200, "{path}");
        assert_eq!(header(&answer, "docker-distribution-api-version"), "registry/2.0");
    }
}

#[tokio::test]
async fn sends_manifests_by_tag_and_digest_as_they_are_stored() {
    let server = server();
    for reference in ["v1".to_owned(), server.image.to_string()] {
        let path = format!("/v2/library/app/manifests/{reference}");
        let answer = server.get(&path).await;
        assert_eq!(header(&answer, "content-type"), OCI_MANIFEST);
        assert_eq!(header(&answer, "docker-content-digest"), server.image.to_string());
        assert_eq!(bytes(answer).await, b"{\"an\": \"image\"}");
        let head = server.send("HEAD", &path, &[]).await;
        assert_eq!(header(&head, "content-length"), "15");
        assert_eq!(header(&head, "content-type"), OCI_MANIFEST);
        assert!(bytes(head).await.is_empty());
    }
    let list = server.get("/v2/library/app/manifests/all").await;
    assert_eq!(header(&list, "content-type"), DOCKER_LIST);
}

#[tokio::test]
async fn sends_blobs_whole_over_several_mib() {
    let server = server();
    let answer = server.get(&server.blob()).await;
    assert_eq!(header(&answer, "content-length"), LARGE.to_string());
    assert_eq!(header(&answer, "content-type"), "application/octet-stream");
    assert_eq!(header(&answer, "accept-ranges"), "bytes");
    assert_eq!(bytes(answer).await, server.large_bytes);
}

#[tokio::test]
async fn sends_one_range_within_and_across_mib() {
    let server = server();
    for (first, last) in [(0, 0), (10, 19), (MIB - 1, MIB), (MIB, LARGE - 1), (5, LARGE - 1)] {
        let range = format!("bytes={first}-{last}");
        let answer = server.send("GET", &server.blob(), &[("range", &range)]).await;
        assert_eq!(answer.status(), StatusCode::PARTIAL_CONTENT);
        assert_eq!(header(&answer, "content-range"), format!("bytes {first}-{last}/{LARGE}"));
        assert_eq!(header(&answer, "content-length"), (last - first + 1).to_string());
        assert!(bytes(answer).await == server.large_bytes[first..=last], "{range}");
    }
    let outside = server.send("GET", &server.blob(), &[("range", "bytes=9999999-")]).await;
    assert_eq!(outside.status(), StatusCode::RANGE_NOT_SATISFIABLE);
    assert_eq!(header(&outside, "content-range"), format!("bytes */{LARGE}"));
}

#[tokio::test]
async fn knows_what_a_client_already_has() {
    let server = server();
    let tag = format!("\"{}\"", server.large);
    let same = server.send("GET", &server.blob(), &[("if-none-match", &tag)]).await;
    assert_eq!(same.status(), StatusCode::NOT_MODIFIED);
    let headers = [("if-range", "\"other\""), ("range", "bytes=0-1")];
    assert_eq!(server.send("GET", &server.blob(), &headers).await.status(), 200);
    let headers = [("if-range", tag.as_str()), ("range", "bytes=0-1")];
    assert_eq!(server.send("GET", &server.blob(), &headers).await.status(), 206);
}

#[tokio::test]
async fn refuses_with_the_codes_of_the_specification() {
    let server = server();
    let zeros = "0".repeat(64);
    for (path, expected) in [
        ("/v2/library/app/manifests/v9".to_owned(), (404, "MANIFEST_UNKNOWN")),
        (format!("/v2/library/app/manifests/sha256:{zeros}"), (404, "MANIFEST_UNKNOWN")),
        (format!("/v2/library/app/manifests/{}", server.large), (404, "MANIFEST_UNKNOWN")),
        ("/v2/library/app/manifests/sha256:0".to_owned(), (400, "DIGEST_INVALID")),
        (format!("/v2/library/app/blobs/sha256:{zeros}"), (404, "BLOB_UNKNOWN")),
        (format!("/v2/library/app/blobs/sha512:{zeros}{zeros}"), (404, "BLOB_UNKNOWN")),
        ("/v2/library/app/blobs/x".to_owned(), (400, "DIGEST_INVALID")),
        ("/v2/other/manifests/v1".to_owned(), (404, "NAME_UNKNOWN")),
        ("/v2/Other/manifests/v1".to_owned(), (400, "NAME_INVALID")),
        ("/v2/../manifests/v1".to_owned(), (400, "NAME_INVALID")),
        ("/v2/library/app/tags/list?n=x".to_owned(), (400, "UNSUPPORTED")),
        ("/v2/library/app".to_owned(), (404, "UNSUPPORTED")),
    ] {
        let (status, code) = code(server.get(&path).await).await;
        assert_eq!((status, code.as_str()), expected, "{path}");
    }
}

#[tokio::test]
async fn refuses_to_write() {
    let server = server();
    for (method, path) in [
        ("POST", "/v2/library/app/blobs/uploads/"),
        ("PATCH", "/v2/library/app/blobs/uploads/1"),
        ("PUT", "/v2/library/app/manifests/v1"),
        ("DELETE", "/v2/library/app/manifests/v1"),
        ("GET", "/v2/library/app/blobs/uploads/1"),
    ] {
        let answer = server.send(method, path, &[]).await;
        assert_eq!(header(&answer, "allow"), "GET, HEAD");
        assert_eq!(code(answer).await, (405, "UNSUPPORTED".to_owned()), "{method} {path}");
    }
}

#[tokio::test]
async fn finds_images_by_host_and_by_namespace() {
    let server = server();
    for (path, status) in [
        ("/v2/docker.io/library/app/manifests/v1", 200),
        ("/v2/library/app/manifests/v1?ns=docker.io", 200),
        ("/v2/library/app/manifests/v1?ns=quay.io", 404),
        ("/v2/twice/manifests/v1", 404),
        ("/v2/twice/manifests/v1?ns=quay.io", 200),
        ("/v2/quay.io/twice/manifests/v1", 200),
    ] {
        assert_eq!(server.get(path).await.status(), status, "{path}");
    }
}

#[tokio::test]
async fn lists_tags_and_repositories_in_pages() {
    let server = server();
    let all = server.get("/v2/library/app/tags/list").await;
    assert_eq!(header(&all, "link"), "");
    assert_eq!(document(all).await, json!({"name": "library/app", "tags": ["all", "v1", "v2"]}));
    let first = server.get("/v2/library/app/tags/list?n=2&ns=docker.io").await;
    let next = "</v2/library/app/tags/list?n=2&last=v1&ns=docker.io>; rel=\"next\"";
    assert_eq!(header(&first, "link"), next);
    let last = server.get("/v2/library/app/tags/list?n=2&last=v1").await;
    assert_eq!(header(&last, "link"), "");
    assert_eq!(document(last).await["tags"], json!(["v2"]));
    let none = server.get("/v2/library/app/tags/list?n=0").await;
    assert_eq!(document(none).await["tags"], json!([]));
    let catalog = server.get("/v2/_catalog?n=2").await;
    assert_eq!(header(&catalog, "link"), "</v2/_catalog?n=2&last=docker.io%2Ftwice>; rel=\"next\"");
    let names = json!(["docker.io/library/app", "docker.io/twice"]);
    assert_eq!(document(catalog).await["repositories"], names);
}

#[tokio::test]
async fn lists_referrers_with_and_without_a_filter() {
    let server = server();
    let path = format!("/v2/library/app/referrers/{}", server.image);
    let all = server.get(&path).await;
    assert_eq!(header(&all, "content-type"), OCI_INDEX);
    assert_eq!(header(&all, "oci-filters-applied"), "");
    assert_eq!(document(all).await["manifests"].as_array().unwrap().len(), 1);
    for (kind, count) in [("application/x.signature", 1), ("application/x.other", 0)] {
        let some = server.get(&format!("{path}?artifactType={kind}")).await;
        assert_eq!(header(&some, "oci-filters-applied"), "artifactType");
        assert_eq!(document(some).await["manifests"].as_array().unwrap().len(), count);
    }
    let none = server.get(&format!("/v2/library/app/referrers/{}", server.large)).await;
    assert_eq!(none.status(), 200);
    assert_eq!(document(none).await["manifests"], json!([]));
}

#[tokio::test]
async fn gives_referrers_under_the_fallback_tag_and_then_by_digest() {
    let server = server();
    let tag = format!("sha256-{}", server.image.hex());
    let head = server.send("HEAD", &format!("/v2/library/app/manifests/{tag}"), &[]).await;
    let digest = header(&head, "docker-content-digest").to_owned();
    let index = server.get(&format!("/v2/library/app/manifests/{digest}")).await;
    assert_eq!(header(&index, "content-type"), OCI_INDEX);
    let bytes = bytes(index).await;
    assert_eq!(Digest::of(&bytes).to_string(), digest);
    let tag = format!("sha256-{}", server.large.hex());
    assert_eq!(server.get(&format!("/v2/library/app/manifests/{tag}")).await.status(), 404);
}

#[tokio::test]
async fn ends_a_body_after_a_read_error_and_answers_503_until_it_is_open_again() {
    let server = server();
    *server.shelf.failing_chunk.lock().unwrap() = Some(1);
    let answer = server.get(&server.blob()).await;
    assert_eq!(answer.status(), 200);
    assert!(to_bytes(answer.into_body(), usize::MAX).await.is_err());
    for path in ["/v2/", "/v2/library/app/manifests/v1", "/v2/library/app/tags/list"] {
        let answer = server.get(path).await;
        assert_eq!(header(&answer, "retry-after"), "5");
        assert_eq!(code(answer).await, (503, "UNAVAILABLE".to_owned()), "{path}");
    }
    assert_eq!(server.shelf.reopened.load(Ordering::SeqCst), 3);
    server.shelf.healed.store(true, Ordering::SeqCst);
    assert_eq!(bytes(server.get(&server.blob()).await).await, server.large_bytes);
}

#[tokio::test]
async fn answers_503_when_the_first_mib_cannot_be_read() {
    let server = server();
    *server.shelf.failing_chunk.lock().unwrap() = Some(0);
    assert_eq!(server.get(&server.blob()).await.status(), 503);
}

#[tokio::test(start_paused = true)]
async fn clients_that_stand_still_hold_nobody_up_and_lose_nothing() {
    let server = server();
    let mut standing = Vec::new();
    // Four times as many as there are buffers, and none of them takes a byte of its body.
    for _ in 0..16 {
        standing.push(server.get(&server.blob()).await);
    }
    assert_eq!(bytes(server.get(&server.blob()).await).await, server.large_bytes);
    for answer in standing {
        assert!(bytes(answer).await == server.large_bytes);
    }
}

/// The codes of distribution-spec 1.1, "Error Codes".
const CODES: [&str; 14] = [
    "BLOB_UNKNOWN",
    "BLOB_UPLOAD_INVALID",
    "BLOB_UPLOAD_UNKNOWN",
    "DENIED",
    "DIGEST_INVALID",
    "MANIFEST_BLOB_UNKNOWN",
    "MANIFEST_INVALID",
    "MANIFEST_UNKNOWN",
    "NAME_INVALID",
    "NAME_UNKNOWN",
    "SIZE_INVALID",
    "TOOMANYREQUESTS",
    "UNAUTHORIZED",
    "UNSUPPORTED",
];

#[test]
fn every_refusal_of_a_client_has_a_code_of_the_specification_and_its_own_words() {
    let mut words = std::collections::BTreeSet::new();
    for (status, code, message) in Refusal::ALL.map(Refusal::parts) {
        assert!(!status.is_client_error() || CODES.contains(&code), "{code}");
        assert!(words.insert(message), "{message}");
    }
}
