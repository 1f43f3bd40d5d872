//! The body of a large request on its way out, and how far it got.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream;
use tokio::sync::watch;
use tokio::time::Instant;

use super::{BlobSource, ShownUrl, TransportError};

/// How far the body of a request got: the last moment that a piece was taken, and the end.
#[derive(Clone)]
pub(super) struct Progress {
    sender: Arc<watch::Sender<Stage>>,
    failure: Arc<Mutex<Option<io::Error>>>,
}

#[derive(Clone, Copy)]
enum Stage {
    Sending(Instant),
    Sent,
}

impl Progress {
    pub(super) fn new() -> Self {
        Self {
            sender: Arc::new(watch::Sender::new(Stage::Sending(Instant::now()))),
            failure: Arc::default(),
        }
    }

    fn touch(&self) {
        self.sender.send_replace(Stage::Sending(Instant::now()));
    }

    pub(super) fn finish(&self) {
        self.sender.send_replace(Stage::Sent);
    }

    fn fail(&self, error: io::Error) {
        *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
    }

    // Ends when no piece was taken for `idle`; never, once the body is sent.
    pub(super) async fn stalled(&self, idle: Duration) {
        loop {
            let stage = *self.sender.borrow();
            let Stage::Sending(last) = stage else { return std::future::pending().await };
            if last.elapsed() >= idle {
                return;
            }
            tokio::time::sleep_until(last + idle).await;
        }
    }

    // Ends when the body was sent and no answer came for `patience`.
    pub(super) async fn unanswered(&self, patience: Duration) {
        let mut receiver = self.sender.subscribe();
        if receiver.wait_for(|stage| matches!(stage, Stage::Sent)).await.is_ok() {
            tokio::time::sleep(patience).await;
        }
    }

    pub(super) fn explain(&self, url: ShownUrl, error: reqwest::Error) -> TransportError {
        let failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner).take();
        match failure {
            Some(source) => TransportError::Source { url, source },
            None if error.is_connect() => {
                TransportError::Connect { url, source: error.without_url() }
            }
            None => TransportError::Broken { url, source: error.without_url() },
        }
    }
}

pub(super) fn streamed(
    source: Arc<dyn BlobSource>,
    start: u64,
    end: u64,
    progress: Progress,
) -> reqwest::Body {
    reqwest::Body::wrap_stream(stream::try_unfold(start, move |offset| {
        let (source, progress) = (Arc::clone(&source), progress.clone());
        async move {
            if offset >= end {
                progress.finish();
                return Ok::<_, io::Error>(None);
            }
            progress.touch();
            let piece = read_piece(source.as_ref(), offset, end).await.map_err(|error| {
                let told = io::Error::new(error.kind(), "the source failed");
                progress.fail(error);
                told
            })?;
            let next = offset + piece.len() as u64;
            if next >= end {
                progress.finish();
            }
            Ok(Some((piece, next)))
        }
    }))
}

async fn read_piece(source: &dyn BlobSource, offset: u64, end: u64) -> io::Result<Bytes> {
    let mut piece = source.read_at(offset).await?;
    if piece.is_empty() {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    piece.truncate(usize::try_from(end - offset).unwrap_or(usize::MAX));
    Ok(piece)
}
