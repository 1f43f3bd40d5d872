//! What is downloaded for a platform, and by whose word it is the right thing.

use std::collections::BTreeMap;
use std::ops::Range;

use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use super::FileOrigin;
use super::check::Checker;
use crate::bundle::{BundlePath, ParsePathError};
use crate::lock::SetKind;
use crate::{PlatformName, SourceUrl};

/// An input that is a download for each platform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DownloadedSet {
    /// What kind of input it is.
    pub kind: SetKind,
    /// Its name.
    pub name: String,
    /// Its version, exactly.
    pub version: String,
    /// What is downloaded, by platform.
    pub downloads: Vec<Download>,
    /// A git repository whose tags are its versions, where its address does not tell.
    pub versions_from: Option<SourceUrl>,
}

/// A download for one platform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Download {
    /// The path of what is carried inside the bundle.
    pub path: BundlePath,
    /// What is downloaded, and how it is known to be the right thing.
    pub origin: FileOrigin,
    /// The path of what is carried inside the download, where that is an archive.
    pub member: Option<String>,
}

/// One text, or one for each platform.
#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
pub(super) enum OneOrEach {
    One(String),
    Each(BTreeMap<String, String>),
}

/// What says which bytes a download must give.
pub(super) struct Sums {
    pub sha256: Option<Spanned<OneOrEach>>,
    pub checksum_file: Option<Spanned<String>>,
}

impl Checker<'_> {
    /// Gives the platforms of an input, or the usual ones.
    pub(super) fn platforms_or(
        &mut self,
        raw: Option<Spanned<Vec<Spanned<String>>>>,
        usual: &[PlatformName],
    ) -> Option<Vec<PlatformName>> {
        match raw {
            Some(platforms) => self.platforms(platforms),
            None => Some(usual.to_vec()),
        }
    }

    /// Says what is downloaded for a platform.
    pub(super) fn download(
        &mut self,
        url: &Spanned<String>,
        sums: &Sums,
        version: &str,
        platform: &PlatformName,
    ) -> Option<FileOrigin> {
        let filled = self.filled(url, version, platform)?;
        match (&sums.sha256, &sums.checksum_file) {
            (Some(sha256), None) => {
                let sha256 = self.sum_for(sha256, platform)?;
                let (url, digest) = (self.url(&filled), self.digest(&sha256));
                Some(FileOrigin::Pinned(url?, digest?))
            }
            (None, Some(sums)) => {
                let sums = self.filled(sums, version, platform)?;
                let (url, sums) = (self.url(&filled), self.url(&sums));
                Some(FileOrigin::Checksummed(url?, sums?))
            }
            _ => self.wrong(
                url.span(),
                "nothing, or more than one thing, says what this URL must give",
                "add either `sha256 = \"...\"`, or `checksum-file = \"https://...\"`",
            ),
        }
    }

    /// Gives the path of a file of a kind, which no other input may have.
    pub(super) fn placed(
        &mut self,
        kind: SetKind,
        name: &str,
        at: &Range<usize>,
    ) -> Option<BundlePath> {
        let path: Result<BundlePath, ParsePathError> = format!("{}/{name}", kind.folder()).parse();
        match path {
            Ok(path) => {
                self.unique(kind.id(), path.folded(), at.clone());
                Some(path)
            }
            Err(error) => self.wrong(at.clone(), error.to_string(), "give it another name"),
        }
    }

    /// Fills the places of a text that differ by version and platform.
    pub(super) fn filled(
        &mut self,
        text: &Spanned<String>,
        version: &str,
        platform: &PlatformName,
    ) -> Option<Spanned<String>> {
        let machine = match platform.architecture() {
            "amd64" => "x86_64",
            "arm64" => "aarch64",
            other => other,
        };
        let known = [
            ("{version}", version),
            ("{os}", platform.os()),
            ("{arch}", platform.architecture()),
            ("{machine}", machine),
        ];
        let filled = known
            .iter()
            .fold(text.get_ref().clone(), |text, (place, value)| text.replace(place, value));
        if filled.contains(['{', '}']) {
            let help = "known here: `{version}`, `{os}`, `{arch}`, `{machine}`";
            return self.wrong(text.span(), "this has a place that nothing fills", help);
        }
        Some(Spanned::new(text.span(), filled))
    }

    fn sum_for(
        &mut self,
        sums: &Spanned<OneOrEach>,
        platform: &PlatformName,
    ) -> Option<Spanned<String>> {
        let text = match sums.get_ref() {
            OneOrEach::One(text) => Some(text),
            OneOrEach::Each(each) => each.get(platform.as_str()),
        };
        let Some(text) = text else {
            let message = format!("there is no SHA-256 for {platform}");
            return self.wrong(sums.span(), message, "give one for each platform");
        };
        Some(Spanned::new(sums.span(), text.clone()))
    }
}
