//! How folders are read.

use serde::Deserialize;
use toml::Spanned;

use super::raw::{Reader, root};
use super::{FolderLayer, LockedFolder};
use crate::{Digest, ImageReference};

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawFolder {
    #[serde(rename = "ref")]
    reference: Spanned<ImageReference>,
    digest: Digest,
    size: u64,
    media_type: String,
    path: String,
    #[serde(default)]
    ignore: Vec<String>,
    files: u64,
    content: Digest,
    layer: FolderLayer,
    source: Option<String>,
    revision: Option<String>,
}

impl Reader {
    pub(super) fn folder(&mut self, raw: RawFolder) -> Option<LockedFolder> {
        let at = raw.reference.span();
        self.unique("folder", &at, raw.reference.get_ref().to_string());
        let folder = LockedFolder {
            reference: raw.reference.into_inner(),
            root: root(raw.digest, raw.size, raw.media_type),
            path: raw.path,
            ignore: raw.ignore,
            files: raw.files,
            content: raw.content,
            layer: raw.layer,
            source: raw.source,
            revision: raw.revision,
        };
        if folder.root() != folder.root {
            return self.wrong(&at, "`digest` and `size` do not follow from `content` and `layer`");
        }
        Some(folder)
    }
}
