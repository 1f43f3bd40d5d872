//! Files of the bundle at their own names: `/files/`, and repositories of packages.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::get;
use http::StatusCode;
use sre_format::bundle::{Entry, EntryKind, VerifiedBundle};
use sre_oci::server::{BufferPool, Library, is_available};

use super::{BundleLibrary, Source};

/// The folder of files that the bundle carries for their own sake.
pub(super) const FOLDER: &str = "files/";
/// The folder of dnf repositories.
pub(super) const RPM_FOLDER: &str = "rpm/";

/// The folder of apt repositories.
pub(super) const DEB_FOLDER: &str = "deb/";

/// The folders whose files are given out, and of which kinds they are.
const FOLDERS: [(&str, &[EntryKind]); 3] = [
    (FOLDER, &[EntryKind::File]),
    (RPM_FOLDER, &[EntryKind::Rpm, EntryKind::RepositorySignature]),
    (DEB_FOLDER, &[EntryKind::Deb, EntryKind::RepositorySignature]),
];

/// What hosts fetch as files, too: below [`FOLDER`], each at its own path in the bundle.
const DOWNLOADS: [EntryKind; 2] = [EntryKind::Rke2, EntryKind::Tool];

#[derive(Clone)]
struct Files {
    library: Arc<dyn Library>,
    source: Arc<Source>,
    pool: BufferPool,
}

/// Makes the routes; names are those of the bundle.
pub(super) fn router(library: &Arc<BundleLibrary>, pool: BufferPool) -> Router {
    let source = Arc::clone(library.source());
    let library = Arc::clone(library) as Arc<dyn Library>;
    let mut router = Router::new();
    for (folder, kinds) in FOLDERS {
        let answer = move |State(files): State<Files>, Path(name): Path<String>, request| {
            respond(files, format!("{folder}{name}"), kinds, request)
        };
        router = router
            .route(&format!("/{folder}{{*name}}"), get(answer))
            .route(&format!("/{folder}"), get(async || Redirect::temporary("/")));
    }
    router.with_state(Files { library, source, pool })
}

async fn respond(files: Files, path: String, kinds: &[EntryKind], request: Request) -> Response {
    if !is_available(&files.library).await {
        return unavailable();
    }
    let bundle = files.source.bundle();
    let own = bundle.entry(&path).filter(|entry| kinds.contains(&entry.kind));
    let Some(entry) = own.or_else(|| download(&bundle, &path)) else {
        return (StatusCode::NOT_FOUND, "the bundle has no such file\n").into_response();
    };
    let media_type = entry.media_type.as_deref().unwrap_or("application/octet-stream");
    let thing = files.source.thing(entry, media_type);
    let answer = thing.answer(request.method(), request.headers(), &files.pool).await;
    answer.unwrap_or_else(|_| unavailable())
}

/// Finds a release of RKE2 or a tool by its path behind [`FOLDER`].
fn download<'a>(bundle: &'a VerifiedBundle, path: &str) -> Option<&'a Entry> {
    let entry = bundle.entry(path.strip_prefix(FOLDER)?)?;
    DOWNLOADS.contains(&entry.kind).then_some(entry)
}

/// Says that the bundle cannot be read now.
pub(super) fn unavailable() -> Response {
    let text = "the bundle cannot be read, or is not the one that was verified\n";
    (StatusCode::SERVICE_UNAVAILABLE, [("retry-after", "5")], text).into_response()
}
