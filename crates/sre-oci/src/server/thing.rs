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

use super::pool::{Buffer, BufferPool, CHUNK};
use super::range::{self, Asked};

/// Reads one checked MiB, by its index, into a buffer that it clears first.
pub type ReadChunk = Arc<dyn Fn(u64, &mut Vec<u8>) -> io::Result<()> + Send + Sync>;

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

/// What is still to be sent, and the chunk that comes next.
struct Rest {
    read: ReadChunk,
    pool: BufferPool,
    part: Range<u64>,
    next: Option<JoinHandle<io::Result<Buffer>>>,
}

async fn body(read: ReadChunk, pool: BufferPool, part: Range<u64>) -> io::Result<Body> {
    let buffer = pool.buffer().await;
    let first = finished(fetch(&read, part.start / CHUNK, buffer).await)?;
    let mut rest = Rest { read, pool, part, next: None };
    let first = rest.cut(first)?;
    let state = (Some(first), rest);
    Ok(Body::from_stream(stream::try_unfold(state, |(first, mut rest)| async move {
        let piece = match first {
            Some(piece) => Some(piece),
            None => rest.piece().await?,
        };
        Ok::<_, io::Error>(piece.map(|piece| (piece, (None, rest))))
    })))
}

impl Rest {
    async fn piece(&mut self) -> io::Result<Option<Bytes>> {
        if self.part.start >= self.part.end {
            return Ok(None);
        }
        let chunk = match self.next.take() {
            Some(chunk) => chunk,
            None => fetch(&self.read, self.part.start / CHUNK, self.pool.buffer().await),
        };
        let buffer = finished(chunk.await)?;
        self.cut(buffer).map(Some)
    }

    /// Takes what was asked for out of a chunk, and begins to read the next one if a buffer is free.
    ///
    /// Reading ahead never waits for a buffer: a stream that holds one and waits for another could
    /// wait for itself.
    fn cut(&mut self, buffer: Buffer) -> io::Result<Bytes> {
        let offset = self.part.start % CHUNK;
        let end = (offset + (self.part.end - self.part.start)).min(CHUNK);
        let range = usize::try_from(offset).ok().zip(usize::try_from(end).ok());
        let Some((offset, end)) = range.filter(|(_, end)| *end <= buffer.len()) else {
            return Err(io::ErrorKind::UnexpectedEof.into());
        };
        self.part.start += (end - offset) as u64;
        if self.part.start < self.part.end {
            let spare = self.pool.spare_buffer();
            self.next = spare.map(|spare| fetch(&self.read, self.part.start / CHUNK, spare));
        }
        Ok(Bytes::from_owner(buffer).slice(offset..end))
    }
}

fn fetch(read: &ReadChunk, index: u64, mut buffer: Buffer) -> JoinHandle<io::Result<Buffer>> {
    let read = Arc::clone(read);
    tokio::task::spawn_blocking(move || {
        read(index, &mut buffer)?;
        Ok(buffer)
    })
}

fn finished(result: Result<io::Result<Buffer>, tokio::task::JoinError>) -> io::Result<Buffer> {
    result.map_err(io::Error::other)?
}
