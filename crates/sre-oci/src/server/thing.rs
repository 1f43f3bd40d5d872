//! Sending one thing: a blob, a manifest or a file, whole or in part.

use std::io;
use std::ops::Range;
use std::sync::Arc;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use futures_util::stream;
use http::header::{
    ACCEPT_RANGES, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, IF_NONE_MATCH, IF_RANGE,
    RANGE,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use sre_format::Digest;
use tokio::task::JoinHandle;

use super::pool::{Buffer, BufferPool, CHUNK, Loan};
use super::range::{self, Asked};

/// Reads one checked MiB, by its index, into a buffer that it clears first.
pub type ReadChunk = Arc<dyn Fn(u64, &mut Vec<u8>) -> io::Result<()> + Send + Sync>;

/// The most bytes that are given to a connection at once: as many as a socket takes in one call.
pub const PIECE: usize = 64 * 1024;

/// Names the digest of what is sent; clients compare it (distribution-spec, "Pulling manifests").
pub(super) const DOCKER_CONTENT_DIGEST: HeaderName =
    HeaderName::from_static("docker-content-digest");

/// Something that can be sent: how much it is, what it is, and how it is read.
#[derive(Clone)]
pub struct Thing {
    /// How many bytes it has.
    pub size: u64,
    /// The `Content-Type`, exactly as it was stored.
    pub media_type: String,
    /// The digest of all its bytes.
    pub digest: Digest,
    /// How its bytes are read.
    pub read: ReadChunk,
}

impl Thing {
    /// Makes a thing of bytes that are in memory.
    #[must_use]
    pub fn of_bytes(media_type: &str, bytes: Vec<u8>) -> Self {
        let (size, digest, bytes) = (bytes.len() as u64, Digest::of(&bytes), Arc::new(bytes));
        let read = move |index: u64, buffer: &mut Vec<u8>| {
            let chunk = usize::try_from(index * CHUNK).ok().and_then(|start| bytes.get(start..));
            let chunk = chunk.unwrap_or_default();
            buffer.clear();
            buffer.extend_from_slice(&chunk[..chunk.len().min(1 << 20)]);
            Ok(())
        };
        Self { size, media_type: media_type.to_owned(), digest, read: Arc::new(read) }
    }

    /// Answers `GET` or `HEAD` with ranges and entity tags (RFC 9110).
    ///
    /// The first MiB is read before the status is sent, so what cannot be read at all is an error
    /// here. When a later read fails, the body ends in the middle and the connection is closed: a
    /// client sees that bytes are missing, and never a wrong one.
    pub async fn answer(
        self,
        method: &Method,
        headers: &HeaderMap,
        pool: &BufferPool,
    ) -> io::Result<Response> {
        let tag = format!("\"{}\"", self.digest);
        if matches(headers, &IF_NONE_MATCH, &tag) {
            return Ok(self.empty(StatusCode::NOT_MODIFIED, &tag));
        }
        let usable = !headers.contains_key(IF_RANGE) || matches(headers, &IF_RANGE, &tag);
        let range = headers.get(RANGE).filter(|_| usable && method == Method::GET);
        let (status, part) =
            match range::asked(range.and_then(|range| range.to_str().ok()), self.size) {
                Asked::Whole => (StatusCode::OK, 0..self.size),
                Asked::Part(part) => (StatusCode::PARTIAL_CONTENT, part),
                Asked::Outside => {
                    let mut answer = self.empty(StatusCode::RANGE_NOT_SATISFIABLE, &tag);
                    set(&mut answer, CONTENT_RANGE, &format!("bytes */{}", self.size));
                    set(&mut answer, CONTENT_LENGTH, "0");
                    return Ok(answer);
                }
            };
        let mut answer = self.empty(status, &tag);
        set(&mut answer, CONTENT_LENGTH, &(part.end - part.start).to_string());
        if status == StatusCode::PARTIAL_CONTENT {
            let text = format!("bytes {}-{}/{}", part.start, part.end - 1, self.size);
            set(&mut answer, CONTENT_RANGE, &text);
        }
        if method == Method::GET && part.start < part.end {
            *answer.body_mut() = body(self.read, pool.clone(), part).await?;
        }
        Ok(answer)
    }

    fn empty(&self, status: StatusCode, tag: &str) -> Response {
        let mut answer = Response::new(Body::empty());
        *answer.status_mut() = status;
        set(&mut answer, CONTENT_TYPE, &self.media_type);
        set(&mut answer, ACCEPT_RANGES, "bytes");
        set(&mut answer, ETAG, tag);
        set(&mut answer, DOCKER_CONTENT_DIGEST, &self.digest.to_string());
        answer
    }
}

fn matches(headers: &HeaderMap, name: &HeaderName, tag: &str) -> bool {
    let text = headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    text.split(',').any(|one| one.trim() == tag || one.trim() == "*")
}

/// Sets a header; a value that cannot stand in one is left out.
pub(super) fn set(answer: &mut Response, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        answer.headers_mut().insert(name, value);
    }
}

