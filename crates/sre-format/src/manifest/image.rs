//! Images.

use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use super::check::Checker;
use crate::{ImageReference, PlatformName};

/// An image that is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// Its reference, with a tag, a digest or both.
    pub reference: ImageReference,
    /// The platforms that are wanted; none when all are.
    pub platforms: Vec<PlatformName>,
    /// The repository that has its signatures, where that is not its own.
    pub signature_repository: Option<ImageReference>,
    /// Who asks for it, where no chart and no manifest of the platform does.
    pub used_by: Option<String>,
    /// Why its tag may name another image from day to day.
    pub moving: Option<String>,
}

/// A container image.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawImage {
    /// The full reference, with a tag, a digest or both: `docker.io/library/nginx:1.27.3`.
    #[serde(rename = "ref")]
    #[schemars(with = "String")]
    pub reference: Spanned<String>,
    /// The platforms that it is carried for; those of the bundle unless given.
    #[schemars(with = "Option<Vec<String>>")]
    pub platforms: Option<Spanned<Vec<Spanned<String>>>>,
    /// Whether every platform of the index is carried.
    #[schemars(with = "Option<bool>")]
    pub all_platforms: Option<Spanned<bool>>,
    /// The repository that has signatures and attestations of this image, as `COSIGN_REPOSITORY` names it.
    #[schemars(with = "Option<String>")]
    pub signature_repository: Option<Spanned<String>>,
    /// Who asks for it, where no chart does: without this, `check` calls such an image unused.
    pub used_by: Option<String>,
    /// Why its tag may name another image from day to day: without this, `check` tells of such a tag.
    pub moving: Option<String>,
}

impl Checker<'_> {
    pub(super) fn image(&mut self, mut raw: RawImage, usual: &[PlatformName]) -> Option<Image> {
        let at = raw.reference.span();
        let platforms = match (raw.platforms.take(), raw.all_platforms.take()) {
            (Some(platforms), None) => self.platforms(platforms),
            (None, Some(all)) if *all.get_ref() => Some(Vec::new()),
            (None, _) => Some(usual.to_vec()),
            (Some(_), Some(all)) => self.wrong(
                all.span(),
                "some platforms and all of them are asked for at once",
                "keep one of `platforms` and `all-platforms`",
            ),
        };
        let signature_repository = match raw.signature_repository.take() {
            Some(repository) => Some(self.signature_repository(&repository)?),
            None => None,
        };
        let reference = self.reference(&raw.reference)?;
        if reference.tag().is_none() && reference.digest().is_none() {
            return self.wrong(at, "this image has neither tag nor digest", "add `:version`");
        }
        if reference.tag() == Some("latest") && reference.digest().is_none() {
            let help = "give the version that you mean, or the digest beside the tag";
            return self.wrong(at, "`latest` names another image from day to day", help);
        }
        self.unique("image", reference.to_string(), at);
        let RawImage { used_by, moving, .. } = raw;
        Some(Image { reference, platforms: platforms?, signature_repository, used_by, moving })
    }

    fn signature_repository(&mut self, text: &Spanned<String>) -> Option<ImageReference> {
        let repository = self.reference(text)?;
        if repository.tag().is_some() || repository.digest().is_some() {
            let help = "write the host and the path alone: `ghcr.io/kyverno/signatures`";
            return self.wrong(text.span(), "this repository has a tag or a digest", help);
        }
        Some(repository)
    }
}
