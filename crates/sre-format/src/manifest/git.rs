//! Commits of git repositories.

use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use super::check::Checker;
use crate::bundle::BundlePath;
use crate::lock::{FileSource, ObjectId, SetKind};

/// A commit that is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Git {
    /// What people call it.
    pub name: String,
    /// The tag, branch or commit, as people say which state it is.
    pub version: String,
    /// Where the repository is.
    pub repository: FileSource,
    /// The tag or branch that is asked for.
    pub reference: Option<String>,
    /// The commit that it must be.
    pub commit: Option<ObjectId>,
    /// The path of its archive inside the bundle.
    pub path: BundlePath,
}

/// A git repository at a commit, carried as one archive: `url` or `path`, with `ref`, `commit` or both.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawGit {
    /// What it is called.
    #[schemars(with = "String")]
    pub name: Spanned<String>,
    /// Where the repository is.
    #[schemars(with = "Option<String>")]
    pub url: Option<Spanned<String>>,
    /// A repository on this machine, relative to the manifest.
    #[schemars(with = "Option<String>")]
    pub path: Option<Spanned<String>>,
    /// The tag or branch.
    #[serde(rename = "ref")]
    #[schemars(with = "Option<String>")]
    pub reference: Option<Spanned<String>>,
    /// The commit: all 40 or 64 digits of its id.
    #[schemars(with = "Option<String>")]
    pub commit: Option<Spanned<String>>,
}

impl Checker<'_> {
    pub(super) fn git(&mut self, raw: &RawGit) -> Option<Git> {
        let at = raw.name.span();
        let name = self.word(&raw.name, "the name of a repository")?.to_string();
        let repository = match (&raw.url, &raw.path) {
            (Some(url), None) => FileSource::Url(self.url(url)?),
            (None, Some(path)) => FileSource::Path(path.get_ref().clone()),
            _ => {
                return self.wrong(
                    at,
                    "it is not clear where this repository is",
                    "write either `url` or `path`",
                );
            }
        };
        let reference = match &raw.reference {
            Some(reference) => Some(self.git_reference(reference)?),
            None => None,
        };
        let commit = match &raw.commit {
            Some(commit) => Some(self.commit(commit)?),
            None => None,
        };
        let named = reference.clone().or_else(|| commit.as_ref().map(ToString::to_string));
        let Some(version) = named else {
            return self.wrong(
                at,
                "it is not clear which commit is meant",
                "write `ref`, `commit` or both",
            );
        };
        let file = format!("{name}-{}.tar.gz", version.replace('/', "-"));
        let path = self.placed(SetKind::Git, &file, &at)?;
        Some(Git { name, version, repository, reference, commit, path })
    }

    fn commit(&mut self, text: &Spanned<String>) -> Option<ObjectId> {
        let id = text.get_ref().to_ascii_lowercase().parse().ok();
        let help = "all of it, as `git rev-parse` prints it";
        id.or_else(|| self.wrong(text.span(), "this is not the id of a commit", help))
    }

    /// Takes what git takes for the name of a tag or branch, and nothing that reads as an option or pattern.
    fn git_reference(&mut self, text: &Spanned<String>) -> Option<String> {
        let name = text.get_ref();
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"._+-/@".contains(&byte);
        let parts = || name.split('/');
        let is_name = name.len() <= 100
            && name.bytes().all(fits)
            && parts().all(|part| !part.is_empty() && !part.starts_with(['.', '-']))
            && parts().all(|part| {
                part.rsplit_once('.').is_none_or(|(_, end)| end != "lock") && !part.ends_with('.')
            })
            && !name.contains("..")
            && !name.contains("@{");
        if !is_name {
            let help = "the name of a tag or branch: letters, digits, `.`, `_`, `+`, `-`, `/`";
            return self.wrong(text.span(), "this is not the name of a tag or branch", help);
        }
        Some(name.clone())
    }
}
