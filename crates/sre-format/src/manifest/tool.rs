//! Tools: a program for each platform, from an archive or as it is.

use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use super::check::Checker;
use super::download::{Download, DownloadedSet, OneOrEach, Sums};
use crate::PlatformName;
use crate::lock::SetKind;

/// A program for one or several platforms. In `url`, `checksum-file` and `member`, `{version}`,
/// `{os}` (`linux`), `{arch}` (`amd64`) and `{machine}` (`x86_64`) stand for what they say.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawTool {
    /// The name of the program.
    #[schemars(with = "String")]
    pub name: Spanned<String>,
    /// The version, exactly.
    #[schemars(with = "String")]
    pub version: Spanned<String>,
    /// Where the program, or an archive with it, lies.
    #[schemars(with = "String")]
    pub url: Spanned<String>,
    /// The SHA-256 of the download; with several platforms a table of one for each.
    #[schemars(with = "Option<OneOrEach>")]
    pub sha256: Option<Spanned<OneOrEach>>,
    /// The URL of a file that lists the SHA-256 of the download.
    #[schemars(with = "Option<String>")]
    pub checksum_file: Option<Spanned<String>>,
    /// The path of the program inside the archive; the download is the program unless given.
    #[schemars(with = "Option<String>")]
    pub member: Option<Spanned<String>>,
    /// A git repository whose tags are its versions, where its address does not tell.
    #[schemars(with = "Option<String>")]
    pub versions_from: Option<Spanned<String>>,
    /// The platforms that it is carried for; those of the bundle unless given.
    #[schemars(with = "Option<Vec<String>>")]
    pub platforms: Option<Spanned<Vec<Spanned<String>>>>,
}

impl Checker<'_> {
    pub(super) fn tool(&mut self, raw: RawTool, usual: &[PlatformName]) -> Option<DownloadedSet> {
        let at = raw.name.span();
        let name = self.word(&raw.name, "the name of a program");
        let version = self.word(&raw.version, "a version");
        let platforms = self.platforms_or(raw.platforms, usual);
        let versions_from = match &raw.versions_from {
            Some(from) => Some(self.url(from)?),
            None => None,
        };
        let (name, version) = (name?.to_string(), version?.to_string());
        let sums = Sums { sha256: raw.sha256, checksum_file: raw.checksum_file };
        let mut downloads = Vec::new();
        for platform in platforms? {
            let origin = self.download(&raw.url, &sums, &version, &platform);
            let member = match &raw.member {
                Some(member) => Some(self.filled(member, &version, &platform)?.into_inner()),
                None => None,
            };
            let folder = platform.to_string().replace('/', "-");
            let path = self.placed(SetKind::Tool, &format!("{folder}/{name}"), &at);
            downloads.push(Download { path: path?, origin: origin?, member });
        }
        self.unique("tool", format!("{name} {version}"), at);
        let kind = SetKind::Tool;
        Some(DownloadedSet { kind, name, version, downloads, versions_from })
    }
}
