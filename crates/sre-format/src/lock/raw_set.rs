//! How file sets are read.

use serde::Deserialize;
use toml::Spanned;

use super::raw::Reader;
use super::{
    Archive, FileSource, GitCommit, LockedFileSet, Made, ObjectId, PlacedFile, PlacedOrigin,
    SetKind, Verification, bytes_of,
};
use crate::bundle::BundlePath;
use crate::{Digest, ImageReference, SourceUrl};

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawSet {
    name: Spanned<String>,
    #[serde(default)]
    version: String,
    #[serde(default)]
    verified: Vec<Verification>,
    #[serde(default)]
    images: Vec<ImageReference>,
    files: Vec<RawPlaced>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawPlaced {
    #[serde(rename = "as")]
    path: Spanned<BundlePath>,
    digest: Digest,
    size: u64,
    media_type: String,
    url: Option<SourceUrl>,
    #[serde(rename = "path")]
    local: Option<String>,
    member: Option<String>,
    of: Option<Archive>,
    git: Option<RawCommit>,
    made: Option<Made>,
    lines: Option<Vec<String>>,
    record: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCommit {
    url: Option<SourceUrl>,
    path: Option<String>,
    #[serde(rename = "ref")]
    reference: Option<String>,
    commit: ObjectId,
    tree: ObjectId,
}

impl RawCommit {
    fn read(self) -> Option<GitCommit> {
        let repository = match (self.url, self.path) {
            (Some(url), None) => FileSource::Url(url),
            (None, Some(path)) => FileSource::Path(path),
            _ => return None,
        };
        let Self { reference, commit, tree, .. } = self;
        Some(GitCommit { repository, reference, commit, tree })
    }
}

impl Reader {
    /// Reads the tables of every kind of file sets.
    pub(super) fn sets<const KINDS: usize>(
        &mut self,
        raw: [(SetKind, Vec<RawSet>); KINDS],
    ) -> Vec<LockedFileSet> {
        let with_kind =
            |(kind, sets): (SetKind, Vec<RawSet>)| sets.into_iter().map(move |set| (kind, set));
        raw.into_iter().flat_map(with_kind).map(|(kind, raw)| self.set(kind, raw)).collect()
    }

    fn set(&mut self, kind: SetKind, raw: RawSet) -> LockedFileSet {
        let RawSet { name, version, verified, images, files } = raw;
        let at = name.span();
        let name = name.into_inner();
        self.unique(kind.id(), &at, format!("{name} {version}"));
        let files = files.into_iter().filter_map(|file| self.placed(kind, file)).collect();
        LockedFileSet { kind, name, version, files, images, verified }
    }

    fn placed(&mut self, kind: SetKind, raw: RawPlaced) -> Option<PlacedFile> {
        let at = raw.path.span();
        let path = raw.path.into_inner();
        let inside = path.as_str().strip_prefix(kind.folder());
        if !inside.is_some_and(|rest| rest.starts_with('/')) {
            let message = format!("the files of a {} lie below `{}/`", kind.id(), kind.folder());
            return self.wrong(&at, &message);
        }
        self.unique("path", &at, path.folded());
        let RawPlaced { digest, size, .. } = raw;
        let member = match (raw.member, raw.of) {
            (Some(path), Some(of)) => Some(Some(PlacedOrigin::Member { of, path })),
            (None, None) => None,
            _ => Some(None),
        };
        let url = match (raw.url, raw.record) {
            (Some(url), Some(record)) => Some(Some(PlacedOrigin::Package { url, record })),
            (Some(url), None) => Some(Some(PlacedOrigin::Url(url))),
            (None, None) => None,
            (None, Some(_)) => Some(None),
        };
        let mut origins = [
            url,
            raw.local.map(|path| Some(PlacedOrigin::Path(path))),
            member,
            raw.git.map(|commit| commit.read().map(PlacedOrigin::Git)),
            raw.made.map(|made| Some(PlacedOrigin::Made(made))),
            raw.lines.map(|lines| Some(PlacedOrigin::Lines(lines))),
        ]
        .into_iter()
        .flatten();
        let (Some(Some(origin)), None) = (origins.next(), origins.next()) else {
            return self.wrong(
                &at,
                "a placed file has one of `url` (perhaps with `record`), `path`, `member` with `of`, `git`, `made`, and `lines`",
            );
        };
        if let PlacedOrigin::Lines(lines) = &origin {
            let bytes = bytes_of(lines);
            if (digest, size) != (Digest::of(&bytes), bytes.len() as u64) {
                return self.wrong(&at, "`digest` and `size` do not follow from `lines`");
            }
        }
        Some(PlacedFile { path, digest, size, media_type: raw.media_type, origin })
    }
}
