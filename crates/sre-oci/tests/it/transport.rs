use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use sre_format::Digest;
use sre_oci::transport::{Request, RetryNotice};
use sre_oci::{Transport, TransportError};
use sre_testkit::{Misbehaviour, Trouble, Upstream};
use url::Url;

use crate::client::quick;

fn file(upstream: &Upstream, bytes: &'static [u8]) -> Url {
    let url = upstream.put_file("/tool.tar.gz", "application/gzip", bytes.to_vec());
    Url::parse(&url).unwrap()
}

async fn fetch(transport: &Transport, url: &Url, limit: u64) -> Result<Vec<u8>, TransportError> {
    let mut download = transport.download(Request::get(url.clone()), 0, limit);
    let mut bytes = Vec::new();
    while let Some(piece) = download.next().await? {
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes)
}

#[tokio::test]
async fn fetches_a_plain_file_and_learns_its_size() {
    let upstream = Upstream::plain();
    let url = file(&upstream, b"tool");
    let transport = Transport::new(quick());
    let mut download = transport.download(Request::get(url.clone()), 0, 100);
    download.start().await.unwrap();
    assert_eq!(download.size(), Some(4));
    assert_eq!(fetch(&transport, &url, 100).await.unwrap(), b"tool");
    let error = fetch(&transport, &url, 3).await.unwrap_err();
    assert!(matches!(error, TransportError::TooLong { limit: 3, .. }), "{error}");
}

#[tokio::test]
async fn tries_again_after_5xx_and_429_and_tells_of_it() {
    let upstream = Upstream::plain();
    let url = file(&upstream, b"tool");
    let notices = Arc::new(Mutex::new(Vec::new()));
    let mut options = quick();
    let kept = Arc::clone(&notices);
    options.on_retry = Some(Arc::new(move |notice: &RetryNotice| {
        kept.lock().unwrap().push(notice.clone());
    }));
    let transport = Transport::new(options);
    for status in [500, 502, 503, 504, 429, 408] {
        upstream.heal();
        upstream.trouble(Trouble::on("/tool").times(2).does(Misbehaviour::busy(status)));
        assert_eq!(fetch(&transport, &url, 100).await.unwrap(), b"tool", "{status}");
    }
    assert_eq!(notices.lock().unwrap().len(), 12);
}

#[tokio::test]
async fn a_retry_after_beyond_patience_is_an_error_that_names_it() {
    let upstream = Upstream::plain();
    let url = file(&upstream, b"tool");
    let code = http::StatusCode::TOO_MANY_REQUESTS;
    let trouble = Misbehaviour::Status { code, retry_after: Some(3600) };
    upstream.trouble(Trouble::on("/tool").does(trouble));
    let started = Instant::now();
    let error = fetch(&Transport::new(quick()), &url, 100).await.unwrap_err();
    assert!(error.to_string().contains("3600 s"), "{error}");
    assert!(started.elapsed() < Duration::from_secs(30));
}

#[tokio::test]
async fn loops_and_silence_end_with_their_name() {
    let upstream = Upstream::plain();
    let url = file(&upstream, b"tool");
    let transport = Transport::new(quick());
    upstream.trouble(Trouble::on("/tool").does(Misbehaviour::RedirectLoop));
    let error = fetch(&transport, &url, 100).await.unwrap_err();
    assert!(matches!(error, TransportError::RedirectLoop { .. }), "{error}");
    upstream.heal();
    upstream.trouble(Trouble::on("/tool").does(Misbehaviour::Stall { after: 0 }));
    let error = fetch(&transport, &url, 100).await.unwrap_err();
    assert!(matches!(error, TransportError::Stalled { .. }), "{error}");
    upstream.stop();
    let error = fetch(&transport, &url, 100).await.unwrap_err();
    assert!(error.is_transient(), "{error}");
}

#[tokio::test]
async fn follows_a_redirect_to_another_host() {
    let upstream = Upstream::plain();
    let storage = Upstream::plain();
    file(&storage, b"tool");
    let url = file(&upstream, b"other");
    let base = storage.url().to_owned();
    upstream.trouble(Trouble::on("/tool").does(Misbehaviour::RedirectTo { base }));
    assert_eq!(fetch(&Transport::new(quick()), &url, 100).await.unwrap(), b"tool");
}

#[tokio::test]
async fn refuses_urls_with_credentials_and_never_shows_them() {
    let transport = Transport::new(quick());
    let url = Url::parse("http://me:hunter2@127.0.0.1:9/x").unwrap();
    let error = fetch(&transport, &url, 100).await.unwrap_err();
    assert!(!format!("{error} {error:?}").contains("hunter2"), "{error:?}");
    assert!(error.to_string().contains("credentials"), "{error}");
}

#[tokio::test]
async fn many_requests_share_a_small_pool() {
    let upstream = Upstream::plain();
    let url = file(&upstream, b"tool");
    let mut options = quick();
    options.requests_per_host = 2;
    let transport = Transport::new(options);
    let many = (0..20).map(|_| {
        let (transport, url) = (transport.clone(), url.clone());
        tokio::spawn(async move { fetch(&transport, &url, 100).await.unwrap() })
    });
    for fetched in many.collect::<Vec<_>>() {
        assert_eq!(Digest::of(&fetched.await.unwrap()), Digest::of(b"tool"));
    }
    assert!(upstream.peak_transfers() <= 2);
}
