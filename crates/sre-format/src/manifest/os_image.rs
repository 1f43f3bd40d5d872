//! Images of operating systems: cloud images and installation media.

use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use super::FileOrigin;
use super::check::Checker;
use super::download::{Download, DownloadedSet, OneOrEach, Sums};
use crate::PlatformName;
use crate::lock::SetKind;

/// A cloud image or installation medium. In `url` and `checksum-file`, `{version}`, `{os}`
/// (`linux`), `{arch}` (`amd64`) and `{machine}` (`x86_64`) stand for what they say.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawOsImage {
    /// What the image is called, such as `rocky9`.
    #[schemars(with = "String")]
    pub name: Spanned<String>,
    /// The version, exactly.
    #[schemars(with = "String")]
    pub version: Spanned<String>,
    /// Where the image lies.
    #[schemars(with = "String")]
    pub url: Spanned<String>,
    /// The SHA-256 of the image; with several platforms a table of one for each.
    #[schemars(with = "Option<OneOrEach>")]
    pub sha256: Option<Spanned<OneOrEach>>,
    /// The URL of a file that lists the SHA-256 of the image.
    #[schemars(with = "Option<String>")]
    pub checksum_file: Option<Spanned<String>>,
    /// The platforms that it is carried for; those of the bundle unless given.
    #[schemars(with = "Option<Vec<String>>")]
    pub platforms: Option<Spanned<Vec<Spanned<String>>>>,
}

impl Checker<'_> {
    pub(super) fn os_image(
        &mut self,
        raw: RawOsImage,
        usual: &[PlatformName],
    ) -> Option<DownloadedSet> {
        let at = raw.name.span();
        let name = self.word(&raw.name, "the name of an image");
        let version = self.word(&raw.version, "a version");
        let platforms = self.platforms_or(raw.platforms, usual);
        let (name, version) = (name?.to_string(), version?.to_string());
        let sums = Sums { sha256: raw.sha256, checksum_file: raw.checksum_file };
        let mut downloads = Vec::new();
        for platform in platforms? {
            let origin = self.download(&raw.url, &sums, &version, &platform)?;
            let (FileOrigin::Pinned(url, _) | FileOrigin::Checksummed(url, _)) = &origin else {
                return None;
            };
            let file = url.file_name().unwrap_or_default().to_owned();
            let path = self.placed(SetKind::OsImage, &format!("{name}/{file}"), &raw.url.span())?;
            downloads.push(Download { path, origin, member: None });
        }
        self.unique("os-image", format!("{name} {version}"), at);
        let kind = SetKind::OsImage;
        Some(DownloadedSet { kind, name, version, downloads, versions_from: None })
    }
}
