//! Writing: uploads, mounts, manifests and deletions.

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use bytes::Bytes;
use http::header::{CONTENT_RANGE, CONTENT_TYPE, LOCATION, RANGE};
use http::{HeaderMap, StatusCode};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use serde_json::Value;
use sre_format::Digest;

use super::answer::{self, Answer};
use super::settings::{Children, Locations, Mounts, Referrers, Uploads};
use super::store::{Manifest, Store};
use super::uploads::Upload;
use super::{Shared, value};

/// The largest manifest that is taken, in bytes (distribution-spec, "Pushing manifests").
const MAX_MANIFEST: usize = 4 * 1024 * 1024;

/// The request's body, and after how many of its bytes the connection is closed on purpose.
pub(super) struct Input {
    pub(super) body: Incoming,
    pub(super) cut: Option<u64>,
}

impl Input {
    /// Gives the next piece; an error stands for a connection that is closed.
    async fn next(&mut self, taken: u64) -> io::Result<Option<Bytes>> {
        if self.cut.is_some_and(|cut| taken >= cut) {
            return Err(io::Error::other("the connection is closed on purpose"));
        }
        while let Some(frame) = self.body.frame().await {
            if let Ok(mut piece) = frame.map_err(io::Error::other)?.into_data() {
                if let Some(cut) = self.cut {
                    piece.truncate(usize::try_from(cut - taken).unwrap_or(usize::MAX));
                }
                return Ok(Some(piece));
            }
        }
        Ok(None)
    }

    async fn append_to(&mut self, upload: &mut Upload, shared: &Shared) -> io::Result<()> {
        let mut taken = 0;
        while let Some(piece) = self.next(taken).await? {
            taken += piece.len() as u64;
            shared.log.received.fetch_add(piece.len() as u64, Ordering::Relaxed);
            upload.append(&piece)?;
        }
        Ok(())
    }
}

/// `POST .../blobs/uploads/`: a mount, a whole blob at once, or a new upload.
pub(super) async fn begin(
    shared: &Shared,
    repository: &str,
    query: &[(String, String)],
    mut input: Input,
) -> io::Result<Answer> {
    if let Some(answer) = mount(shared, repository, query) {
        return Ok(answer);
    }
    let id = {
        let mut store = shared.store();
        store.next_upload += 1;
        format!("{:08}", store.next_upload)
    };
    let mut upload = Upload::begin(repository, &id, &shared.settings.storage)?;
    if let Some(digest) = value(query, "digest") {
        input.append_to(&mut upload, shared).await?;
        return commit(shared, &mut upload, digest);
    }
    let answer = progress(shared, StatusCode::ACCEPTED, &id, &upload);
    shared.store().uploads.insert(id, Arc::new(tokio::sync::Mutex::new(upload)));
    Ok(answer)
}

fn mount(shared: &Shared, repository: &str, query: &[(String, String)]) -> Option<Answer> {
    let digest: Digest = value(query, "mount")?.parse().ok()?;
    if shared.settings.mounts == Mounts::Refused {
        return None;
    }
    let mut store = shared.store();
    let content = store.blob(value(query, "from")?, &digest)?;
    store.put_blob(repository, digest, content);
    Some(created(shared, &format!("/v2/{repository}/blobs/{digest}"), digest))
}

