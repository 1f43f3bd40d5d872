//! Descriptors: what a manifest says about the things it names.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sre_format::Digest;

use crate::media_type;

/// Names one thing by media type, digest and size, as a manifest does (image-spec, "Descriptors").
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Descriptor {
    /// What kind of thing it is.
    pub media_type: String,
    /// The digest of its bytes.
    pub digest: Digest,
    /// The count of its bytes.
    pub size: u64,
    /// The platform of a child of an index.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<Platform>,
    /// The kind of artifact that the named manifest is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artifact_type: Option<String>,
    /// Free words, by name.
    #[serde(
        default,
        deserialize_with = "null_is_empty",
        skip_serializing_if = "BTreeMap::is_empty"
    )]
    pub annotations: BTreeMap<String, String>,
    /// Other places where the bytes lie; only foreign layers have them.
    #[serde(default, deserialize_with = "null_is_empty", skip_serializing_if = "Vec::is_empty")]
    pub urls: Vec<String>,
}

/// Names an operating system and processor.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Platform {
    /// The operating system, such as `linux`.
    pub os: String,
    /// The processor, such as `amd64`.
    pub architecture: String,
    /// The variant of the processor, such as `v7`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
    /// The version of the operating system; only Windows images have it.
    #[serde(default, rename = "os.version", skip_serializing_if = "Option::is_none")]
    pub os_version: Option<String>,
}

/// Says why a text is not a platform.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a platform: expected `os/architecture` or `os/architecture/variant`")]
pub struct ParsePlatformError {
    text: String,
}

impl Descriptor {
    /// Makes a descriptor of the three parts that every one has.
    #[must_use]
    pub fn new(media_type: impl Into<String>, digest: Digest, size: u64) -> Self {
        Self {
            media_type: media_type.into(),
            digest,
            size,
            platform: None,
            artifact_type: None,
            annotations: BTreeMap::new(),
            urls: Vec::new(),
        }
    }

    /// Says whether the bytes are a manifest of either kind.
    #[must_use]
    pub fn is_manifest(&self) -> bool {
        media_type::is_manifest(&self.media_type)
    }

    /// Says whether a registry may lack the bytes because they lie at one of `urls`.
    #[must_use]
    pub fn is_foreign(&self) -> bool {
        media_type::is_foreign_layer(&self.media_type)
    }
}

impl Platform {
    /// Says whether an image for this platform serves a machine of the wanted platform.
    ///
    /// `arm64` and `arm64/v8` are the same, as are `amd64` and `amd64/v1`; `arm` alone means `v7`.
    /// A wanted platform without a variant takes only the plain one, because `amd64/v3` does not
    /// run everywhere.
    #[must_use]
    pub fn serves(&self, wanted: &Self) -> bool {
        self.os == wanted.os
            && self.architecture == wanted.architecture
            && self.plain_variant() == wanted.plain_variant()
    }

    fn plain_variant(&self) -> Option<&str> {
        match (self.architecture.as_str(), self.variant.as_deref()) {
            ("arm64", Some("v8")) | ("amd64", Some("v1")) | (_, Some("")) => None,
            ("arm", None) => Some("v7"),
            (_, variant) => variant,
        }
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.os, self.architecture)?;
        self.variant.iter().try_for_each(|variant| write!(formatter, "/{variant}"))
    }
}

impl FromStr for Platform {
    type Err = ParsePlatformError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts: Vec<&str> = text.split('/').collect();
        let plain = |part: &&str| {
            !part.is_empty()
                && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
        };
        let (os, architecture, variant) = match parts.as_slice() {
            [os, architecture] if parts.iter().all(plain) => (os, architecture, None),
            [os, architecture, variant] if parts.iter().all(plain) => {
                (os, architecture, Some((*variant).to_owned()))
            }
            _ => return Err(ParsePlatformError { text: text.chars().take(80).collect() }),
        };
        Ok(Self {
            os: (*os).to_owned(),
            architecture: (*architecture).to_owned(),
            variant,
            os_version: None,
        })
    }
}

// Go writes an empty list or map as `null` unless told otherwise, and many tools never told it.
fn null_is_empty<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::<T>::deserialize(deserializer)?.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn platform(text: &str) -> Platform {
        text.parse().unwrap()
    }

    #[test]
    fn knows_which_platforms_are_the_same() {
        for (image, wanted, serves) in [
            ("linux/amd64", "linux/amd64", true),
            ("linux/amd64/v1", "linux/amd64", true),
            ("linux/amd64/v3", "linux/amd64", false),
            ("linux/arm64/v8", "linux/arm64", true),
            ("linux/arm/v7", "linux/arm", true),
            ("linux/arm/v6", "linux/arm", false),
            ("windows/amd64", "linux/amd64", false),
        ] {
            assert_eq!(platform(image).serves(&platform(wanted)), serves, "{image} for {wanted}");
        }
    }

    #[test]
    fn refuses_what_is_no_platform() {
        for text in ["", "linux", "linux/", "linux/amd64/v1/x", "linux/am d64"] {
            assert!(text.parse::<Platform>().is_err(), "{text:?}");
        }
    }
}
