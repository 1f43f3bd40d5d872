//! Clients that ask for much and then read nothing, over real sockets.

use std::net::SocketAddr;

use sre_testkit::bundle::Bundle;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;

use crate::server::{MIB, PROMPTLY, Running, image, start};

/// Twice as many as the server has buffers.
const STALLED: usize = 24;
/// What the kernel keeps for a client that reads nothing; small, so that the server has to stop.
const WINDOW: u32 = 16 * 1024;

/// Asks for something, reads where the answer begins, and then nothing more.
async fn ask_and_stall(server: &Running, path: &str) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(WINDOW).unwrap();
    let host = server.url.strip_prefix("http://").unwrap();
    let mut stream = socket.connect(host.parse::<SocketAddr>().unwrap()).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut status = [0; 15];
    stream.read_exact(&mut status).await.unwrap();
    assert_eq!(&status, b"HTTP/1.1 200 OK");
    stream
}

/// Reads on to the end; gives the body.
async fn go_on(mut stream: TcpStream) -> Vec<u8> {
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).await.unwrap();
    let end = rest.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
    rest.split_off(end + 4)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_that_read_nothing_hold_nobody_up_and_lose_nothing() {
    let image = image(1, 24 * MIB);
    let (digest, content) = image.blobs[1].clone();
    let right = content.read_all().unwrap();
    let server = start(Bundle::new().carry("docker.io/app:v1", &image)).await;
    let path = format!("/v2/app/blobs/{digest}");
    let mut stalled = Vec::new();
    for _ in 0..STALLED {
        stalled.push(ask_and_stall(&server, &path).await);
    }
    let pull = async {
        assert_eq!(server.bytes("/v2/app/manifests/v1").await, image.top().bytes);
        server.bytes(&path).await
    };
    let pulled = timeout(PROMPTLY, pull).await.expect("others hold this client up");
    assert!(pulled == right);
    for stream in stalled.drain(..3) {
        assert!(go_on(stream).await == right);
    }
    assert!(server.text("/metrics").await.contains("sre_connections_stalled_total 0\n"));
}