/// Continues, asks about, finishes or cancels an upload.
pub(super) async fn proceed(
    shared: &Shared,
    method: &str,
    id: &str,
    query: &[(String, String)],
    headers: &HeaderMap,
    mut input: Input,
) -> io::Result<Answer> {
    let upload = shared.store().uploads.get(id).map(Arc::clone);
    let Some(upload) = upload.filter(|_| value(query, "_state") == Some(id)) else {
        return Ok(answer::error(404, "BLOB_UPLOAD_UNKNOWN", "no such upload"));
    };
    let mut upload = upload.lock().await;
    match method {
        "GET" => return Ok(progress(shared, StatusCode::NO_CONTENT, id, &upload)),
        "DELETE" => {
            shared.store().uploads.remove(id);
            return Ok(answer::empty(StatusCode::NO_CONTENT));
        }
        "PATCH" if shared.settings.uploads == Uploads::Monolithic => {
            return Ok(answer::error(405, "UNSUPPORTED", "parts are not taken"));
        }
        "PATCH" | "PUT" => {}
        _ => return Ok(answer::error(405, "UNSUPPORTED", "no such method")),
    }
    if !continues(headers, upload.received) {
        let mut answer = progress(shared, StatusCode::RANGE_NOT_SATISFIABLE, id, &upload);
        answer::set(&mut answer, "Docker-Upload-UUID", id);
        return Ok(answer);
    }
    input.append_to(&mut upload, shared).await?;
    if method == "PATCH" {
        return Ok(progress(shared, StatusCode::ACCEPTED, id, &upload));
    }
    let Some(digest) = value(query, "digest") else {
        return Ok(answer::error(400, "DIGEST_INVALID", "the digest is missing"));
    };
    shared.store().uploads.remove(id);
    commit(shared, &mut upload, digest)
}

/// Says whether a `Content-Range` (inclusive, without a unit) begins where the upload stands.
fn continues(headers: &HeaderMap, received: u64) -> bool {
    let range = headers.get(CONTENT_RANGE).and_then(|range| range.to_str().ok());
    range.is_none_or(|range| {
        range.split_once('-').and_then(|(start, _)| start.parse().ok()) == Some(received)
    })
}

fn commit(shared: &Shared, upload: &mut Upload, digest: &str) -> io::Result<Answer> {
    let Ok(digest) = digest.parse::<Digest>() else {
        return Ok(answer::error(400, "DIGEST_INVALID", "only sha256 is known"));
    };
    let Some(content) = upload.finish(digest)? else {
        return Ok(answer::error(400, "DIGEST_INVALID", "the content has another digest"));
    };
    let repository = &upload.repository;
    shared.store().put_blob(repository, digest, content);
    Ok(created(shared, &format!("/v2/{repository}/blobs/{digest}"), digest))
}

fn progress(shared: &Shared, status: StatusCode, id: &str, upload: &Upload) -> Answer {
    let path = format!("/v2/{}/blobs/uploads/{id}?_state={id}", upload.repository);
    let mut answer = answer::empty(status);
    answer::set(&mut answer, LOCATION.as_str(), &location(shared, &path));
    answer::set(&mut answer, RANGE.as_str(), &format!("0-{}", upload.received.saturating_sub(1)));
    answer
}

fn created(shared: &Shared, path: &str, digest: Digest) -> Answer {
    let mut answer = answer::empty(StatusCode::CREATED);
    answer::set(&mut answer, LOCATION.as_str(), &location(shared, path));
    answer::set(&mut answer, "Docker-Content-Digest", &digest.to_string());
    answer
}

fn location(shared: &Shared, path: &str) -> String {
    match &shared.settings.locations {
        Locations::Absolute => format!("{}{path}", shared.url),
        Locations::Relative => path.to_owned(),
        Locations::Elsewhere(base) => format!("{base}{path}"),
    }
}

/// `PUT .../manifests/<reference>`.
pub(super) async fn manifest(
    shared: &Shared,
    repository: &str,
    reference: &str,
    headers: &HeaderMap,
    mut input: Input,
) -> io::Result<Answer> {
    let mut bytes = Vec::new();
    while let Some(piece) = input.next(bytes.len() as u64).await? {
        bytes.extend_from_slice(&piece);
        if bytes.len() > MAX_MANIFEST {
            return Ok(answer::error(413, "SIZE_INVALID", "a manifest has at most 4 MiB"));
        }
    }
    let media_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let manifest =
        Manifest { media_type: media_type.unwrap_or_default().to_owned(), bytes: bytes.into() };
    let digest = Digest::of(&manifest.bytes);
    let mut store = shared.store();
    if let Some(refusal) = refuse(shared, &store, repository, reference, &manifest) {
        return Ok(refusal);
    }
    let subject = subject_of(&manifest.bytes);
    store.put_manifest(repository, reference, manifest);
    drop(store);
    let mut answer = created(shared, &format!("/v2/{repository}/manifests/{digest}"), digest);
    if let Some(subject) = subject.filter(|_| shared.settings.referrers == Referrers::Api) {
        answer::set(&mut answer, "OCI-Subject", &subject);
    }
    Ok(answer)
}

