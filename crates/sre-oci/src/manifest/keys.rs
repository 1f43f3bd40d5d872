//! Looks through all keys of a manifest for look-alikes of known ones.
//!
//! Readers written in Go take `Digest` for `digest`, and the last of several; this one takes only
//! what is spelled right. Where two readers could differ, the manifest is refused.

use std::fmt;

use serde::de::{DeserializeSeed, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// The keys of manifests, descriptors and platforms.
const KNOWN: [&str; 15] = [
    "schemaVersion",
    "mediaType",
    "artifactType",
    "config",
    "layers",
    "manifests",
    "subject",
    "annotations",
    "digest",
    "size",
    "urls",
    "platform",
    "os",
    "architecture",
    "variant",
];
/// The key below which any key is a free word.
const FREE: &str = "annotations";

/// Gives the first key that differs from a known one only in case.
pub(super) fn look_alike(json: &[u8]) -> Result<Option<String>, serde_json::Error> {
    let mut reader = serde_json::Deserializer::from_slice(json);
    let mut found = None;
    match (Walk { found: &mut found }).deserialize(&mut reader) {
        Err(error) if found.is_none() => Err(error),
        _ => Ok(found),
    }
}

struct Walk<'a> {
    found: &'a mut Option<String>,
}

impl<'de> DeserializeSeed<'de> for Walk<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Walk<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            let is_known = KNOWN.contains(&key.as_str());
            if !is_known && KNOWN.iter().any(|known| known.eq_ignore_ascii_case(&key)) {
                *self.found = Some(key);
                return Err(A::Error::custom("a key that differs from a known one only in case"));
            }
            if key == FREE {
                map.next_value::<IgnoredAny>()?;
            } else {
                map.next_value_seed(Walk { found: self.found })?;
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<(), A::Error> {
        while sequence.next_element_seed(Walk { found: self.found })?.is_some() {}
        Ok(())
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        IgnoredAny::deserialize(deserializer).map(drop)
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
}
