//! From keys to meaning: what comes out can only be valid.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use toml::Spanned;
use toml::de::DeTable;

use super::raw::{OneOrMany, RawBundle, RawChart, RawFile, RawImage, RawManifest, RawRegistry};
use super::{
    Chart, ChartSource, File, FileOrigin, Image, MAX_MANIFEST_BYTES, Manifest, ManifestError,
    Protocol, RegistryOptions, schema, unknown,
};
use crate::bundle::BundlePath;
use crate::lock::{FILES_FOLDER, LockedBundle, chart_tag};
use crate::{Digest, ImageReference, PlatformName, Problem, SourceUrl, WrittenFile, is_tag};

/// The most characters of name, version and channel.
const MAX_WORD: usize = 64;

pub(super) fn read(name: &str, bytes: &[u8]) -> Result<Manifest, ManifestError> {
    if bytes.len() > MAX_MANIFEST_BYTES {
        return Err(ManifestError::TooLarge { name: name.to_owned() });
    }
    let text =
        std::str::from_utf8(bytes).map_err(|_| ManifestError::NotText { name: name.to_owned() })?;
    let file = WrittenFile::new(name, text);
    let wrong = |problems| ManifestError::Wrong { name: name.to_owned(), problems };
    let syntax = |error: &toml::de::Error| {
        wrong(vec![file.problem(error.span().unwrap_or(0..0), error.message())])
    };
    let document = DeTable::parse(text).map_err(|error| syntax(&error))?;
    let unknown = unknown::find(&file, document.get_ref(), &schema());
    if !unknown.is_empty() {
        return Err(wrong(unknown));
    }
    let raw: RawManifest = toml::from_str(text).map_err(|error| syntax(&error))?;
    let mut checker = Checker { file: &file, problems: Vec::new() };
    let manifest = checker.manifest(raw, Digest::of(bytes));
    match manifest {
        Some(manifest) if checker.problems.is_empty() => Ok(manifest),
        _ => Err(wrong(checker.problems)),
    }
}

/// Collects what is wrong; a value that is `None` has its problem noted.
struct Checker<'a> {
    file: &'a WrittenFile,
    problems: Vec<Problem>,
}