fn subject_of(bytes: &[u8]) -> Option<String> {
    let manifest: Value = serde_json::from_slice(bytes).ok()?;
    manifest["subject"]["digest"].as_str().map(str::to_owned)
}

/// Checks a manifest as Distribution does; nothing means that it is taken.
fn refuse(
    shared: &Shared,
    store: &Store,
    repository: &str,
    reference: &str,
    manifest: &Manifest,
) -> Option<Answer> {
    let digest = Digest::of(&manifest.bytes);
    if reference.contains(':') && reference.parse() != Ok(digest) {
        return Some(answer::error(400, "DIGEST_INVALID", "the manifest has another digest"));
    }
    if !reference.contains(':') && !sre_format::is_tag(reference) {
        return Some(answer::error(400, "MANIFEST_INVALID", "the tag is not legal"));
    }
    let invalid = |why| Some(answer::error(400, "MANIFEST_INVALID", why));
    let Ok(value) = serde_json::from_slice::<Value>(&manifest.bytes) else {
        return invalid("not JSON");
    };
    if value["mediaType"].as_str().is_some_and(|inside| inside != manifest.media_type) {
        return invalid("the media type differs from Content-Type");
    }
    let blobs = value["layers"].as_array().into_iter().flatten().chain(value.get("config"));
    let children = value["manifests"].as_array().into_iter().flatten();
    let holds = store.repositories.get(repository);
    let known = |descriptor: &Value| {
        let digest = descriptor["digest"].as_str().and_then(|text| text.parse::<Digest>().ok());
        digest.zip(holds)
    };
    let has_blob = |descriptor: &Value| {
        known(descriptor).is_some_and(|(digest, holds)| holds.blobs.contains(&digest))
    };
    let has_child = |descriptor: &Value| {
        known(descriptor).is_some_and(|(digest, holds)| holds.manifests.contains_key(&digest))
    };
    let missing = |what: &Value| {
        let message = format!("the registry does not hold {}", what["digest"]);
        Some(answer::error(404, "MANIFEST_BLOB_UNKNOWN", &message))
    };
    if let Some(blob) = blobs.into_iter().find(|blob| !has_blob(blob)) {
        return missing(blob);
    }
    let required = shared.settings.children == Children::Required;
    match children.into_iter().find(|child| required && !has_child(child)) {
        Some(child) => missing(child),
        None => None,
    }
}

/// `DELETE` of a manifest or tag.
pub(super) fn delete_manifest(shared: &Shared, repository: &str, reference: &str) -> Answer {
    let mut store = shared.store();
    let Some(found) = store.repositories.get_mut(repository) else {
        return answer::error(404, "NAME_UNKNOWN", "no such repository");
    };
    let removed = match reference.parse::<Digest>() {
        Ok(digest) => {
            found.tags.retain(|_, tagged| *tagged != digest);
            found.manifests.remove(&digest).is_some()
        }
        Err(_) => found.tags.remove(reference).is_some(),
    };
    if removed {
        answer::empty(StatusCode::ACCEPTED)
    } else {
        answer::error(404, "MANIFEST_UNKNOWN", "no such manifest")
    }
}

/// `DELETE` of a blob.
pub(super) fn delete_blob(shared: &Shared, repository: &str, digest: &str) -> Answer {
    let mut store = shared.store();
    let found = store.repositories.get_mut(repository);
    let removed = digest.parse().is_ok_and(|digest: Digest| {
        found.is_some_and(|repository| repository.blobs.remove(&digest))
    });
    if removed {
        answer::empty(StatusCode::ACCEPTED)
    } else {
        answer::error(404, "BLOB_UNKNOWN", "no such blob")
    }
}
