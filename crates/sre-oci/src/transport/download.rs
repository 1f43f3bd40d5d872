//! A body that is fetched to its end, over as many connections as that takes.

use std::future::Future;
use std::pin::Pin;

use bytes::Bytes;
use http::StatusCode;
use http::header::CONTENT_RANGE;

use super::retry::Tries;
use super::{Request, Response, ShownUrl, Transport, TransportError};

/// The most connections for one body: a server that gives a few bytes on each is not useful.
const MAX_CONNECTIONS: u32 = 200;

/// Opens the body at an offset: sends the request with its range and gives the answer.
pub type Open = Box<
    dyn Fn(u64) -> Pin<Box<dyn Future<Output = Result<Response, TransportError>> + Send>>
        + Send
        + Sync,
>;

/// A body from some offset to its end.
///
/// When a connection breaks, the next one asks for what is missing. A server that ignores ranges
/// and begins at 0 again costs time, not correctness: what was given out before is skipped, and
/// counted in [`Download::refetched`]. Nothing here is hashed; whoever takes the bytes does that.
pub struct Download {
    open: Open,
    tries: Tries,
    connections: u32,
    answered: bool,
    offset: u64,
    size: Option<u64>,
    limit: u64,
    skip: u64,
    refetched: u64,
    response: Option<Response>,
}

impl Download {
    /// Begins a download of a thing of known size from an offset; nothing is sent before the first `next`.
    pub(crate) fn of_size(open: Open, tries: Tries, offset: u64, size: u64) -> Self {
        Self::new(open, tries, offset, Some(size), size)
    }

    fn new(open: Open, tries: Tries, offset: u64, size: Option<u64>, limit: u64) -> Self {
        Self {
            open,
            tries,
            connections: 0,
            answered: false,
            offset,
            size,
            limit,
            skip: 0,
            refetched: 0,
            response: None,
        }
    }

