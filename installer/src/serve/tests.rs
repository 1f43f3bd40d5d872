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
    let (stop, stopped) = watch::channel(());
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
async fn cuts_off_a_client_that_sends_its_headers_drop_by_drop() {
    let (mut client, ending) = connect(b"");
    let mut pace = tokio::time::interval(IDLE / 10);
    let began = tokio::time::Instant::now();
    let dripping = tokio::spawn(async move {
        while client.write_all(b"G").await.is_ok() {
            pace.tick().await;
        }
    });
    assert!(ending.await.unwrap().is_err());
    assert_eq!(began.elapsed().as_secs(), IDLE.as_secs());
    dripping.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn answers_nothing_that_is_not_http_1() {
    for beginning in [&b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"[..], b"\x16\x03\x01\x02\x00\r\n\r\n"] {
        let (mut client, ending) = connect(b"all");
        client.write_all(beginning).await.unwrap();
        assert!(ending.await.unwrap().is_err());
        let mut answer = Vec::new();
        client.read_to_end(&mut answer).await.unwrap();
        assert!(!answer.ends_with(b"all"));
    }
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

#[tokio::test]
async fn the_system_takes_little_before_it_is_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    let _client = socket.connect(listener.local_addr().unwrap()).await.unwrap();
    let (stream, _) = listener.accept().await.unwrap();
    connections::prepare(&stream).unwrap();
    let unsent = socket2::SockRef::from(&stream).tcp_notsent_lowat().unwrap();
    assert_eq!(unsent, 64 * 1024);
    assert!(stream.nodelay().unwrap());
}
