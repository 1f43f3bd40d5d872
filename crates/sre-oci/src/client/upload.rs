//! Sending one blob, over as many requests as it takes.
//!
//! A small blob is one `PUT`; a larger one is sent in chunks by `PATCH`, the last one within the
//! closing `PUT`. When something breaks, the registry is asked how far it got and the upload goes
//! on there; when it has forgotten the upload, a new one begins. A limit on request bodies (413)
//! halves the chunks.

use std::sync::Arc;

use http::header::{CONTENT_RANGE, CONTENT_TYPE, RANGE};
use http::{HeaderValue, Method, StatusCode};
use sre_format::Digest;
use url::Url;

use super::{ClientError, RegistryClient};
use crate::transport::{BlobSource, Body, Request, Response, ShownUrl, Tries};

/// The largest request body, to begin with. Larger ones save nothing and lose more to a proxy
/// that buffers them.
const CHUNK: u64 = 128 << 20;
/// The smallest chunk that is tried against a limit on request bodies.
const LEAST_CHUNK: u64 = 1 << 20;

/// An upload that a registry opened.
#[derive(Debug)]
pub struct UploadSession {
    url: Url,
    offset: u64,
    chunk: u64,
}

/// What sending a blob took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Uploaded {
    /// The bytes given to requests, those counted twice that had to be sent again.
    pub bytes_sent: u64,
}

struct Upload<'a> {
    client: &'a RegistryClient,
    repository: &'a str,
    digest: Digest,
    size: u64,
    source: Arc<dyn BlobSource>,
    bytes_sent: u64,
}

enum Step {
    Done,
    More,
    /// The registry lost track, or refuses the size of the chunk: ask it how far it got.
    Ask(ClientError),
}

impl UploadSession {
    pub(super) fn new(url: Url, least_chunk: u64) -> Self {
        Self { url, offset: 0, chunk: CHUNK.max(least_chunk) }
    }

    // A proxy that limits bodies may cut the connection before its 413 can be read, so any
    // chunk of which nothing arrived is followed by a smaller one.
    fn halve_chunk(&mut self, size: u64) {
        self.chunk = (self.chunk.min(size) / 2).max(LEAST_CHUNK);
    }
}

impl RegistryClient {
    /// Sends a blob, into an upload that a mount opened or a new one.
    pub async fn upload_blob(
        &self,
        repository: &str,
        digest: Digest,
        size: u64,
        source: Arc<dyn BlobSource>,
        session: Option<UploadSession>,
    ) -> Result<Uploaded, ClientError> {
        let mut upload = Upload { client: self, repository, digest, size, source, bytes_sent: 0 };
        let mut session = session;
        let mut tries = self.tries_of_upload(repository, digest);
        loop {
            let mut current = match session.take() {
                Some(session) => session,
                None => self.open_upload(repository).await?,
            };
            let before = current.offset;
            let Some(error) = upload.run(&mut current).await? else {
                return Ok(Uploaded { bytes_sent: upload.bytes_sent });
            };
            if current.offset > before {
                tries.start_over();
            }
            let Some(wait) = tries.next_wait() else { return Err(error) };
            tries.pause(wait, error.what_happened()).await;
            let stuck = current.offset == before;
            session = upload.resume(current).await?;
            if let Some(session) =
                session.as_mut().filter(|session| stuck && session.offset == before)
            {
                session.halve_chunk(size);
            }
            if session.is_none() && self.has_blob(repository, digest).await? {
                return Ok(Uploaded { bytes_sent: upload.bytes_sent });
            }
        }
    }
}

impl RegistryClient {
    fn tries_of_upload(&self, repository: &str, digest: Digest) -> Tries {
        let shown = self.inner.origin.shown_thing(repository, &format!("blobs/{digest}"));
        Tries::new(self.inner.transport.options(), shown)
    }
}

