//! How a lock is read: strictly, within limits, every problem with its line.

use std::collections::BTreeSet;
use std::ops::Range;

use serde::Deserialize;
use toml::Spanned;
use toml::de::DeTable;

use super::raw_folder::RawFolder;
use super::raw_set::RawSet;
use super::{
    Archive, ChartForm, FileSource, HttpChart, LOCK_VERSION, Lock, LockError, LockedBundle,
    LockedChart, LockedFile, LockedImage, LockedManifest, LockedReferrer, MAX_LOCK_BYTES, SetKind,
    Unconfirmed, Verification, is_chart_name,
};
use crate::bundle::BundlePath;
use crate::{
    Digest, ImageReference, PlatformName, Problem, SourceUrl, Timestamp, Word, WrittenFile,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawLock {
    version: u32,
    serial: u64,
    time: Timestamp,
    manifest: Digest,
    bundle: RawBundle,
    #[serde(default)]
    image: Vec<RawImage>,
    #[serde(default)]
    chart: Vec<RawChart>,
    #[serde(default)]
    file: Vec<RawFile>,
    #[serde(default)]
    folder: Vec<RawFolder>,
    #[serde(default)]
    tool: Vec<RawSet>,
    #[serde(default)]
    os_image: Vec<RawSet>,
    #[serde(default)]
    rke2: Vec<RawSet>,
    #[serde(default)]
    unconfirmed: Vec<Spanned<Unconfirmed>>,
    #[serde(default)]
    tofu_provider: Vec<RawSet>,
    #[serde(default)]
    packer_plugin: Vec<RawSet>,
    #[serde(default)]
    ansible: Vec<RawSet>,
    #[serde(default)]
    rpm: Vec<RawSet>,
    #[serde(default)]
    deb: Vec<RawSet>,
    #[serde(default)]
    git: Vec<RawSet>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawBundle {
    name: Word,
    version: Word,
    channel: Word,
    platforms: Vec<PlatformName>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawImage {
    #[serde(rename = "ref")]
    reference: Spanned<ImageReference>,
    digest: Digest,
    size: u64,
    media_type: String,
    bytes: u64,
    from: SourceUrl,
    platforms: Vec<PlatformName>,
    #[serde(default)]
    verified: Vec<Verification>,
    #[serde(default)]
    manifests: Vec<RawManifest>,
    #[serde(default)]
    absent: Vec<RawManifest>,
    #[serde(default)]
    referrers: Vec<RawReferrer>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawManifest {
    digest: Digest,
    size: u64,
    media_type: String,
    platform: Option<PlatformName>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawReferrer {
    digest: Digest,
    size: u64,
    media_type: String,
    artifact_type: String,
    subject: Digest,
    tag: Option<String>,
    repository: Option<ImageReference>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawChart {
    #[serde(rename = "ref")]
    reference: Spanned<ImageReference>,
    name: String,
    version: String,
    digest: Digest,
    size: u64,
    media_type: String,
    bytes: u64,
    from: SourceUrl,
    form: RawForm,
    archive: Option<Archive>,
    provenance: Option<Archive>,
    config: Option<String>,
    #[serde(default)]
    verified: Vec<Verification>,
    #[serde(default)]
    referrers: Vec<RawReferrer>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum RawForm {
    Oci,
    Http,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawFile {
    #[serde(rename = "as")]
    name: Spanned<BundlePath>,
    url: Option<SourceUrl>,
    path: Option<String>,
    digest: Digest,
    size: u64,
    media_type: String,
    #[serde(default)]
    verified: Vec<Verification>,
}

/// What a reader knows besides the values: the text, the names seen, and what is wrong so far.
pub(super) struct Reader {
    file: WrittenFile,
    seen: BTreeSet<(&'static str, String)>,
    problems: Vec<Problem>,
}

pub(super) fn read(name: &str, bytes: &[u8]) -> Result<Lock, LockError> {
    let named = || name.to_owned();
    if bytes.len() > MAX_LOCK_BYTES {
        return Err(LockError::TooLarge { name: named() });
    }
    let text = std::str::from_utf8(bytes).map_err(|_| LockError::NotText { name: named() })?;
    let file = WrittenFile::new(name, text);
    let wrong = |error: &toml::de::Error| {
        let problems = vec![file.problem(error.span().unwrap_or(0..0), error.message())];
        LockError::Wrong { name: named(), problems }
    };
    let document = DeTable::parse(text).map_err(|error| wrong(&error))?;
    if let Some(found) = version_of(document.get_ref()).filter(|it| *it != u64::from(LOCK_VERSION))
    {
        return Err(LockError::Version { name: named(), found });
    }
    let raw: RawLock = toml::from_str(text).map_err(|error| wrong(&error))?;
    // `0xF` is a number for this reader and none for the one before.
    if raw.version != LOCK_VERSION {
        return Err(LockError::Version { name: named(), found: raw.version.into() });
    }
    let mut reader = Reader { file: file.clone(), seen: BTreeSet::new(), problems: Vec::new() };
    let lock = reader.lock(raw);
    match reader.problems {
        problems if problems.is_empty() => Ok(lock),
        problems => Err(LockError::Wrong { name: named(), problems }),
    }
}

/// Reads the version before anything else: a newer lock has keys that this program cannot know.
fn version_of(document: &DeTable<'_>) -> Option<u64> {
    let version = document.get("version")?.get_ref().as_integer()?;
    u64::from_str_radix(version.as_str(), version.radix()).ok()
}

impl Reader {
    fn lock(&mut self, raw: RawLock) -> Lock {
        let mut lock = Lock {
            serial: raw.serial,
            time: raw.time,
            manifest: raw.manifest,
            bundle: LockedBundle {
                name: raw.bundle.name,
                version: raw.bundle.version,
                channel: raw.bundle.channel,
                platforms: raw.bundle.platforms,
            },
            images: raw.image.into_iter().map(|image| self.image(image)).collect(),
            charts: raw.chart.into_iter().filter_map(|chart| self.chart(chart)).collect(),
            files: raw.file.into_iter().filter_map(|file| self.file(file)).collect(),
            folders: raw.folder.into_iter().filter_map(|folder| self.folder(folder)).collect(),
            sets: self.sets([
                (SetKind::Tool, raw.tool),
                (SetKind::OsImage, raw.os_image),
                (SetKind::Rke2, raw.rke2),
                (SetKind::TofuProvider, raw.tofu_provider),
                (SetKind::PackerPlugin, raw.packer_plugin),
                (SetKind::Ansible, raw.ansible),
                (SetKind::Rpm, raw.rpm),
                (SetKind::Deb, raw.deb),
                (SetKind::Git, raw.git),
            ]),
            unconfirmed: raw.unconfirmed.into_iter().map(|it| self.unconfirmed(it)).collect(),
        };
        lock.sort();
        lock
    }

    fn unconfirmed(&mut self, raw: Spanned<Unconfirmed>) -> Unconfirmed {
        // One that is confirmed is no longer unconfirmed.
        self.unique("image", &raw.span(), raw.get_ref().reference.to_string());
        raw.into_inner()
    }

    fn image(&mut self, raw: RawImage) -> LockedImage {
        self.unique("image", &raw.reference.span(), raw.reference.get_ref().to_string());
        LockedImage {
            reference: raw.reference.into_inner(),
            root: root(raw.digest, raw.size, raw.media_type),
            platforms: raw.platforms,
            manifests: raw.manifests.into_iter().map(LockedManifest::from).collect(),
            absent: raw.absent.into_iter().map(LockedManifest::from).collect(),
            referrers: raw.referrers.into_iter().map(LockedReferrer::from).collect(),
            bytes: raw.bytes,
            source: raw.from,
            verified: raw.verified,
        }
    }

    fn chart(&mut self, raw: RawChart) -> Option<LockedChart> {
        let at = raw.reference.span();
        self.unique("chart", &at, raw.reference.get_ref().to_string());
        if !is_chart_name(&raw.name) {
            return self.wrong(&at, "the name of a chart is letters, digits, `-`, `_` and `.`");
        }
        let root = root(raw.digest, raw.size, raw.media_type);
        let form = match (raw.form, raw.archive, raw.config) {
            (RawForm::Oci, None, None) if raw.provenance.is_none() => ChartForm::Oci,
            (RawForm::Http, Some(archive), Some(config)) => {
                let http = HttpChart { archive, provenance: raw.provenance, config };
                ChartForm::Http(Box::new(http))
            }
            (RawForm::Oci, ..) => {
                return self.wrong(&at, "an OCI chart has no `archive`, `provenance` or `config`");
            }
            (RawForm::Http, ..) => {
                return self.wrong(&at, "a chart of an HTTP repository has `archive` and `config`");
            }
        };
        if let ChartForm::Http(http) = &form
            && http.root() != root
        {
            return self
                .wrong(&at, "`digest` and `size` do not follow from `archive` and `config`");
        }
        Some(LockedChart {
            name: raw.name,
            version: raw.version,
            reference: raw.reference.into_inner(),
            root,
            referrers: raw.referrers.into_iter().map(LockedReferrer::from).collect(),
            bytes: raw.bytes,
            source: raw.from,
            form,
            verified: raw.verified,
        })
    }

    fn file(&mut self, raw: RawFile) -> Option<LockedFile> {
        let at = raw.name.span();
        // What differs in case alone is one file on exFAT.
        self.unique("file", &at, raw.name.get_ref().folded());
        let source = match (raw.url, raw.path) {
            (Some(url), None) => FileSource::Url(url),
            (None, Some(path)) => FileSource::Path(path),
            _ => return self.wrong(&at, "a file has either `url` or `path`"),
        };
        let file = LockedFile {
            name: raw.name.into_inner(),
            source,
            digest: raw.digest,
            size: raw.size,
            media_type: raw.media_type,
            verified: raw.verified,
        };
        match file.entry_path() {
            Ok(_) => Some(file),
            Err(error) => self.wrong(&at, &error.to_string()),
        }
    }

    pub(super) fn unique(&mut self, kind: &'static str, at: &Range<usize>, name: String) {
        let message = format!("there are two {kind}s `{name}`");
        if !self.seen.insert((kind, name)) {
            self.problems.push(self.file.problem(at.clone(), message));
        }
    }

    pub(super) fn wrong<T>(&mut self, at: &Range<usize>, message: &str) -> Option<T> {
        self.problems.push(self.file.problem(at.clone(), message));
        None
    }
}

pub(super) fn root(digest: Digest, size: u64, media_type: String) -> LockedManifest {
    LockedManifest { digest, size, media_type, platform: None }
}

impl From<RawManifest> for LockedManifest {
    fn from(raw: RawManifest) -> Self {
        let RawManifest { digest, size, media_type, platform } = raw;
        Self { digest, size, media_type, platform }
    }
}

impl From<RawReferrer> for LockedReferrer {
    fn from(raw: RawReferrer) -> Self {
        let RawReferrer { digest, size, media_type, artifact_type, subject, tag, repository } = raw;
        Self { digest, size, media_type, artifact_type, subject, tag, repository }
    }
}