impl Checker<'_> {
    fn manifest(&mut self, raw: RawManifest, digest: Digest) -> Option<Manifest> {
        let bundle = self.bundle(raw.bundle);
        let usual = bundle.as_ref().map_or_else(Vec::new, |bundle| bundle.platforms.clone());
        let registries: Vec<_> =
            raw.registry.into_iter().map(|(host, raw)| self.registry(host, raw)).collect();
        let images: Vec<_> = raw.image.into_iter().map(|raw| self.image(raw, &usual)).collect();
        let charts: Vec<_> = raw.chart.into_iter().map(|raw| self.chart(raw)).collect();
        let files: Vec<_> = raw.file.iter().map(|raw| self.file(raw)).collect();
        self.refuse_twins(&images, &charts, &files);
        Some(Manifest {
            digest,
            bundle: bundle?,
            registries: registries.into_iter().collect::<Option<BTreeMap<_, _>>>()?,
            images: images.into_iter().map(strip).collect::<Option<_>>()?,
            charts: charts.into_iter().map(strip).collect::<Option<_>>()?,
            files: files.into_iter().map(strip).collect::<Option<_>>()?,
        })
    }

    fn bundle(&mut self, raw: RawBundle) -> Option<LockedBundle> {
        let name = self.word(&raw.name, "a name");
        let version = self.word(&raw.version, "a version");
        let channel = match &raw.channel {
            Some(channel) => self.word(channel, "a channel"),
            None => Some("stable".to_owned()),
        };
        let platforms = match raw.platforms {
            Some(platforms) => self.platforms(platforms),
            None => Some(vec![PlatformName::usual()]),
        };
        Some(LockedBundle {
            name: name?,
            version: version?,
            channel: channel?,
            platforms: platforms?,
        })
    }

    fn registry(
        &mut self,
        host: Spanned<String>,
        raw: RawRegistry,
    ) -> Option<(String, RegistryOptions)> {
        let at = host.span();
        let probe = format!("{}/probe", host.get_ref());
        if probe.parse::<ImageReference>().is_err() {
            return self.wrong(at, "this is not a registry host", "write `host` or `host:port`");
        }
        let protocol = if raw.plain_http { Protocol::PlainHttp } else { Protocol::Https };
        let mirrors = match raw.mirror {
            Some(mirrors) => self.mirrors(mirrors)?,
            None => Vec::new(),
        };
        let ca_file = raw.ca_file.map(|path| path.into_inner().into());
        Some((host.into_inner(), RegistryOptions { protocol, ca_file, mirrors }))
    }

    fn mirrors(&mut self, raw: Spanned<OneOrMany>) -> Option<Vec<SourceUrl>> {
        let at = raw.span();
        let texts = match raw.into_inner() {
            OneOrMany::One(text) => vec![text],
            OneOrMany::Many(texts) => texts,
        };
        texts.iter().map(|text| self.url_at(at.clone(), text)).collect()
    }

    fn image(&mut self, raw: RawImage, usual: &[PlatformName]) -> Option<(Image, Range<usize>)> {
        let at = raw.reference.span();
        let platforms = match raw.platforms {
            Some(platforms) => self.platforms(platforms),
            None => Some(usual.to_vec()),
        };
        let reference = self.reference(&raw.reference)?;
        if reference.tag().is_none() && reference.digest().is_none() {
            return self.wrong(at, "this image has neither tag nor digest", "add `:version`");
        }
        if reference.tag() == Some("latest") && reference.digest().is_none() {
            let help = "give the version that you mean, or the digest beside the tag";
            return self.wrong(at, "`latest` names another image from day to day", help);
        }
        Some((Image { reference, platforms: platforms? }, at))
    }

    fn chart(&mut self, raw: RawChart) -> Option<(Chart, Range<usize>)> {
        let at = raw.version.span();
        let version = self.chart_version(&raw.version);
        let pinned = raw.sha256.map(|sha256| self.digest(&sha256));
        let source = match (raw.reference, raw.repo, raw.name) {
            (Some(reference), None, None) => self.oci_chart(&reference),
            (None, Some(repo), Some(name)) => {
                let repository = self.url(&repo);
                let name = self.chart_name(&name);
                repository
                    .zip(name)
                    .map(|(repository, name)| ChartSource::Http { repository, name })
            }
            _ => self.wrong(
                at.clone(),
                "it is not clear where this chart is",
                "write either `ref = \"oci://...\"`, or `repo = \"https://...\"` with `name`",
            ),
        };
        let pinned = match pinned {
            Some(pinned) => Some(pinned?),
            None => None,
        };
        Some((Chart { source: source?, version: version?, pinned }, at))
    }

    fn oci_chart(&mut self, reference: &Spanned<String>) -> Option<ChartSource> {
        let at = reference.span();
        let Some(name) = reference.get_ref().strip_prefix("oci://") else {
            let help = "for a repository with an index, write `repo` and `name`";
            return self.wrong(at, "the `ref` of a chart begins with `oci://`", help);
        };
        let parsed = self.reference(&Spanned::new(at.clone(), name.to_owned()))?;
        if parsed.tag().is_some() || parsed.digest().is_some() {
            let help = "write the version as `version`, a digest as `sha256`";
            return self.wrong(at, "the `ref` of a chart has no tag and no digest", help);
        }
        Some(ChartSource::Oci(parsed))
    }

    fn chart_version(&mut self, version: &Spanned<String>) -> Option<String> {
        let text = version.get_ref();
        let exact = text.strip_prefix('v').unwrap_or(text);
        if semver::Version::parse(exact).is_err() || !is_tag(&chart_tag(text)) {
            let help = "charts have semantic versions such as `1.2.3`; ranges are not resolved";
            return self.wrong(version.span(), "this is not one version of a chart", help);
        }
        Some(text.clone())
    }

    fn chart_name(&mut self, name: &Spanned<String>) -> Option<String> {
        if !crate::is_path_component(name.get_ref()) {
            let help = "lowercase letters and digits, joined by `-`, `_` or `.`";
            return self.wrong(name.span(), "this is not the name of a chart", help);
        }
        Some(name.get_ref().clone())
    }

    fn file(&mut self, raw: &RawFile) -> Option<(File, Range<usize>)> {
        let place = raw.url.as_ref().or(raw.path.as_ref()).or(raw.sha256.as_ref());
        let at = place.or(raw.name.as_ref()).map_or(0..0, Spanned::span);
        let name = self.file_name(raw);
        let sha256 = raw.sha256.as_ref().map(|sha256| self.digest(sha256));
        let source = match (&raw.url, &raw.path, sha256, &raw.checksum_file) {
            (Some(url), None, Some(sha256), None) => {
                self.url(url).zip(sha256).map(|(url, digest)| FileOrigin::Pinned(url, digest))
            }
            (Some(url), None, None, Some(sums)) => {
                let (url, sums) = (self.url(url), self.url(sums));
                url.zip(sums).map(|(url, sums)| FileOrigin::Checksummed(url, sums))
            }
            (None, Some(path), None, None) => Some(FileOrigin::Local(path.get_ref().clone(), None)),
            (None, Some(path), Some(sha256), None) => {
                Some(FileOrigin::Local(path.get_ref().clone(), Some(sha256?)))
            }
            (Some(_), None, ..) => self.wrong(
                at.clone(),
                "nothing says what this URL must give",
                "add `sha256 = \"...\"`, or `checksum-file = \"https://...\"`",
            ),
            _ => self.wrong(
                at.clone(),
                "it is not clear where this file comes from",
                "write either `url` with `sha256` or `checksum-file`, or `path`",
            ),
        };
        Some((File { name: name?, source: source? }, at))
    }

    fn file_name(&mut self, raw: &RawFile) -> Option<BundlePath> {
        let given = raw.name.as_ref().map(|name| (name.get_ref().as_str(), name.span()));
        let last_part = |text: &Spanned<String>| {
            let path = text.get_ref().split(['?', '#']).next().unwrap_or_default().to_owned();
            (path.rsplit('/').next().unwrap_or_default().to_owned(), text.span())
        };
        let told = raw.url.as_ref().or(raw.path.as_ref()).map(last_part);
        let told = told.as_ref().map(|(name, at)| (name.as_str(), at.clone()));
        let (name, at) = given.or(told)?;
        // The whole path must fit, not only its last parts.
        let fits = format!("{FILES_FOLDER}/{name}").parse::<BundlePath>();
        match fits.and_then(|_| name.parse()) {
            Ok(name) => Some(name),
            Err(error) => self.wrong(at, error.to_string(), "name it with `as = \"...\"`"),
        }
    }

    fn platforms(&mut self, raw: Spanned<Vec<Spanned<String>>>) -> Option<Vec<PlatformName>> {
        if raw.get_ref().is_empty() {
            return self.wrong(
                raw.span(),
                "there must be one platform",
                "leave it out for linux/amd64",
            );
        }
        let mut platforms = BTreeSet::new();
        for text in raw.into_inner() {
            match text.get_ref().parse() {
                Ok(platform) => _ = platforms.insert(platform),
                Err(error) => {
                    let error: crate::ParsePlatformError = error;
                    self.problems.push(self.file.problem(text.span(), error.to_string()));
                }
            }
        }
        Some(platforms.into_iter().collect())
    }

    fn word(&mut self, text: &Spanned<String>, what: &str) -> Option<String> {
        let word = text.get_ref();
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._+-".contains(&byte);
        let begins = word.as_bytes().first().is_some_and(u8::is_ascii_alphanumeric);
        if !begins || word.len() > MAX_WORD || !word.bytes().all(allowed) {
            let help = "1 to 64 letters, digits, `.`, `_`, `+`, `-`, the first one no sign";
            return self.wrong(text.span(), format!("this is not {what}"), help);
        }
        Some(word.clone())
    }

    fn reference(&mut self, text: &Spanned<String>) -> Option<ImageReference> {
        let name = text.get_ref();
        let before_digest = name.split("@sha256:").next().unwrap_or_default();
        if before_digest.contains('@') {
            return self.credentials(text.span());
        }
        match name.parse() {
            Ok(reference) => Some(reference),
            Err(error) => {
                let error: crate::ParseReferenceError = error;
                let help = "write all of it: `docker.io/library/nginx:1.27.3`";
                self.wrong(text.span(), error.to_string(), help)
            }
        }
    }

    fn url(&mut self, text: &Spanned<String>) -> Option<SourceUrl> {
        self.url_at(text.span(), text.get_ref())
    }

    fn url_at(&mut self, at: Range<usize>, text: &str) -> Option<SourceUrl> {
        match text.parse() {
            Ok(url) => Some(url),
            Err(crate::SourceUrlError::Credentials) => self.credentials(at),
            Err(error) => {
                self.problems.push(self.file.problem(at, error.to_string()));
                None
            }
        }
    }

    fn credentials<T>(&mut self, at: Range<usize>) -> Option<T> {
        let help = "credentials come from docker's config.json (`docker login`, `skopeo login`)";
        self.wrong(at, "credentials have no place in a manifest", help)
    }

    fn digest(&mut self, text: &Spanned<String>) -> Option<Digest> {
        let hex = text.get_ref().strip_prefix("sha256:").unwrap_or(text.get_ref());
        match Digest::from_hex(&hex.to_ascii_lowercase()) {
            Ok(digest) => Some(digest),
            Err(_) => self.wrong(
                text.span(),
                "this is not a SHA-256",
                "64 hexadecimal digits, as `sha256sum` prints them",
            ),
        }
    }

    fn refuse_twins(
        &mut self,
        images: &[Option<(Image, Range<usize>)>],
        charts: &[Option<(Chart, Range<usize>)>],
        files: &[Option<(File, Range<usize>)>],
    ) {
        let mut seen = BTreeSet::new();
        let images = images.iter().flatten().map(|(image, at)| (image.reference.to_string(), at));
        let charts = charts
            .iter()
            .flatten()
            .map(|(chart, at)| (format!("{:?} {}", chart.source, chart.version), at));
        // What differs in case alone is one file on exFAT.
        let files = files.iter().flatten().map(|(file, at)| (file.name.folded(), at));
        for (kind, (name, at)) in (images.map(|one| ("image", one)))
            .chain(charts.map(|one| ("chart", one)))
            .chain(files.map(|one| ("file", one)))
        {
            if !seen.insert((kind, name)) {
                let message = format!("this {kind} is there twice");
                self.problems.push(self.file.problem(at.clone(), message));
            }
        }
    }

    fn wrong<T>(&mut self, at: Range<usize>, message: impl Into<String>, help: &str) -> Option<T> {
        self.problems.push(self.file.problem(at, message).with_help(help));
        None
    }
}

fn strip<T>(item: Option<(T, Range<usize>)>) -> Option<T> {
    item.map(|(item, _)| item)
}
