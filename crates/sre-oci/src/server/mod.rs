//! A read-only OCI registry (distribution-spec 1.1) over anything that reads checked pieces.
//!
//! [`router`] answers `/v2/` from a [`Library`]: pull, `HEAD`, ranges, tags and catalog in pages,
//! referrers with filter and under the fallback tag. What is sent is exactly what is stored, media
//! types included; an index whose children are not all there is sent as it is. Everything leaves
//! through one [`BufferPool`], so memory does not grow with blobs; what waits for a slow client is one
//! [`PIECE`] and no buffer.
//!
//! When a read fails, the body that it was for ends abruptly, and from then on every request is
//! answered with 503 until [`Library::reopen`] has found the same bundle again. No byte that is not
//! checked ever leaves.
//!
//! A blob answers under every repository of the library: all of it is one signed thing with one
//! audience, so repositories are names here and no borders. Deliberately absent: uploads, deletions,
//! and conversion between media types, which would change digests.

mod directory;
mod listing;
mod path;
mod pool;
mod range;
mod referrers;
mod refusal;
#[cfg(test)]
mod tests;
mod thing;

use std::io;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::any;
use http::request::Parts;
use http::{HeaderName, Method};
use sre_format::Digest;

use crate::Descriptor;
use listing::Page;
use path::Target;
use referrers::Fallbacks;
use thing::set;

pub use directory::Directory;
pub use pool::{Buffer, BufferPool, CHUNK};
pub use refusal::Refusal;
pub use thing::{PIECE, ReadChunk, Thing};

const API_VERSION: HeaderName = HeaderName::from_static("docker-distribution-api-version");

/// What a registry is made of.
///
/// Most methods look things up in memory; [`Thing::read`], [`Library::referrers`] and
/// [`Library::reopen`] may wait for a disk and are called where that holds nobody up.
pub trait Library: Send + Sync + 'static {
    /// Gives the repositories.
    fn directory(&self) -> &Directory;
    /// Gives the tags of a repository by its index in the directory, sorted, after a given one.
    fn tags_after(&self, repository: usize, last: &str) -> Vec<String>;
    /// Gives the manifest that a tag names.
    fn tagged(&self, repository: usize, tag: &str) -> Option<Digest>;
    /// Gives a manifest by digest.
    fn manifest(&self, digest: &Digest) -> Option<Thing>;
    /// Gives a blob by digest; manifests are blobs, too.
    fn blob(&self, digest: &Digest) -> Option<Thing>;
    /// Gives the manifests whose subject is another one, with artifact types and annotations. Blocks.
    fn referrers(&self, subject: &Digest) -> io::Result<Vec<Descriptor>>;
    /// Says whether the last read went well, without reading.
    fn is_open(&self) -> bool;
    /// Tries to open the source again; it must be the same one. Blocks.
    fn reopen(&self);
}

struct Registry {
    library: Arc<dyn Library>,
    pool: BufferPool,
    fallbacks: Fallbacks,
}

/// Makes the routes of `/v2/`.
pub fn router(library: Arc<dyn Library>, pool: BufferPool) -> Router {
    let registry = Arc::new(Registry { library, pool, fallbacks: Fallbacks::default() });
    Router::new()
        .route("/v2", any(respond))
        .route("/v2/", any(respond))
        .route("/v2/{*path}", any(respond))
        .with_state(registry)
}

/// Says whether a library can be read, and tries to open it again when not.
pub async fn is_available(library: &Arc<dyn Library>) -> bool {
    if library.is_open() {
        return true;
    }
    let again = Arc::clone(library);
    let tried = tokio::task::spawn_blocking(move || again.reopen()).await;
    tried.is_ok() && library.is_open()
}

async fn respond(State(registry): State<Arc<Registry>>, request: Request) -> Response {
    // The body is dropped unread: nothing that is answered here has one.
    let answer = registry.answer(&request.into_parts().0).await;
    let mut answer = answer.unwrap_or_else(Refusal::into_response);
    set(&mut answer, API_VERSION, "registry/2.0");
    answer
}

