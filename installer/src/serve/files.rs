//! `/files/`: what the bundle carries for its own sake.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::get;
use http::{Method, StatusCode};
use sre_format::bundle::EntryKind;
use sre_oci::server::{BufferPool, Library, is_available};

use super::{BundleLibrary, Source};

/// The folder of the bundle whose files are given out.
pub(super) const FOLDER: &str = "files/";

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
    Router::new()
        .route("/files/{*name}", get(respond))
        .route("/files/", get(async || Redirect::temporary("/")))
        .with_state(Files { library, source, pool })
}

async fn respond(
    State(files): State<Files>,
    Path(name): Path<String>,
    method: Method,
    request: Request,
) -> Response {
    if !is_available(&files.library).await {
        return unavailable();
    }
    let bundle = files.source.bundle();
    let entry = bundle.entry(&format!("{FOLDER}{name}"));
    let Some(entry) = entry.filter(|entry| entry.kind == EntryKind::File) else {
        return (StatusCode::NOT_FOUND, "the bundle has no such file\n").into_response();
    };
    let media_type = entry.media_type.as_deref().unwrap_or("application/octet-stream");
    let thing = files.source.thing(entry, media_type);
    let answer = thing.answer(&method, request.headers(), &files.pool).await;
    answer.unwrap_or_else(|_| unavailable())
}

/// Says that the bundle cannot be read now.
pub(super) fn unavailable() -> Response {
    let text = "the bundle cannot be read, or is not the one that was verified\n";
    (StatusCode::SERVICE_UNAVAILABLE, [("retry-after", "5")], text).into_response()
}
