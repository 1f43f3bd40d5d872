//! Connections and dispatch: trouble first, then authentication, then the endpoint.

use std::io;
use std::sync::Arc;

use http::header::{CONTENT_LENGTH, CONTENT_TYPE, LOCATION, RANGE, RETRY_AFTER};
use http::{Method, Request, StatusCode};
use http_body_util::{BodyExt as _, Limited};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::answer::{self, Answer, End};
use super::log::{Kind, Seen};
use super::path::Target;
use super::push::Input;
use super::{Shared, auth, pull, push};
use crate::Misbehaviour;

/// The largest form that the token server reads, in bytes.
const MAX_FORM: usize = 64 * 1024;

/// Accepts connections until the runtime ends.
pub(super) async fn accept(
    shared: Arc<Shared>,
    listener: std::net::TcpListener,
    tls: Option<TlsAcceptor>,
) {
    let listener = TcpListener::from_std(listener).expect("the listener is non-blocking");
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        let (shared, tls) = (Arc::clone(&shared), tls.clone());
        tokio::spawn(async move {
            match tls {
                None => connection(shared, stream).await,
                Some(tls) => {
                    if let Ok(stream) = tls.accept(stream).await {
                        connection(shared, stream).await;
                    }
                }
            }
        });
    }
}

async fn connection<S>(shared: Arc<Shared>, stream: S)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = service_fn(move |request| {
        let shared = Arc::clone(&shared);
        async move { respond(&shared, request).await }
    });
    let builder = Builder::new(TokioExecutor::new());
    // An error here is a client that went away, or a connection that was closed on purpose.
    drop(builder.serve_connection(TokioIo::new(stream), service).await);
}

async fn respond(shared: &Shared, request: Request<Incoming>) -> io::Result<Answer> {
    let method = request.method().clone();
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str()).to_owned();
    let target = Target::of(request.uri().path());
    let entry = shared.log.begin(Seen {
        method: method.clone(),
        path: path.clone(),
        headers: request.headers().clone(),
        kind: Kind::of(&method, &target),
        status: None,
    });
    let trouble = shared.trouble_for(&method, &path);
    let answer = match trouble {
        Some(what) => misbehave(shared, request, target, what, &path).await?,
        None => dispatch(shared, request, target, None).await?,
    };
    shared.log.end(entry, answer.status());
    Ok(answer)
}

async fn misbehave(
    shared: &Shared,
    mut request: Request<Incoming>,
    target: Target,
    what: Misbehaviour,
    path: &str,
) -> io::Result<Answer> {
    match &what {
        Misbehaviour::Status { code, retry_after } => {
            let mut answer = answer::error(code.as_u16(), "UNKNOWN", "this goes wrong on purpose");
            if let Some(seconds) = retry_after {
                answer::set(&mut answer, RETRY_AFTER.as_str(), &seconds.to_string());
            }
            return Ok(answer);
        }
        Misbehaviour::RedirectTo { base } => return Ok(redirect(&format!("{base}{path}"))),
        Misbehaviour::RedirectLoop => return Ok(redirect(path)),
        Misbehaviour::ForeignRealm { realm } => {
            let text = format!("Bearer realm=\"{realm}\",service=\"elsewhere\"");
            return Ok(auth::challenge(&text));
        }
        Misbehaviour::DropUpload { after } => {
            let after = *after;
            return dispatch(shared, request, target, Some(after)).await;
        }
        Misbehaviour::IgnoreRange => {
            request.headers_mut().remove(RANGE);
        }
        _ => {}
    }
    Ok(distort(dispatch(shared, request, target, None).await?, what))
}

fn redirect(to: &str) -> Answer {
    let mut answer = answer::empty(StatusCode::TEMPORARY_REDIRECT);
    answer::set(&mut answer, LOCATION.as_str(), to);
    answer
}

