//! Reading: manifests, blobs, tag lists, the catalog and referrers.

use std::collections::BTreeSet;

use http::header::CONTENT_LENGTH;
use http::{HeaderMap, Method};
use serde_json::{Value, json};
use sre_format::Digest;

use super::Shared;
use super::answer::{self, Answer};
use super::settings::Referrers;

const INDEX: &str = "application/vnd.oci.image.index.v1+json";

pub(super) fn manifest(
    shared: &Shared,
    method: &Method,
    repository: &str,
    reference: &str,
) -> Answer {
    let store = shared.store();
    if !store.repositories.contains_key(repository) {
        return answer::error(404, "NAME_UNKNOWN", "no such repository");
    }
    let Some((digest, manifest)) = store.manifest(repository, reference) else {
        return answer::error(404, "MANIFEST_UNKNOWN", "no such manifest");
    };
    let mut answer =
        answer::bytes(http::StatusCode::OK, &manifest.media_type, manifest.bytes.clone());
    answer::set(&mut answer, "Docker-Content-Digest", &digest.to_string());
    if method == Method::HEAD {
        *answer.body_mut() = answer::whole(bytes::Bytes::new());
    }
    answer
}

pub(super) fn blob(
    shared: &Shared,
    method: &Method,
    repository: &str,
    digest: &str,
    headers: &HeaderMap,
) -> Answer {
    let Ok(parsed) = digest.parse::<Digest>() else {
        return answer::error(400, "DIGEST_INVALID", "only sha256 is known");
    };
    let Some(content) = shared.store().blob(repository, &parsed) else {
        return answer::error(404, "BLOB_UNKNOWN", "no such blob");
    };
    let size = content.size();
    let log = (method == Method::GET).then_some(&shared.log);
    let mut answer = answer::content(content, "application/octet-stream", headers, log);
    answer::set(&mut answer, "Docker-Content-Digest", digest);
    if method == Method::HEAD {
        *answer.body_mut() = answer::whole(bytes::Bytes::new());
        *answer.status_mut() = http::StatusCode::OK;
        answer::set(&mut answer, CONTENT_LENGTH.as_str(), &size.to_string());
    }
    answer
}

pub(super) fn tags(shared: &Shared, repository: &str, query: &[(String, String)]) -> Answer {
    let names: BTreeSet<String> = match shared.store().repositories.get(repository) {
        Some(repository) => repository.tags.keys().cloned().collect(),
        None => return answer::error(404, "NAME_UNKNOWN", "no such repository"),
    };
    let (page, link) = page(&names, query, &format!("/v2/{repository}/tags/list"));
    linked(answer::document(&json!({ "name": repository, "tags": page })), link)
}

pub(super) fn catalog(shared: &Shared, query: &[(String, String)]) -> Answer {
    let names = shared.store().repositories.keys().cloned().collect();
    let (page, link) = page(&names, query, "/v2/_catalog");
    linked(answer::document(&json!({ "repositories": page })), link)
}

fn linked(mut answer: Answer, link: Option<String>) -> Answer {
    if let Some(link) = link {
        answer::set(&mut answer, "Link", &link);
    }
    answer
}

/// Cuts a page by `n` and `last`, and makes the link to the next one.
fn page(
    names: &BTreeSet<String>,
    query: &[(String, String)],
    path: &str,
) -> (Vec<String>, Option<String>) {
    let value = |name: &str| query.iter().find(|(key, _)| key == name).map(|(_, value)| value);
    let last = value("last").cloned().unwrap_or_default();
    let count = value("n").and_then(|n| n.parse().ok()).unwrap_or(usize::MAX);
    let mut rest = names.iter().filter(|name| **name > last);
    let page: Vec<String> = rest.by_ref().take(count).cloned().collect();
    let link = match (page.last(), rest.next()) {
        (Some(last), Some(_)) => Some(format!("<{path}?n={count}&last={last}>; rel=\"next\"")),
        _ => None,
    };
    (page, link)
}

pub(super) fn referrers(
    shared: &Shared,
    repository: &str,
    digest: &str,
    query: &[(String, String)],
) -> Answer {
    if shared.settings.referrers == Referrers::FallbackTag {
        return answer::error(404, "NOT_FOUND", "this registry has no referrers API");
    }
    let filter = query.iter().find(|(key, _)| key == "artifactType").map(|(_, value)| value);
    let store = shared.store();
    let manifests = store.repositories.get(repository).map(|repository| {
        let all = repository.manifests.iter();
        all.filter_map(|(own, manifest)| {
            descriptor(own, &manifest.media_type, &manifest.bytes, digest)
        })
        .filter(|found| filter.is_none_or(|wanted| found["artifactType"] == wanted.as_str()))
        .collect::<Vec<_>>()
    });
    let index = json!({
        "schemaVersion": 2, "mediaType": INDEX, "manifests": manifests.unwrap_or_default(),
    });
    let mut answer =
        answer::bytes(http::StatusCode::OK, INDEX, bytes::Bytes::from(index.to_string()));
    if filter.is_some() {
        answer::set(&mut answer, "OCI-Filters-Applied", "artifactType");
    }
    answer
}

fn descriptor(own: &Digest, media_type: &str, bytes: &[u8], subject: &str) -> Option<Value> {
    let manifest: Value = serde_json::from_slice(bytes).ok()?;
    if manifest["subject"]["digest"] != subject {
        return None;
    }
    let artifact_type = match &manifest["artifactType"] {
        Value::Null => manifest["config"]["mediaType"].clone(),
        given => given.clone(),
    };
    let mut descriptor = json!({
        "mediaType": media_type, "digest": own, "size": bytes.len(), "artifactType": artifact_type,
    });
    if manifest["annotations"].is_object() {
        descriptor["annotations"] = manifest["annotations"].clone();
    }
    Some(descriptor)
}