impl Upload<'_> {
    // Gives the error after which it is worth going on, or `None` when the blob is sent.
    async fn run(
        &mut self,
        session: &mut UploadSession,
    ) -> Result<Option<ClientError>, ClientError> {
        loop {
            match self.step(session).await? {
                Step::Done => return Ok(None),
                Step::More => {}
                Step::Ask(error) => return Ok(Some(error)),
            }
        }
    }

    async fn step(&mut self, session: &mut UploadSession) -> Result<Step, ClientError> {
        let end = self.size.min(session.offset.saturating_add(session.chunk));
        let is_last = end == self.size;
        let request = self.request(session, end, is_last);
        self.bytes_sent += end - session.offset;
        let response = match self.client.send_to_upload(self.repository, request).await {
            Ok(response) => response,
            Err(error) if error.is_transient() => return Ok(Step::Ask(error.into())),
            Err(error) => return Err(error.into()),
        };
        match (response.status(), is_last) {
            (StatusCode::CREATED | StatusCode::NO_CONTENT, true) => Ok(Step::Done),
            (StatusCode::ACCEPTED | StatusCode::NO_CONTENT, false) => {
                advance(self.client, session, &response, end)?;
                Ok(Step::More)
            }
            _ => self.refused(session, response).await,
        }
    }

    fn request(&self, session: &UploadSession, end: u64, is_last: bool) -> Request {
        let mut url = session.url.clone();
        let method = if is_last { Method::PUT } else { Method::PATCH };
        if is_last {
            url.query_pairs_mut().append_pair("digest", &self.digest.to_string());
        }
        let mut request = Request::new(method, url)
            .header(CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
        if (session.offset > 0 || !is_last) && end > session.offset {
            // Both ends count, and there is no unit (distribution-spec, "Pushing a blob in chunks").
            let range = format!("{}-{}", session.offset, end - 1);
            if let Ok(value) = HeaderValue::try_from(range) {
                request = request.header(CONTENT_RANGE, value);
            }
        }
        let range = session.offset..end;
        request.body(Body::Part { source: Arc::clone(&self.source), range })
    }

    async fn refused(
        &self,
        session: &mut UploadSession,
        response: Response,
    ) -> Result<Step, ClientError> {
        let status = response.status();
        let error = response.into_error().await;
        match status {
            StatusCode::PAYLOAD_TOO_LARGE if session.chunk > LEAST_CHUNK => {}
            StatusCode::NOT_FOUND | StatusCode::RANGE_NOT_SATISFIABLE => {}
            // A registry whose copy was damaged by a broken connection says so by the digest.
            StatusCode::BAD_REQUEST if session.offset > 0 => session.offset = u64::MAX,
            _ if error.is_transient() => {}
            _ => return Err(error.into()),
        }
        Ok(Step::Ask(error.into()))
    }

    // Asks the registry how far it got; `None` when the upload has to begin anew.
    async fn resume(&self, session: UploadSession) -> Result<Option<UploadSession>, ClientError> {
        if session.offset == u64::MAX {
            return Ok(None);
        }
        let request = Request::get(session.url.clone());
        let response = self.client.send_to_upload(self.repository, request).await?;
        match response.status() {
            StatusCode::NO_CONTENT | StatusCode::ACCEPTED | StatusCode::OK => {
                let offset = received(&response).unwrap_or(0);
                if offset > self.size {
                    return Ok(None);
                }
                let next = self.client.session(&response).map_or(session.url, |next| next.url);
                Ok(Some(UploadSession { url: next, offset, chunk: session.chunk }))
            }
            _ => Ok(None),
        }
    }
}

fn advance(
    client: &RegistryClient,
    session: &mut UploadSession,
    response: &Response,
    end: u64,
) -> Result<(), ClientError> {
    let next = client.session(response)?;
    let offset = received(response).unwrap_or(end);
    if offset > end {
        return Err(ClientError::Protocol {
            url: ShownUrl::new(response.url()),
            reason: "it claims more bytes than were sent",
        });
    }
    *session = UploadSession { offset, url: next.url, chunk: session.chunk };
    Ok(())
}

// `Range: 0-99` means that 100 bytes are there; `0-0` stands for none in practice, because that
// is what the most common registry says of an empty upload. One byte sent twice does no harm
// there, for a registry that keeps count answers 416 and is asked again.
fn received(response: &Response) -> Option<u64> {
    let text = response.header(RANGE.as_str())?;
    let (start, end) = text.trim_start_matches("bytes=").split_once('-')?;
    let end: u64 = end.parse().ok()?;
    match (start, end) {
        ("0", 0) => Some(0),
        ("0", end) => Some(end + 1),
        _ => None,
    }
}
