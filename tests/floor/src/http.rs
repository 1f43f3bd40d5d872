//! The least of HTTP/1.1: one kept connection, answers with a known length.

use anyhow::{Context as _, Result, bail};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// An answer without its body.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) length: u64,
    pub(crate) location: String,
}

/// A connection that is kept for all requests of a thread.
pub(crate) struct Connection {
    host: String,
    stream: BufReader<TcpStream>,
}

impl Connection {
    pub(crate) fn open(host: &str) -> Result<Self> {
        let address: SocketAddr = host.parse().with_context(|| format!("no address: {host}"))?;
        let stream = TcpStream::connect_timeout(&address, Duration::from_secs(5))?;
        stream.set_nodelay(true)?;
        Ok(Self { host: host.to_owned(), stream: BufReader::with_capacity(16 * 1024, stream) })
    }

    /// Sends a request head; the body of `length` bytes follows by `send`.
    pub(crate) fn ask(&mut self, request: &str, extra: &str, length: u64) -> Result<()> {
        let head = format!(
            "{request} HTTP/1.1\r\nHost: {}\r\n{extra}Content-Length: {length}\r\n\r\n",
            self.host
        );
        self.send(head.as_bytes())
    }

    pub(crate) fn send(&mut self, bytes: &[u8]) -> Result<()> {
        Ok(self.stream.get_mut().write_all(bytes)?)
    }

    /// Reads the head of an answer.
    pub(crate) fn answer(&mut self) -> Result<Answer> {
        let mut line = String::new();
        self.stream.read_line(&mut line)?;
        let status = line.split(' ').nth(1).context("no status line")?.parse()?;
        let mut answer = Answer { status, length: 0, location: String::new() };
        loop {
            line.clear();
            self.stream.read_line(&mut line)?;
            let Some((name, value)) = line.trim_end().split_once(": ") else { break };
            match name.to_ascii_lowercase().as_str() {
                "content-length" => answer.length = value.parse()?,
                "location" => value.clone_into(&mut answer.location),
                _ => {}
            }
        }
        Ok(answer)
    }

    /// Reads the head of an answer, wants this status and drops the body.
    pub(crate) fn expect(&mut self, status: u16) -> Result<Answer> {
        let answer = self.answer()?;
        let mut body = vec![0; usize::try_from(answer.length)?];
        self.read(&mut body)?;
        if answer.status != status {
            bail!("{} instead of {status}: {}", answer.status, String::from_utf8_lossy(&body));
        }
        Ok(answer)
    }

    /// Fills the buffer from the body of the answer.
    pub(crate) fn read(&mut self, buffer: &mut [u8]) -> Result<()> {
        Ok(self.stream.read_exact(buffer)?)
    }
}