    /// Gives the position of the next byte.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.offset
    }

    /// Gives the size, known from the start or since the first answer.
    #[must_use]
    pub fn size(&self) -> Option<u64> {
        self.size
    }

    /// Counts the bytes that came twice because the server ignored ranges.
    #[must_use]
    pub fn refetched(&self) -> u64 {
        self.refetched
    }

    /// Makes sure that the server has answered, so that [`Download::size`] is known if it can be.
    pub async fn start(&mut self) -> Result<(), TransportError> {
        while self.response.is_none() && self.size != Some(self.offset) {
            match self.connect().await {
                Ok(()) => self.answered = true,
                // A server that delivered before is given more time than one that never did: each
                // of these tries is as patient as a request.
                Err(error) if self.answered => self.wait_or_fail(error).await?,
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Gives the next piece, or `None` when the whole was given.
    pub async fn next(&mut self) -> Result<Option<Bytes>, TransportError> {
        loop {
            self.start().await?;
            match self.piece().await {
                Ok(Some(piece)) if piece.is_empty() => {}
                Ok(piece) => return Ok(piece),
                Err(error) => {
                    self.response = None;
                    self.wait_or_fail(error).await?;
                }
            }
        }
    }

    // Gives an empty piece when there was nothing new in it.
    async fn piece(&mut self) -> Result<Option<Bytes>, TransportError> {
        let Some(response) = &mut self.response else { return Ok(None) };
        let Some(mut piece) = response.next().await? else { return self.at_end() };
        let old = self.skip.min(piece.len() as u64);
        self.skip -= old;
        self.refetched += old;
        drop(piece.split_to(usize::try_from(old).unwrap_or(piece.len())));
        if self.offset + piece.len() as u64 > self.limit {
            let url = ShownUrl::new(response.url());
            return Err(TransportError::TooLong { url, limit: self.limit });
        }
        self.offset += piece.len() as u64;
        if !piece.is_empty() {
            self.tries.start_over();
        }
        Ok(Some(piece))
    }

    fn at_end(&mut self) -> Result<Option<Bytes>, TransportError> {
        let Some(response) = self.response.take() else { return Ok(None) };
        if self.skip > 0 || self.size.is_some_and(|size| self.offset < size) {
            let url = ShownUrl::new(response.url());
            return Err(TransportError::Truncated { url, received: self.offset, source: None });
        }
        self.size = Some(self.offset);
        Ok(None)
    }

    async fn wait_or_fail(&mut self, error: TransportError) -> Result<(), TransportError> {
        if !error.is_transient() || self.connections >= MAX_CONNECTIONS {
            return Err(error);
        }
        match self.tries.next_wait() {
            Some(wait) => {
                self.tries.pause(wait, error.what_happened()).await;
                Ok(())
            }
            None => Err(error),
        }
    }

    async fn connect(&mut self) -> Result<(), TransportError> {
        self.connections += 1;
        let response = (self.open)(self.offset).await?;
        let (start, size) = match response.status() {
            StatusCode::OK => (0, response.content_length()),
            StatusCode::PARTIAL_CONTENT => part(&response, self.offset)?,
            StatusCode::RANGE_NOT_SATISFIABLE => return Err(self.too_short(response).await),
            _ => return Err(response.into_error().await),
        };
        self.check_size(&response, size)?;
        self.skip = self.offset - start;
        self.response = Some(response);
        Ok(())
    }

    // The thing ends before the offset; the server says where, if it follows RFC 9110.
    async fn too_short(&self, response: Response) -> TransportError {
        let found = response
            .header(CONTENT_RANGE.as_str())
            .and_then(|text| text.strip_prefix("bytes */")?.parse().ok());
        match (self.size, found) {
            (Some(expected), Some(found)) if found != expected => {
                TransportError::WrongSize { url: ShownUrl::new(response.url()), expected, found }
            }
            _ => response.into_error().await,
        }
    }

    fn check_size(
        &mut self,
        response: &Response,
        found: Option<u64>,
    ) -> Result<(), TransportError> {
        let url = ShownUrl::new(response.url());
        match (self.size, found) {
            (Some(expected), Some(found)) if expected != found => {
                Err(TransportError::WrongSize { url, expected, found })
            }
            (None, Some(found)) if found > self.limit => {
                Err(TransportError::TooLong { url, limit: self.limit })
            }
            (None, found) => {
                self.size = found;
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

impl Transport {
    /// Begins to fetch a plain file from an offset, refusing more than `limit` bytes.
    #[must_use]
    pub fn download(&self, request: Request, offset: u64, limit: u64) -> Download {
        let tries = Tries::new(self.options(), request.url().into());
        Download::new(self.opener(request), tries, offset, None, limit)
    }

    /// Begins to fetch a plain file of known size from an offset.
    #[must_use]
    pub fn download_of_size(&self, request: Request, offset: u64, size: u64) -> Download {
        let tries = Tries::new(self.options(), request.url().into());
        Download::of_size(self.opener(request), tries, offset, size)
    }

    fn opener(&self, request: Request) -> Open {
        let transport = self.clone();
        Box::new(move |offset| {
            let (transport, request) = (transport.clone(), request.clone().from_offset(offset));
            Box::pin(async move { transport.send(&request).await })
        })
    }
}

// The range of a 206, checked against what was asked for: its start, and the whole size.
fn part(response: &Response, offset: u64) -> Result<(u64, Option<u64>), TransportError> {
    let text = response.header(CONTENT_RANGE.as_str()).unwrap_or_default();
    match content_range(text) {
        Some((start, size)) if start == offset && offset > 0 => Ok((start, size)),
        _ => Err(TransportError::WrongRange {
            url: ShownUrl::new(response.url()),
            offset,
            found: text.chars().take(80).collect(),
        }),
    }
}

pub(crate) fn content_range(text: &str) -> Option<(u64, Option<u64>)> {
    let (range, size) = text.strip_prefix("bytes ")?.split_once('/')?;
    let (start, end) = range.split_once('-')?;
    let (start, end) = (start.parse::<u64>().ok()?, end.parse::<u64>().ok()?);
    let size = match size {
        "*" => None,
        size => Some(size.parse::<u64>().ok()?),
    };
    // Asked for everything to the end, so the last byte has to be the last of the whole.
    let is_tail = start <= end && size.is_none_or(|size| end.checked_add(1) == Some(size));
    is_tail.then_some((start, size))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_content_ranges_and_refuses_nonsense() {
        assert_eq!(content_range("bytes 5-9/10"), Some((5, Some(10))));
        assert_eq!(content_range("bytes 5-9/*"), Some((5, None)));
        for text in ["", "5-9/10", "bytes 5-9", "bytes 9-5/10", "bytes 5-8/10", "bytes -5/10"] {
            assert_eq!(content_range(text), None, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn never_panics_on_any_content_range(text in "(bytes )?[0-9*/-]{0,60}") {
            if let Some((start, Some(size))) = content_range(&text) {
                proptest::prop_assert!(start < size);
            }
        }
    }
}