impl Registry {
    async fn answer(&self, request: &Parts) -> Result<Response, Refusal> {
        let path = request.uri.path();
        let rest = path.strip_prefix("/v2").unwrap_or_default();
        let target = path::target(rest.strip_prefix('/').unwrap_or(rest));
        if !matches!(request.method, Method::GET | Method::HEAD) {
            return Err(Refusal::ReadOnly);
        }
        if !is_available(&self.library).await {
            return Err(Refusal::Unavailable);
        }
        let query = Query::of(request);
        match target {
            None => Err(Refusal::NotFound),
            Some(Target::Base) => Ok(listing::send(&serde_json::json!({}))),
            Some(Target::Catalog) => {
                let page = Page::of(&query)?;
                let names = self.library.directory().names_after(&page.last);
                Ok(page.cut(names, path, &query, |page| listing::repositories(&page)))
            }
            Some(Target::Tags(name)) => {
                let repository = self.find(name, &query)?;
                let page = Page::of(&query)?;
                let tags = self.library.tags_after(repository, &page.last);
                Ok(page.cut(tags.into_iter(), path, &query, |page| listing::tags(name, &page)))
            }
            Some(Target::Manifest(name, reference)) => {
                let thing = self.manifest(name, reference, &query).await?;
                self.send(thing, request).await
            }
            Some(Target::Blob(name, digest)) => {
                self.find(name, &query)?;
                let digest = parse(digest, Refusal::BlobUnknown)?;
                let thing = self.library.blob(&digest).ok_or(Refusal::BlobUnknown)?;
                let media_type = "application/octet-stream".to_owned();
                self.send(Thing { media_type, ..thing }, request).await
            }
            Some(Target::Referrers(name, digest)) => {
                self.find(name, &query)?;
                let subject = parse(digest, Refusal::ManifestUnknown)?;
                let all = self.referrers(subject).await?;
                Ok(referrers::answer(all, query.get("artifactType")))
            }
            Some(Target::Upload) => Err(Refusal::ReadOnly),
        }
    }

    fn find(&self, name: &str, query: &Query) -> Result<usize, Refusal> {
        if !path::is_repository(name) {
            return Err(Refusal::NameInvalid);
        }
        self.library.directory().find(name, query.get("ns")).ok_or(Refusal::NameUnknown)
    }

    async fn manifest(&self, name: &str, reference: &str, query: &Query) -> Result<Thing, Refusal> {
        let repository = self.find(name, query)?;
        let unknown = Refusal::ManifestUnknown;
        if !reference.contains(':') {
            return match self.library.tagged(repository, reference) {
                Some(digest) => self.library.manifest(&digest).ok_or(unknown),
                None => self.fallback(referrers::subject_of_tag(reference)).await,
            };
        }
        let digest = parse(reference, unknown)?;
        match self.library.manifest(&digest) {
            Some(thing) => Ok(thing),
            None => self.fallback(self.fallbacks.subject(digest)).await,
        }
    }

    /// Makes the index that stands under the fallback tag of a subject.
    async fn fallback(&self, subject: Option<Digest>) -> Result<Thing, Refusal> {
        let subject = subject.ok_or(Refusal::ManifestUnknown)?;
        let referrers = self.referrers(subject).await?;
        if referrers.is_empty() {
            return Err(Refusal::ManifestUnknown);
        }
        Ok(self.fallbacks.make(subject, &referrers))
    }

    async fn referrers(&self, subject: Digest) -> Result<Vec<Descriptor>, Refusal> {
        let library = Arc::clone(&self.library);
        let found = tokio::task::spawn_blocking(move || library.referrers(&subject)).await;
        found.map_err(io::Error::other).flatten().map_err(|_| Refusal::Unavailable)
    }

    async fn send(&self, thing: Thing, request: &Parts) -> Result<Response, Refusal> {
        let answer: io::Result<Response> =
            thing.answer(&request.method, &request.headers, &self.pool).await;
        answer.map_err(|_| Refusal::Unavailable)
    }
}

/// Reads a digest; one of another algorithm is legal, but nothing here has it.
fn parse(text: &str, unknown: Refusal) -> Result<Digest, Refusal> {
    match text.parse() {
        Ok(digest) => Ok(digest),
        Err(_) if path::is_digest(text) => Err(unknown),
        Err(_) => Err(Refusal::DigestInvalid),
    }
}

/// The decoded pairs of a query.
struct Query(Vec<(String, String)>);

impl Query {
    fn of(request: &Parts) -> Self {
        let text = request.uri.query().unwrap_or_default();
        Self(url::form_urlencoded::parse(text.as_bytes()).into_owned().collect())
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}