/// What is still to be sent, the MiB that it begins in, and the one that comes next.
///
/// A MiB is given to the connection in copied pieces. Handing the buffer itself over would be one copy less,
/// but a client that stands still would keep it for as long as it likes.
struct Rest {
    read: ReadChunk,
    pool: BufferPool,
    part: Range<u64>,
    current: Option<Loan>,
    next: Option<Reading>,
}

/// A MiB that is being read, by its index.
struct Reading {
    index: u64,
    task: JoinHandle<io::Result<Loan>>,
}

async fn body(read: ReadChunk, pool: BufferPool, part: Range<u64>) -> io::Result<Body> {
    let mut rest = Rest { read, pool, part, current: None, next: None };
    rest.current = Some(rest.chunk().await?);
    Ok(Body::from_stream(stream::try_unfold(rest, |mut rest| async move {
        Ok::<_, io::Error>(rest.piece().await?.map(|piece| (piece, rest)))
    })))
}

impl Rest {
    async fn piece(&mut self) -> io::Result<Option<Bytes>> {
        while self.part.start < self.part.end {
            let range = self.range()?;
            let piece = self.current.as_ref().and_then(|loan| loan.piece(range));
            let Some(piece) = piece.transpose()? else {
                self.current = Some(self.chunk().await?);
                continue;
            };
            self.part.start += piece.len() as u64;
            if self.part.start.is_multiple_of(CHUNK) || self.part.start == self.part.end {
                self.current = None;
            }
            return Ok(Some(piece));
        }
        Ok(None)
    }

    /// Gives the stretch of the current MiB that is sent next.
    fn range(&self) -> io::Result<Range<usize>> {
        let left = (self.part.end - self.part.start).min(CHUNK - self.part.start % CHUNK);
        let length = usize::try_from(left).unwrap_or(PIECE).min(PIECE);
        let offset = usize::try_from(self.part.start % CHUNK).map_err(io::Error::other)?;
        Ok(offset..offset + length)
    }

    /// Reads the current MiB, again where it was taken back, and begins with the next one if a buffer is free.
    ///
    /// Reading ahead never waits for a buffer: a stream that holds one and waits for another could
    /// wait for itself.
    async fn chunk(&mut self) -> io::Result<Loan> {
        let index = self.part.start / CHUNK;
        let reading = match self.next.take_if(|next| next.index == index) {
            Some(reading) => reading,
            None => self.fetch(index, self.pool.buffer().await),
        };
        let loan = reading.task.await.map_err(io::Error::other)??;
        if self.next.is_none() && (index + 1) * CHUNK < self.part.end {
            let spare = self.pool.spare_buffer();
            self.next = spare.map(|spare| self.fetch(index + 1, spare));
        }
        Ok(loan)
    }

    fn fetch(&self, index: u64, mut buffer: Buffer) -> Reading {
        let (read, pool) = (Arc::clone(&self.read), self.pool.clone());
        let task = tokio::task::spawn_blocking(move || {
            read(index, &mut buffer)?;
            Ok(pool.keep(buffer))
        });
        Reading { index, task }
    }
}
