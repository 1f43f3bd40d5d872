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
    /// The platforms that are wanted.
    pub platforms: Vec<PlatformName>,
}

/// A container image.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawImage {
    /// The full reference, with a tag, a digest or both: `docker.io/library/nginx:1.27.3`.
    #[serde(rename = "ref")]
    #[schemars(with = "String")]
    pub reference: Spanned<String>,
    /// The platforms that it is carried for; those of the bundle unless given.
    #[schemars(with = "Option<Vec<String>>")]
    pub platforms: Option<Spanned<Vec<Spanned<String>>>>,
}

impl Checker<'_> {
    pub(super) fn image(&mut self, raw: RawImage, usual: &[PlatformName]) -> Option<Image> {
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
        self.unique("image", reference.to_string(), at);
        Some(Image { reference, platforms: platforms? })
    }
}
