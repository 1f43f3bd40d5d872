//! Folders of the connected side, which are carried as Flux artifacts.

use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use super::check::Checker;
use crate::{ImageReference, Word, is_tag};

/// A folder that is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folder {
    /// The reference under which it is carried, with a tag.
    pub reference: ImageReference,
    /// Where it lies, relative to the manifest unless absolute.
    pub path: String,
    /// What is left out besides what `.sourceignore` files say, in the words of `.gitignore`.
    pub ignore: Vec<String>,
    /// Where people find the files.
    pub source: Option<String>,
    /// Which state of the source it is.
    pub revision: Option<String>,
}

/// A folder of this machine, carried as the OCI artifact that `flux push artifact` makes.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawFolder {
    /// A path on this machine, relative to the manifest.
    #[schemars(with = "String")]
    pub path: Spanned<String>,
    /// The reference under which it is carried: `registry.example.org/platform:1.0.0`; the version of
    /// the bundle is its tag unless given.
    #[serde(rename = "ref")]
    #[schemars(with = "String")]
    pub reference: Spanned<String>,
    /// What is left out besides what `.sourceignore` files say, in the words of `.gitignore`.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub ignore: Vec<Spanned<String>>,
    /// Where people find the files, for whoever looks at the artifact.
    pub source: Option<String>,
    /// Which state of the source it is, for whoever looks at the artifact.
    pub revision: Option<String>,
}

impl Checker<'_> {
    pub(super) fn folder(&mut self, raw: RawFolder, version: Option<&Word>) -> Option<Folder> {
        let at = raw.reference.span();
        let named = self.reference(&raw.reference)?;
        if named.digest().is_some() {
            let help = "leave it out: the digest follows from the files, and the lock has it";
            return self.wrong(at, "the `ref` of a folder has no digest", help);
        }
        let reference = match named.tag() {
            Some(_) => named,
            // A bundle without a version has a problem of its own already.
            None => self.tagged_by_version(&raw.reference, &named, version?)?,
        };
        if raw.path.get_ref().trim().is_empty() {
            return self.wrong(raw.path.span(), "this path is empty", "name a folder: `platform`");
        }
        let ignore = raw.ignore.into_iter().filter_map(|pattern| self.pattern(pattern)).collect();
        self.unique("folder", reference.to_string(), at);
        let RawFolder { path, source, revision, .. } = raw;
        Some(Folder { reference, path: path.into_inner(), ignore, source, revision })
    }

    fn tagged_by_version(
        &mut self,
        text: &Spanned<String>,
        named: &ImageReference,
        version: &Word,
    ) -> Option<ImageReference> {
        let tag = version.as_str().replace('+', "_");
        match named.at_tag(&tag) {
            Ok(reference) if is_tag(&tag) => Some(reference),
            _ => self.wrong(text.span(), "this folder has no tag", "add `:version`"),
        }
    }

    fn pattern(&mut self, pattern: Spanned<String>) -> Option<String> {
        if pattern.get_ref().trim().is_empty() || pattern.get_ref().contains('\n') {
            let help = "write one pattern of `.gitignore` for each string";
            return self.wrong(pattern.span(), "this is not one pattern", help);
        }
        Some(pattern.into_inner())
    }
}
