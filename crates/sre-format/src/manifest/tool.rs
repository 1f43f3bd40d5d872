//! Tools: a program for each platform, from an archive or as it is.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use super::FileOrigin;
use super::check::Checker;
use crate::PlatformName;
use crate::bundle::BundlePath;
use crate::lock::SetKind;

/// A tool that is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tool {
    /// Its name.
    pub name: String,
    /// Its version, exactly.
    pub version: String,
    /// Its program for each platform.
    pub programs: Vec<Program>,
}

/// A program for one platform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// Its path inside the bundle: `tools/OS-ARCHITECTURE/NAME`.
    pub path: BundlePath,
    /// What is downloaded, and how it is known to be the right thing.
    pub download: FileOrigin,
    /// The path of the program inside the download, where that is an archive.
    pub member: Option<String>,
}

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
    /// The platforms that it is carried for; those of the bundle unless given.
    #[schemars(with = "Option<Vec<String>>")]
    pub platforms: Option<Spanned<Vec<Spanned<String>>>>,
}

/// One text, or one for each platform.
#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
pub(super) enum OneOrEach {
    One(String),
    Each(BTreeMap<String, String>),
}

impl Checker<'_> {
    pub(super) fn tool(&mut self, raw: RawTool, usual: &[PlatformName]) -> Option<Tool> {
        let name = self.word(&raw.name, "the name of a program");
        let version = self.word(&raw.version, "a version");
        let platforms = match &raw.platforms {
            Some(platforms) => self.platforms(platforms.clone()),
            None => Some(usual.to_vec()),
        };
        let (name, version, platforms) = (name?, version?, platforms?);
        let programs: Vec<_> =
            platforms.iter().map(|it| self.program(&raw, &name, &version, it)).collect();
        let tool = Tool { name, version, programs: programs.into_iter().collect::<Option<_>>()? };
        self.unique("tool", format!("{} {}", tool.name, tool.version), raw.name.span());
        for program in &tool.programs {
            self.unique("tool", program.path.folded(), raw.name.span());
        }
        Some(tool)
    }

    fn program(
        &mut self,
        raw: &RawTool,
        name: &str,
        version: &str,
        platform: &PlatformName,
    ) -> Option<Program> {
        let mut filled = |text: &Spanned<String>| self.filled(text, version, platform);
        let url = filled(&raw.url);
        let sums = raw.checksum_file.as_ref().map(&mut filled);
        let member = raw.member.as_ref().map(&mut filled);
        let sha256 = raw.sha256.as_ref().map(|sums| self.sum_for(sums, platform));
        let url = self.url(&url?);
        let download = match (sha256, sums) {
            (Some(sha256), None) => {
                let digest = self.digest(&sha256?);
                url.zip(digest).map(|(url, digest)| FileOrigin::Pinned(url, digest))
            }
            (None, Some(sums)) => {
                let sums = self.url(&sums?);
                url.zip(sums).map(|(url, sums)| FileOrigin::Checksummed(url, sums))
            }
            _ => self.wrong(
                raw.url.span(),
                "nothing, or more than one thing, says what this URL must give",
                "add either `sha256 = \"...\"`, or `checksum-file = \"https://...\"`",
            ),
        };
        let member = match member {
            Some(member) => Some(member?.into_inner()),
            None => None,
        };
        let path = format!("{}/{}/{name}", SetKind::Tool.folder(), folder_of(platform));
        let path = match path.parse() {
            Ok(path) => path,
            Err(error) => {
                let error: crate::bundle::ParsePathError = error;
                return self.wrong(raw.name.span(), error.to_string(), "give it a shorter name");
            }
        };
        Some(Program { path, download: download?, member })
    }

    /// Fills the places of a text that differ by version and platform.
    fn filled(
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
            OneOrEach::One(text) => text.clone(),
            OneOrEach::Each(each) => match each.get(&platform.to_string()) {
                Some(text) => text.clone(),
                None => {
                    let message = format!("there is no SHA-256 for {platform}");
                    return self.wrong(sums.span(), message, "give one for each platform");
                }
            },
        };
        Some(Spanned::new(sums.span(), text))
    }
}

/// Names a platform as a folder: `linux-amd64`.
fn folder_of(platform: &PlatformName) -> String {
    platform.to_string().replace('/', "-")
}
