//! What the bundle is called.

use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use super::check::Checker;
use crate::PlatformName;
use crate::lock::LockedBundle;

/// The channel of a manifest that names none.
const USUAL_CHANNEL: &str = "stable";

/// What the bundle is called.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawBundle {
    /// The name of the product, such as `sre`.
    #[schemars(with = "String")]
    pub name: Spanned<String>,
    /// The version that people give, such as `1.0.0`.
    #[schemars(with = "String")]
    pub version: Spanned<String>,
    /// The line of releases whose serials are compared; `stable` unless given.
    #[schemars(with = "Option<String>")]
    pub channel: Option<Spanned<String>>,
    /// The platforms that images are carried for; `linux/amd64` unless given.
    #[schemars(with = "Option<Vec<String>>")]
    pub platforms: Option<Spanned<Vec<Spanned<String>>>>,
    /// Whether the keys that sign the bundle sign its images, charts and folders, too; `true` unless given.
    pub sign_images: Option<bool>,
}

/// Whether the images of a bundle get signatures of its keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImageSigning {
    /// Each of them, and each carried child of an index.
    Each,
    /// None.
    None,
}

impl RawBundle {
    pub(super) fn image_signing(&self) -> ImageSigning {
        if self.sign_images.unwrap_or(true) { ImageSigning::Each } else { ImageSigning::None }
    }
}

impl Checker<'_> {
    pub(super) fn bundle(&mut self, raw: RawBundle) -> Option<LockedBundle> {
        let name = self.word(&raw.name, "a name");
        let version = self.word(&raw.version, "a version");
        let usual = || Spanned::new(0..0, USUAL_CHANNEL.to_owned());
        let channel = self.word(&raw.channel.unwrap_or_else(usual), "a channel");
        let platforms = match raw.platforms {
            Some(platforms) => self.platforms(platforms),
            None => Some(vec![PlatformName::usual()]),
        };
        Some(LockedBundle {
            name: name?,
            version: version?,
            channel: channel?,
            platforms: platforms?,
        })
    }
}
