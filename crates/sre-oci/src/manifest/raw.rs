//! The JSON of manifests, read strictly and turned into what can only be valid.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Content, MAX_BLOB, MAX_DESCRIPTORS, ManifestError, keys};
use crate::descriptor::Descriptor;
use crate::media_type;

// Unknown keys are legal (image-spec, "Extensibility").
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawManifest {
    schema_version: u64,
    media_type: Option<String>,
    artifact_type: Option<String>,
    config: Option<Descriptor>,
    layers: Option<Vec<Descriptor>>,
    manifests: Option<Vec<Descriptor>>,
    subject: Option<Descriptor>,
    annotations: Option<BTreeMap<String, String>>,
}

pub(super) struct Parts {
    pub(super) media_type: String,
    pub(super) artifact_type: Option<String>,
    pub(super) subject: Option<Descriptor>,
    pub(super) annotations: BTreeMap<String, String>,
    pub(super) content: Content,
}

pub(super) fn read(bytes: &[u8], outside: &str) -> Result<Parts, ManifestError> {
    if outside.starts_with("application/vnd.docker.distribution.manifest.v1+") {
        return Err(ManifestError::SchemaOne);
    }
    let raw = parse(bytes, outside)?;
    refuse_look_alikes(bytes, outside)?;
    let media_type = agreed_type(&raw, outside)?;
    refuse_ambiguity(&raw)?;
    let artifact_type = raw.artifact_type.clone().filter(|text| !text.is_empty());
    let annotations = raw.annotations.clone().unwrap_or_default();
    let subject = raw.subject.clone();
    let content = content(raw, &media_type)?;
    check_lists(&content, subject.as_ref())?;
    Ok(Parts { media_type, artifact_type, subject, annotations, content })
}

fn parse(bytes: &[u8], outside: &str) -> Result<RawManifest, ManifestError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Schema {
        schema_version: u64,
    }
    match serde_json::from_slice::<Schema>(bytes) {
        Ok(Schema { schema_version: 1 }) => Err(ManifestError::SchemaOne),
        _ if !media_type::is_manifest(outside) => {
            Err(ManifestError::MediaType { media_type: outside.chars().take(120).collect() })
        }
        _ => serde_json::from_slice(bytes)
            .map_err(|source| ManifestError::Json { media_type: outside.to_owned(), source }),
    }
}

fn agreed_type(raw: &RawManifest, outside: &str) -> Result<String, ManifestError> {
    match &raw.media_type {
        Some(inside) if inside != outside => Err(ManifestError::MediaTypesDiffer {
            inside: inside.chars().take(120).collect(),
            outside: outside.to_owned(),
        }),
        _ => Ok(outside.to_owned()),
    }
}

fn refuse_ambiguity(raw: &RawManifest) -> Result<(), ManifestError> {
    let ambiguous = |reason: String| Err(ManifestError::Ambiguous { reason });
    if raw.schema_version != 2 {
        return ambiguous(format!("`schemaVersion` is {} instead of 2", raw.schema_version));
    }
    if raw.manifests.is_some() && (raw.layers.is_some() || raw.config.is_some()) {
        return ambiguous("it has `manifests` beside `config` or `layers`".to_owned());
    }
    Ok(())
}

fn refuse_look_alikes(bytes: &[u8], outside: &str) -> Result<(), ManifestError> {
    let found = keys::look_alike(bytes)
        .map_err(|source| ManifestError::Json { media_type: outside.to_owned(), source })?;
    match found {
        Some(key) => Err(ManifestError::Ambiguous {
            reason: format!("`{}` differs from a known key only in case", key.escape_debug()),
        }),
        None => Ok(()),
    }
}

fn content(raw: RawManifest, media_type: &str) -> Result<Content, ManifestError> {
    let lacks = |part| ManifestError::Lacks { media_type: media_type.to_owned(), part };
    if media_type::is_index(media_type) {
        let manifests = raw.manifests.ok_or_else(|| lacks("manifests"))?;
        return Ok(Content::Index { manifests });
    }
    Ok(Content::Image {
        config: Box::new(raw.config.ok_or_else(|| lacks("config"))?),
        layers: raw.layers.ok_or_else(|| lacks("layers"))?,
    })
}

fn check_lists(content: &Content, subject: Option<&Descriptor>) -> Result<(), ManifestError> {
    let (first, list) = match content {
        Content::Image { config, layers } => (Some(config.as_ref()), layers),
        Content::Index { manifests } => (None, manifests),
    };
    if list.len() > MAX_DESCRIPTORS {
        return Err(ManifestError::TooMany { count: list.len() });
    }
    match first.into_iter().chain(list).chain(subject).find(|thing| thing.size > MAX_BLOB) {
        Some(thing) => Err(ManifestError::AbsurdSize { digest: thing.digest, size: thing.size }),
        None => Ok(()),
    }
}
