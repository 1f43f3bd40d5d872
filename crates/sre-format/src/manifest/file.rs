//! Files.

use std::ops::Range;

use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use super::check::Checker;
use crate::bundle::BundlePath;
use crate::lock::FILES_FOLDER;
use crate::{Digest, SourceUrl};

/// A file that is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its name inside the bundle, below `files/`.
    pub name: BundlePath,
    /// Where it comes from, and how it is known to be the right one.
    pub source: FileOrigin,
}

/// Where a file comes from, and how it is known to be the right one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileOrigin {
    /// A URL with the digest of what it gives.
    Pinned(SourceUrl, Digest),
    /// A URL with another that gives a checksum file.
    Checksummed(SourceUrl, SourceUrl),
    /// A path relative to the manifest, with the digest if the manifest names one.
    Local(String, Option<Digest>),
}

/// A file: `url` with `sha256` or `checksum-file`, or `path`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawFile {
    /// Where it lies.
    #[schemars(with = "Option<String>")]
    pub url: Option<Spanned<String>>,
    /// A path on this machine, relative to the manifest.
    #[schemars(with = "Option<String>")]
    pub path: Option<Spanned<String>>,
    /// The SHA-256 of its bytes, 64 hexadecimal digits.
    #[schemars(with = "Option<String>")]
    pub sha256: Option<Spanned<String>>,
    /// The URL of a file that lists its SHA-256, as `sha256sum` writes it.
    #[schemars(with = "Option<String>")]
    pub checksum_file: Option<Spanned<String>>,
    /// Its name inside the bundle, below `files/`; the last part of URL or path unless given.
    #[serde(rename = "as")]
    #[schemars(with = "Option<String>")]
    pub name: Option<Spanned<String>>,
}

/// The keys that say where bytes come from and which they must be.
pub(super) struct RawOrigin {
    pub url: Option<Spanned<String>>,
    pub path: Option<Spanned<String>>,
    pub sha256: Option<Spanned<String>>,
    pub checksum_file: Option<Spanned<String>>,
}

impl RawOrigin {
    /// Gives where the first of the keys stands.
    pub(super) fn place(&self) -> Option<Range<usize>> {
        let keys = [&self.url, &self.path, &self.sha256, &self.checksum_file];
        keys.into_iter().flatten().map(Spanned::span).next()
    }
}

impl Checker<'_> {
    pub(super) fn file(&mut self, raw: RawFile) -> Option<File> {
        let name = self.file_name(&raw);
        let RawFile { url, path, sha256, checksum_file, name: given } = raw;
        let origin = RawOrigin { url, path, sha256, checksum_file };
        let at = origin.place().or(given.map(|name| name.span())).unwrap_or(0..0);
        let source = self.file_origin(&origin, &at);
        let file = File { name: name?, source: source? };
        self.unique("file", file.name.folded(), at);
        Some(file)
    }

    /// Says where bytes come from and by whose word they are the right ones.
    pub(super) fn file_origin(&mut self, raw: &RawOrigin, at: &Range<usize>) -> Option<FileOrigin> {
        let sha256 = raw.sha256.as_ref().map(|sha256| self.digest(sha256));
        match (&raw.url, &raw.path, sha256, &raw.checksum_file) {
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
            (Some(_), None, Some(_), Some(_)) => self.wrong(
                at.clone(),
                "both a digest and a checksum file say what this URL must give",
                "keep one of `sha256` and `checksum-file`",
            ),
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
        }
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
}
