//! Who says something about a manifest (distribution-spec, "Listing Referrers").

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;
use http::{HeaderName, HeaderValue, StatusCode};
use serde_json::json;
use sre_format::Digest;

use super::thing::Thing;
use crate::Descriptor;
use crate::media_type::OCI_INDEX;

const FILTERS_APPLIED: HeaderName = HeaderName::from_static("oci-filters-applied");

/// How many indexes under fallback tags are remembered by digest.
const REMEMBERED: usize = 1024;

/// Answers with the index of referrers, filtered by the type of artifact where asked.
pub(super) fn answer(mut referrers: Vec<Descriptor>, artifact_type: Option<&str>) -> Response {
    if let Some(wanted) = artifact_type {
        referrers.retain(|referrer| referrer.artifact_type.as_deref() == Some(wanted));
    }
    let kind = HeaderValue::from_static(OCI_INDEX);
    let mut answer = (StatusCode::OK, [(CONTENT_TYPE, kind)], index(&referrers)).into_response();
    if artifact_type.is_some() {
        answer.headers_mut().insert(FILTERS_APPLIED, HeaderValue::from_static("artifactType"));
    }
    answer
}

fn index(referrers: &[Descriptor]) -> Vec<u8> {
    let value = json!({ "schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": referrers });
    value.to_string().into_bytes()
}

/// Gives the manifest that a fallback tag `sha256-...` is about.
pub(super) fn subject_of_tag(tag: &str) -> Option<Digest> {
    Digest::from_hex(tag.strip_prefix("sha256-")?).ok()
}

/// The indexes that were given out under fallback tags.
///
/// They are in no bundle, yet a client that resolves such a tag asks for its digest next. They are
/// made again from the subject, so remembering is cheap; and only what was just given out is asked
/// for, so the oldest may be forgotten.
#[derive(Default)]
pub(super) struct Fallbacks {
    recent: Mutex<VecDeque<(Digest, Digest)>>,
}

impl Fallbacks {
    /// Makes the index for a subject and remembers it.
    pub(super) fn make(&self, subject: Digest, referrers: &[Descriptor]) -> Thing {
        let thing = Thing::of_bytes(OCI_INDEX, index(referrers));
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        if !recent.iter().any(|(digest, _)| *digest == thing.digest) {
            recent.push_back((thing.digest, subject));
            let excess = recent.len().saturating_sub(REMEMBERED);
            recent.drain(..excess);
        }
        thing
    }

    /// Gives the subject of an index that was given out.
    pub(super) fn subject(&self, index: Digest) -> Option<Digest> {
        let recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        recent.iter().find(|(digest, _)| *digest == index).map(|(_, subject)| *subject)
    }
}