/// Alters an answer that was right.
fn distort(mut answer: Answer, what: Misbehaviour) -> Answer {
    let length = answer.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    let length: u64 = length.and_then(|text| text.parse().ok()).unwrap_or(0);
    match what {
        Misbehaviour::Stall { after } => {
            answer.map(|body| answer::shorten(body, after, End::Stall))
        }
        Misbehaviour::Drop { after } => answer.map(|body| answer::shorten(body, after, End::Cut)),
        Misbehaviour::Truncate { after } => {
            answer::set(&mut answer, CONTENT_LENGTH.as_str(), &after.min(length).to_string());
            answer.map(|body| answer::shorten(body, after, End::Clean))
        }
        Misbehaviour::Corrupt { at } => answer.map(|body| answer::corrupt(body, at)),
        Misbehaviour::Append { bytes } => {
            answer::set(&mut answer, CONTENT_LENGTH.as_str(), &(length + bytes).to_string());
            answer.map(|body| answer::lengthen(body, bytes))
        }
        Misbehaviour::NoLength => {
            answer.headers_mut().remove(CONTENT_LENGTH);
            answer
        }
        Misbehaviour::MediaType(text) => {
            answer::set(&mut answer, CONTENT_TYPE.as_str(), &text);
            answer
        }
        Misbehaviour::NoDigestHeader => {
            answer.headers_mut().remove("Docker-Content-Digest");
            answer
        }
        Misbehaviour::WrongDigestHeader => {
            let wrong = sre_format::Digest::of(b"something else").to_string();
            answer::set(&mut answer, "Docker-Content-Digest", &wrong);
            answer
        }
        _ => answer,
    }
}

async fn dispatch(
    shared: &Shared,
    request: Request<Incoming>,
    target: Target,
    cut: Option<u64>,
) -> io::Result<Answer> {
    let (parts, body) = request.into_parts();
    let query = pairs(parts.uri.query().unwrap_or_default().as_bytes());
    let (method, headers) = (&parts.method, &parts.headers);
    if let Err(challenge) = auth::check(shared, method, &target, &query, headers) {
        return Ok(*challenge);
    }
    let input = Input { body, cut };
    let answer = match (method.as_str(), target) {
        ("GET" | "HEAD", Target::Base) => answer::document(&serde_json::json!({})),
        ("GET", Target::Catalog) => pull::catalog(shared, &query),
        ("GET", Target::Tags { repository }) => pull::tags(shared, &repository, &query),
        ("GET" | "HEAD", Target::Manifest { repository, reference }) => {
            pull::manifest(shared, method, &repository, &reference)
        }
        ("GET" | "HEAD", Target::Blob { repository, digest }) => {
            pull::blob(shared, method, &repository, &digest, headers)
        }
        ("GET", Target::Referrers { repository, digest }) => {
            pull::referrers(shared, &repository, &digest, &query)
        }
        ("POST", Target::Uploads { repository }) => {
            push::begin(shared, &repository, &query, input).await?
        }
        (verb, Target::Upload { id, .. }) => {
            push::proceed(shared, verb, &id, &query, headers, input).await?
        }
        ("PUT", Target::Manifest { repository, reference }) => {
            push::manifest(shared, &repository, &reference, headers, input).await?
        }
        ("DELETE", Target::Manifest { repository, reference }) => {
            push::delete_manifest(shared, &repository, &reference)
        }
        ("DELETE", Target::Blob { repository, digest }) => {
            push::delete_blob(shared, &repository, &digest)
        }
        ("GET" | "POST", Target::Token) => {
            let form = Limited::new(input.body, MAX_FORM).collect().await;
            let form = pairs(&form.map_err(io::Error::other)?.to_bytes());
            auth::token(shared, &query, &form, headers)
        }
        ("GET" | "HEAD", Target::File { path }) => file(shared, method, &path, headers),
        _ => answer::error(405, "UNSUPPORTED", "no such method here"),
    };
    Ok(answer)
}

fn file(shared: &Shared, method: &Method, path: &str, headers: &http::HeaderMap) -> Answer {
    let Some(file) = shared.store().files.get(path).cloned() else {
        return answer::error(404, "NOT_FOUND", "no such file");
    };
    let log = (method == Method::GET).then_some(&shared.log);
    let mut answer = answer::content(file.content, &file.media_type, headers, log);
    if method == Method::HEAD {
        *answer.body_mut() = answer::whole(bytes::Bytes::new());
    }
    answer
}

fn pairs(text: &[u8]) -> Vec<(String, String)> {
    url::form_urlencoded::parse(text).into_owned().collect()
}
