//! Time stands still here and jumps to the next timer, so nothing waits.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};
use tokio::sync::watch;

use super::patience::Patient;
use super::*;

const IDLE: Duration = Duration::from_mins(1);
static HUNDRED_THOUSAND: [u8; 100_000] = [7; 100_000];

fn service(body: &'static [u8]) -> connections::Service {
    let router = Router::new().route("/", get(async move || body));
    let limits = Limits { idle: IDLE, ..Limits::default() };
    connections::Service { router, tls: None, limits, metrics: Arc::default() }
}

/// Connects a client to a service; gives the client's end and what ends with the connection.
fn connect(body: &'static [u8]) -> (DuplexStream, tokio::task::JoinHandle<std::io::Result<()>>) {
    let (client, server) = duplex(1024);
    let service = service(body);
    let server = Patient::new(server, IDLE, Arc::clone(&service.metrics));
    let (stop, stopped) = watch::channel(false);
    let ending = tokio::spawn(async move {
        let ended = connections::speak(&service, server, stopped).await;
        drop(stop);
        ended
    });
    (client, ending)
}

#[tokio::test(start_paused = true)]
async fn cuts_off_a_client_that_takes_nothing() {
    let (mut client, ending) = connect(&HUNDRED_THOUSAND);
    client.write_all(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
    let began = tokio::time::Instant::now();
    assert!(ending.await.unwrap().is_err());
    assert_eq!(began.elapsed().as_secs(), IDLE.as_secs());
}

#[tokio::test(start_paused = true)]
async fn lets_a_slow_client_take_as_long_as_it_needs() {
    let (mut client, ending) = connect(&HUNDRED_THOUSAND[..20_000]);
    client.write_all(b"GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").await.unwrap();
    let mut taken = 0;
    let mut piece = [0; 100];
    loop {
        let read = client.read(&mut piece).await.unwrap();
        if read == 0 {
            break;
        }
        taken += read;
        tokio::time::advance(IDLE / 2).await;
    }
    assert!(taken > 20_000);
    assert!(ending.await.unwrap().is_ok());
}

#[tokio::test(start_paused = true)]
async fn cuts_off_a_client_that_asks_for_nothing() {
    for beginning in [&b""[..], b"GET / HTTP/1.1\r\nhost:"] {
        let (mut client, ending) = connect(b"");
        client.write_all(beginning).await.unwrap();
        let began = tokio::time::Instant::now();
        assert!(ending.await.unwrap().is_err());
        assert_eq!(began.elapsed().as_secs(), IDLE.as_secs());
    }
}

#[tokio::test(start_paused = true)]
async fn cuts_off_a_client_that_keeps_its_connection_for_nothing() {
    let (mut client, ending) = connect(b"all");
    client.write_all(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    client.read_to_end(&mut answer).await.unwrap();
    assert!(answer.ends_with(b"all"));
    let _ended = ending.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn refuses_headers_without_end() {
    let (mut client, ending) = connect(b"");
    let asked = tokio::spawn(async move {
        let long = vec![b'a'; 200_000];
        let _cut = client.write_all(b"GET / HTTP/1.1\r\nx: ").await;
        let _cut = client.write_all(&long).await;
        let mut answer = Vec::new();
        let _cut = client.read_to_end(&mut answer).await;
        answer
    });
    let _ended = ending.await.unwrap();
    let answer = asked.await.unwrap();
    assert!(answer.is_empty() || answer.starts_with(b"HTTP/1.1 431"));
}
