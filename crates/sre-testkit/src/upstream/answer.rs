//! Answers and their bodies.

use std::io;
use std::sync::atomic::Ordering;

use bytes::Bytes;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use http::header::{ACCEPT_RANGES, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, RANGE};
use http::{HeaderMap, Response, StatusCode};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt as _, StreamBody};
use hyper::body::Frame;
use serde_json::{Value, json};

use super::log::Log;
use crate::Content;

pub(super) type Body = BoxBody<Bytes, io::Error>;
pub(super) type Answer = Response<Body>;

/// How much is sent at a time, in bytes.
const PIECE: usize = 256 * 1024;

pub(super) fn streamed<S>(pieces: S) -> Body
where
    S: stream::Stream<Item = io::Result<Bytes>> + Send + Sync + 'static,
{
    BoxBody::new(StreamBody::new(pieces.map_ok(Frame::data)))
}

pub(super) fn whole(bytes: Bytes) -> Body {
    streamed(stream::iter([Ok(bytes)]))
}

pub(super) fn empty(status: StatusCode) -> Answer {
    let mut answer = Response::new(whole(Bytes::new()));
    *answer.status_mut() = status;
    set(&mut answer, CONTENT_LENGTH.as_str(), "0");
    answer
}

pub(super) fn bytes(status: StatusCode, media_type: &str, bytes: Bytes) -> Answer {
    let length = bytes.len().to_string();
    let mut answer = Response::new(whole(bytes));
    *answer.status_mut() = status;
    set(&mut answer, CONTENT_LENGTH.as_str(), &length);
    set(&mut answer, CONTENT_TYPE.as_str(), media_type);
    answer
}

pub(super) fn document(value: &Value) -> Answer {
    bytes(StatusCode::OK, "application/json", value.to_string().into())
}

/// An error as the distribution-spec writes it.
pub(super) fn error(status: u16, code: &str, message: &str) -> Answer {
    let value = json!({ "errors": [{ "code": code, "message": message, "detail": {} }] });
    let status = StatusCode::from_u16(status).expect("a status code has three digits");
    bytes(status, "application/json", value.to_string().into())
}

pub(super) fn set(answer: &mut Answer, name: &str, value: &str) {
    let name: http::HeaderName = name.parse().expect("header names are tokens");
    answer.headers_mut().insert(name, value.parse().expect("header values are visible text"));
}

/// Answers content with ranges; counts what is really sent when a log is given.
pub(super) fn content(
    content: Content,
    media_type: &str,
    asked: &HeaderMap,
    log: Option<&Log>,
) -> Answer {
    let size = content.size();
    let range = asked.get(RANGE).and_then(|range| range.to_str().ok()).map(|text| span(text, size));
    let (status, start, end) = match range {
        None | Some(Span::Whole) => (StatusCode::OK, 0, size),
        Some(Span::Part { start, end }) => (StatusCode::PARTIAL_CONTENT, start, end),
        Some(Span::Outside) => {
            let mut answer = error(416, "RANGE_INVALID", "no byte of that range exists");
            set(&mut answer, CONTENT_RANGE.as_str(), &format!("bytes */{size}"));
            return answer;
        }
    };
    let mut answer = Response::new(body_of(content, start, end, log));
    *answer.status_mut() = status;
    set(&mut answer, CONTENT_TYPE.as_str(), media_type);
    set(&mut answer, CONTENT_LENGTH.as_str(), &(end - start).to_string());
    set(&mut answer, ACCEPT_RANGES.as_str(), "bytes");
    if status == StatusCode::PARTIAL_CONTENT {
        let text = format!("bytes {start}-{}/{size}", end - 1);
        set(&mut answer, CONTENT_RANGE.as_str(), &text);
    }
    answer
}

fn body_of(content: Content, start: u64, end: u64, log: Option<&Log>) -> Body {
    let counter = log.map(|log| (std::sync::Arc::clone(&log.sent), log.transfer()));
    streamed(stream::try_unfold((start, counter), move |(offset, counter)| {
        let left = usize::try_from(end - offset).unwrap_or(PIECE).min(PIECE);
        let piece = (left > 0).then(|| content.read(offset, left)).transpose();
        async move {
            let Some(piece) = piece? else { return Ok(None) };
            if let Some((sent, _)) = &counter {
                sent.fetch_add(piece.len() as u64, Ordering::Relaxed);
            }
            let next = offset + piece.len() as u64;
            Ok(Some((piece, (next, counter))))
        }
    }))
}

enum Span {
    Whole,
    Part { start: u64, end: u64 },
    Outside,
}

/// Reads a `Range` header; several ranges or another unit mean the whole (RFC 9110, 14.2).
fn span(text: &str, size: u64) -> Span {
    let Some((first, last)) = text.strip_prefix("bytes=").and_then(|range| range.split_once('-'))
    else {
        return Span::Whole;
    };
    let (start, end) = match (first.parse::<u64>(), last.parse::<u64>()) {
        (Ok(start), Ok(last)) => (start, last.saturating_add(1).min(size)),
        (Ok(start), Err(_)) if last.is_empty() => (start, size),
        (Err(_), Ok(count)) if first.is_empty() => (size.saturating_sub(count), size),
        _ => return Span::Whole,
    };
    if start < end { Span::Part { start, end } } else { Span::Outside }
}

/// What follows after the last byte that a shortened body sends.
#[derive(Clone, Copy)]
pub(super) enum End {
    Clean,
    Stall,
    Cut,
}

/// Ends a body after so many bytes.
pub(super) fn shorten(body: Body, after: u64, end: End) -> Body {
    let pieces = body.into_data_stream();
    streamed(stream::try_unfold((pieces, after), move |(mut pieces, left)| async move {
        if left == 0 {
            return finish(end).await;
        }
        let Some(piece) = pieces.next().await.transpose()? else { return Ok(None) };
        let take = piece.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        Ok(Some((piece.slice(..take), (pieces, left - take as u64))))
    }))
}

async fn finish<T>(end: End) -> io::Result<Option<T>> {
    match end {
        End::Clean => Ok(None),
        End::Stall => std::future::pending().await,
        End::Cut => {
            // Gives the connection a chance to send what it holds before it is closed.
            for _ in 0..64 {
                tokio::task::yield_now().await;
            }
            Err(io::Error::other("the connection is closed on purpose"))
        }
    }
}

/// Flips the lowest bit of one byte.
pub(super) fn corrupt(body: Body, at: u64) -> Body {
    let pieces = body.into_data_stream();
    streamed(pieces.scan(0_u64, move |offset, piece| {
        let piece = piece.map(|piece| flip(piece, at.checked_sub(*offset)));
        *offset += piece.as_ref().map_or(0, |piece| piece.len() as u64);
        std::future::ready(Some(piece))
    }))
}

fn flip(piece: Bytes, at: Option<u64>) -> Bytes {
    let at = at.and_then(|at| usize::try_from(at).ok()).filter(|at| *at < piece.len());
    let Some(at) = at else { return piece };
    let mut altered = piece.to_vec();
    altered[at] ^= 1;
    altered.into()
}

/// Adds zeros to a body.
pub(super) fn lengthen(body: Body, bytes: u64) -> Body {
    let more = vec![0; usize::try_from(bytes).expect("tests append few bytes")];
    streamed(body.into_data_stream().chain(stream::iter([Ok(more.into())])))
}
