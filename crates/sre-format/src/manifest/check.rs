//! From keys to meaning: what comes out can only be valid.

use std::collections::BTreeSet;
use std::ops::Range;

use toml::Spanned;
use toml::de::DeTable;

use super::raw::RawManifest;
use super::{MAX_MANIFEST_BYTES, Manifest, ManifestError, schema};
use crate::shape::{MisfitKind, misfits};
use crate::{Digest, ImageReference, PlatformName, Problem, SourceUrl, Word, WrittenFile};

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
    let schema = schema();
    let misfits = misfits(document.get_ref(), &schema).into_iter();
    let unknown = misfits.filter(|misfit| misfit.kind == MisfitKind::UnknownKey);
    let unknown: Vec<_> = unknown.map(|misfit| misfit.problem(&file)).collect();
    if !unknown.is_empty() {
        return Err(wrong(unknown));
    }
    let raw: RawManifest = toml::from_str(text).map_err(|error| syntax(&error))?;
    let mut checker = Checker { file: &file, seen: BTreeSet::new(), problems: Vec::new() };
    let manifest = checker.manifest(raw, Digest::of(bytes));
    match manifest {
        Some(manifest) if checker.problems.is_empty() => Ok(manifest),
        _ => Err(wrong(checker.problems)),
    }
}

/// Collects what is wrong; a value that is `None` has its problem noted.
///
/// Each table of the manifest has a file of its own, which says its keys and, as a method of
/// this, what they mean.
pub(super) struct Checker<'a> {
    file: &'a WrittenFile,
    seen: BTreeSet<(&'static str, String)>,
    problems: Vec<Problem>,
}

impl Checker<'_> {
    fn manifest(&mut self, raw: RawManifest, digest: Digest) -> Option<Manifest> {
        let image_signing = raw.bundle.image_signing();
        let bundle = self.bundle(raw.bundle);
        let usual = bundle.as_ref().map_or_else(Vec::new, |bundle| bundle.platforms.clone());
        let registries = raw.registry.into_iter();
        let registries = registries.filter_map(|(host, raw)| self.registry(host, raw)).collect();
        let kubernetes = raw.kubernetes.as_ref().map(|raw| self.kubernetes(raw));
        let images = raw.image.into_iter();
        let images = images.filter_map(|raw| self.image(raw, &usual)).collect();
        let charts = raw.chart.into_iter().filter_map(|raw| self.chart(raw)).collect();
        let files = raw.file.into_iter().filter_map(|raw| self.file(raw)).collect();
        let version = bundle.as_ref().map(|bundle| bundle.version.clone());
        let folders = raw.folder.into_iter();
        let folders = folders.filter_map(|raw| self.folder(raw, version.as_ref())).collect();
        let mut downloads = Vec::new();
        downloads.extend(raw.tool.into_iter().filter_map(|raw| self.tool(raw, &usual)));
        downloads.extend(raw.os_image.into_iter().filter_map(|raw| self.os_image(raw, &usual)));
        downloads.extend(raw.rke2.into_iter().filter_map(|raw| self.rke2(raw, &usual)));
        let kubernetes = match kubernetes {
            Some(kubernetes) => Some(kubernetes?),
            None => None,
        };
        let mut mirrored = Vec::new();
        let providers = raw.tofu_provider.into_iter();
        mirrored.extend(providers.filter_map(|raw| self.tofu_provider(raw, &usual)));
        let plugins = raw.packer_plugin.into_iter();
        mirrored.extend(plugins.filter_map(|raw| self.packer_plugin(raw, &usual)));
        mirrored.extend(raw.ansible.and_then(|raw| self.ansible(raw, &usual)));
        let rpms = raw.rpm.into_iter().filter_map(|raw| self.rpm(raw)).collect();
        let debs = raw.deb.into_iter().filter_map(|raw| self.deb(raw, &usual)).collect();
        let commits = raw.git.iter().filter_map(|raw| self.git(raw)).collect();
        let bundle = bundle?;
        Some(Manifest {
            digest,
            bundle,
            image_signing,
            registries,
            kubernetes,
            images,
            charts,
            files,
            folders,
            commits,
            downloads,
            mirrored,
            rpms,
            debs,
        })
    }

    /// Notes a second input of the same kind and name; names that differ in case alone are one
    /// file on exFAT, so kinds that become files give theirs folded.
    pub(super) fn unique(&mut self, kind: &'static str, name: String, at: Range<usize>) {
        if !self.seen.insert((kind, name)) {
            self.problems.push(self.file.problem(at, format!("this {kind} is there twice")));
        }
    }

    pub(super) fn platforms(
        &mut self,
        raw: Spanned<Vec<Spanned<String>>>,
    ) -> Option<Vec<PlatformName>> {
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

    pub(super) fn word(&mut self, text: &Spanned<String>, what: &str) -> Option<Word> {
        let help = "1 to 64 letters, digits, `.`, `_`, `+`, `-`, the first one no sign";
        let word = text.get_ref().parse().ok();
        word.or_else(|| self.wrong(text.span(), format!("this is not {what}"), help))
    }

    pub(super) fn reference(&mut self, text: &Spanned<String>) -> Option<ImageReference> {
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

    pub(super) fn url(&mut self, text: &Spanned<String>) -> Option<SourceUrl> {
        self.url_at(text.span(), text.get_ref())
    }

    pub(super) fn url_at(&mut self, at: Range<usize>, text: &str) -> Option<SourceUrl> {
        match text.parse() {
            Ok(url) => Some(url),
            Err(crate::SourceUrlError::Credentials) => self.credentials(at),
            Err(error) => {
                self.problems.push(self.file.problem(at, error.to_string()));
                None
            }
        }
    }

    pub(super) fn digest(&mut self, text: &Spanned<String>) -> Option<Digest> {
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

    pub(super) fn wrong<T>(
        &mut self,
        at: Range<usize>,
        message: impl Into<String>,
        help: &str,
    ) -> Option<T> {
        self.problems.push(self.file.problem(at, message).with_help(help));
        None
    }

    fn credentials<T>(&mut self, at: Range<usize>) -> Option<T> {
        let help = "credentials come from docker's config.json (`docker login`, `skopeo login`)";
        self.wrong(at, "credentials have no place in a manifest", help)
    }
}
