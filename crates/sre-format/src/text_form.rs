//! The text form of a type, given to serde once for all of them.

use std::fmt::{self, Display};
use std::marker::PhantomData;
use std::str::FromStr;

use serde::de::{Deserializer, Error, Visitor};

/// Has serde write a type as its `Display` does and read it as its `FromStr` does.
macro_rules! text_form {
    ($type:ty) => {
        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::text_form::read(deserializer)
            }
        }
    };
}
pub(crate) use text_form;

struct Text<T>(PhantomData<T>);

/// Parses the text where it stands: a table has some hundred thousand of them.
pub(crate) fn read<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: FromStr<Err: Display>,
    D: Deserializer<'de>,
{
    deserializer.deserialize_str(Text(PhantomData))
}

impl<T: FromStr<Err: Display>> Visitor<'_> for Text<T> {
    type Value = T;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a string")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        text.parse().map_err(E::custom)
    }
}

#[cfg(test)]
mod tests {
    use crate::{Digest, ImageReference, PlatformName, SourceUrl, Timestamp};

    /// Reads a text as a `T` out of JSON and writes it again.
    fn through<T: serde::Serialize + serde::de::DeserializeOwned>(text: &str) -> String {
        let json = serde_json::to_string(text).unwrap();
        let value: T = serde_json::from_str(&json).unwrap();
        serde_json::to_string(&value).unwrap()
    }

    #[test]
    fn a_type_stands_in_files_as_it_is_written() {
        let digest = format!("sha256:{}", "0f".repeat(32));
        assert_eq!(through::<Digest>(&digest), format!("\"{digest}\""));
        let name = "docker.io/library/nginx:1.27";
        assert_eq!(through::<ImageReference>(name), format!("\"{name}\""));
        assert_eq!(through::<PlatformName>("linux/amd64"), "\"linux/amd64\"");
        assert_eq!(through::<SourceUrl>("https://example.org"), "\"https://example.org\"");
        assert_eq!(through::<Timestamp>("2026-01-31T12:00:00Z"), "\"2026-01-31T12:00:00Z\"");
    }

    #[test]
    fn an_escaped_text_is_the_same_text() {
        let platform: PlatformName = serde_json::from_str(r#""linux\/\u0061md64""#).unwrap();
        assert_eq!(platform.as_str(), "linux/amd64");
    }

    #[test]
    fn says_why_a_text_is_none() {
        let error = serde_json::from_str::<PlatformName>("\"linux\"").unwrap_err().to_string();
        assert!(error.contains("is not a platform"), "{error}");
        let error = serde_json::from_str::<PlatformName>("7").unwrap_err().to_string();
        assert!(error.contains("expected a string"), "{error}");
    }
}
