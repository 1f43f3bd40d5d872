//! Sending one request: permit, redirects, time limits, retries.

use std::sync::Arc;
use std::time::Duration;

use http::header::{AUTHORIZATION, CONTENT_LENGTH};
use http::{HeaderValue, Method, StatusCode};

use super::clients::host_and_port;
use super::permits::Permit;
use super::progress::{Progress, streamed};
use super::redirect::Chain;
use super::retry::{self, Tries};
use super::{Body, Redirects, Request, Response, ShownUrl, Transport, TransportError};

impl Transport {
    /// Sends a request and gives the answer, whatever its status.
    ///
    /// Broken connections, 408, 429 and 5xx are tried again as the options say; when the last
    /// try is answered so, that answer is given. A [`Body::Part`] is sent once.
    pub async fn send(&self, request: &Request) -> Result<Response, TransportError> {
        let tries = Tries::new(self.options(), (&request.url).into());
        let mut tries = tries.at_most(request.attempts);
        loop {
            let result = self.send_once(request).await;
            let once = matches!(request.body, Body::Part { .. });
            let Some((reason, asked)) = self.worth_retrying(&result).filter(|_| !once) else {
                return result;
            };
            let Some(own) = tries.next_wait() else { return result };
            let wait = asked.unwrap_or(own);
            if wait > self.options().retries.patience {
                return Err(TransportError::RateLimited { url: (&request.url).into(), wait });
            }
            // The permit that it holds may be the only one.
            drop(result);
            tries.pause(wait, reason).await;
        }
    }

    // Gives why, and the wait that the server asks for.
    fn worth_retrying(
        &self,
        result: &Result<Response, TransportError>,
    ) -> Option<(String, Option<Duration>)> {
        match result {
            Err(error) => error.is_transient().then(|| (error.what_happened(), None)),
            Ok(answer) if retry::is_transient(answer.status()) => {
                let asked = retry::retry_after(answer.headers());
                if answer.status() == StatusCode::TOO_MANY_REQUESTS {
                    let pause = asked.unwrap_or_default();
                    answer.slow_down(pause.min(self.options().retries.patience));
                }
                Some((format!("it answered {}", answer.status()), asked))
            }
            Ok(answer) => {
                answer.went_well();
                None
            }
        }
    }

    async fn send_once(&self, request: &Request) -> Result<Response, TransportError> {
        check_url(request)?;
        let mut chain = Chain::new(request.url.clone());
        loop {
            let permit = self.permits(&host_and_port(chain.current())).acquire().await;
            let response = self.exchange(request, &chain, permit).await?;
            if !is_redirect(response.status()) || request.redirects == Redirects::Refuse {
                return Ok(response);
            }
            chain.follow(response.headers())?;
        }
    }

    async fn exchange(
        &self,
        request: &Request,
        chain: &Chain,
        permit: Permit,
    ) -> Result<Response, TransportError> {
        let url = chain.current().clone();
        let client = self.inner.clients.get(&url, self.options())?;
        let mut builder =
            client.request(request.method.clone(), url.clone()).headers(request.headers.clone());
        if let Some(value) = request.authorization.as_ref().filter(|_| chain.may_see_secrets()) {
            builder = builder.header(AUTHORIZATION, value.clone());
        }
        let progress = Progress::new();
        let outgoing = match &request.body {
            Body::Empty if request.method == Method::POST => {
                builder.header(CONTENT_LENGTH, HeaderValue::from_static("0"))
            }
            Body::Empty => builder,
            Body::Whole(bytes) => builder.body(bytes.clone()),
            Body::Part { source, range } => builder
                .header(CONTENT_LENGTH, HeaderValue::from(range.end - range.start))
                .body(streamed(Arc::clone(source), range.start, range.end, progress.clone())),
        };
        let inner = self.await_answer(request, &url, outgoing, &progress).await?;
        let idle = self.options().timeouts.idle;
        Ok(Response { method: request.method.clone(), url, inner, idle, received: 0, permit })
    }

    async fn await_answer(
        &self,
        request: &Request,
        url: &url::Url,
        outgoing: reqwest::RequestBuilder,
        progress: &Progress,
    ) -> Result<reqwest::Response, TransportError> {
        let timeouts = self.options().timeouts;
        let shown = ShownUrl::new(url);
        if matches!(request.body, Body::Empty | Body::Whole(_)) {
            progress.finish();
        }
        let patience = match request.method {
            Method::GET | Method::HEAD => timeouts.idle,
            _ => timeouts.answer,
        };
        tokio::select! {
            answer = outgoing.send() => answer.map_err(|error| progress.explain(shown, error)),
            () = progress.stalled(timeouts.idle) => Err(TransportError::Stalled {
                url: shown, idle: timeouts.idle, during: "while it was sent a body",
            }),
            () = progress.unanswered(patience + timeouts.connect) => Err(TransportError::Stalled {
                url: shown, idle: patience, during: "before its answer",
            }),
        }
    }
}

fn check_url(request: &Request) -> Result<(), TransportError> {
    let wrong =
        |reason| TransportError::Url { url: ShownUrl::new(&request.url).to_string(), reason };
    if !request.url.username().is_empty() || request.url.password().is_some() {
        return Err(wrong("it carries credentials; keep them in the docker config file"));
    }
    match request.url.scheme() {
        "http" | "https" => Ok(()),
        _ => Err(wrong("it is neither http nor https")),
    }
}

fn is_redirect(status: StatusCode) -> bool {
    matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308)
}
