use std::time::{Duration, Instant};

use sre_format::Digest;
use sre_oci::transport::Request;
use sre_oci::{Transport, TransportError};
use sre_testkit::{Misbehaviour, Trouble, Upstream};
use url::Url;

use crate::client::{Told, quick};

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
    let told = Told::default();
    let transport = Transport::new(told.of(quick()));
    for status in [500, 502, 503, 504, 429, 408] {
        upstream.heal();
        upstream.trouble(Trouble::on("/tool").times(2).does(Misbehaviour::busy(status)));
        assert_eq!(fetch(&transport, &url, 100).await.unwrap(), b"tool", "{status}");
    }
    let retries = told.retries();
    assert_eq!(retries.len(), 12);
    assert_eq!((retries[1].attempt, retries[1].wait), (2, Duration::ZERO));
    assert_eq!(retries[0].reason, "it answered 500 Internal Server Error");
}

#[tokio::test]
async fn waits_as_long_as_a_busy_server_asks() {
    let upstream = Upstream::plain();
    let url = file(&upstream, b"tool");
    let told = Told::default();
    let code = http::StatusCode::TOO_MANY_REQUESTS;
    let busy = Misbehaviour::Status { code, retry_after: Some(1) };
    upstream.trouble(Trouble::on("/tool").times(1).does(busy));
    let started = Instant::now();
    fetch(&Transport::new(told.of(quick())), &url, 100).await.unwrap();
    assert!(started.elapsed() >= Duration::from_secs(1));
    assert_eq!(told.retries()[0].wait, Duration::from_secs(1));
}

#[tokio::test]
async fn a_body_that_breaks_tells_of_every_connection_that_follows() {
    let upstream = Upstream::plain();
    let whole: Vec<u8> = (0..300_000_u32).map(|n| u8::try_from(n % 251).unwrap()).collect();
    let url = upstream.put_file("/large", "application/octet-stream", whole.clone());
    let url = Url::parse(&url).unwrap();
    for (trouble, reason) in [
        (Misbehaviour::Drop { after: 100_000 }, "it broke off after "),
        (Misbehaviour::Stall { after: 100_000 }, "it was silent for 0.3 s in the middle of a body"),
    ] {
        upstream.heal();
        upstream.trouble(Trouble::on("/large").times(2).does(trouble));
        let told = Told::default();
        let transport = Transport::new(told.of(quick()));
        assert!(fetch(&transport, &url, 1 << 20).await.unwrap() == whole);
        let retries = told.retries();
        assert_eq!(retries.len(), 2, "{retries:?}");
        for retry in retries {
            assert!(retry.reason.starts_with(reason), "{retry:?}");
            assert_eq!((retry.url.to_string(), retry.attempt), (url.to_string(), 1));
        }
    }
}

#[tokio::test]
async fn a_server_that_never_answers_well_is_tried_as_often_as_it_says_and_no_more() {
    let upstream = Upstream::plain();
    let url = file(&upstream, b"tool");
    upstream.trouble(Trouble::on("/tool").does(Misbehaviour::busy(503)));
    let error = fetch(&Transport::new(quick()), &url, 100).await.unwrap_err();
    assert_eq!(error.status().map(|status| status.as_u16()), Some(503));
    assert_eq!(upstream.log().len(), 3, "tries within tries multiply");
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
