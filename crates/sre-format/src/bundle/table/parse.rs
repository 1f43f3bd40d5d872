//! Reading the JSON of a contents table.
//!
//! The shapes here are flat, where the public ones are nested: serde buffers whatever it
//! flattens, which for 100,000 entries would cost more than all the rest.

use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _, SeqAccess, Visitor};

use super::{Encoding, Entry, EntryKind, FORMAT_VERSION, Identity, Place, Table, TableError};
use crate::bundle::BundlePath;
use crate::bundle::limits::{MAX_ENTRIES, MAX_WORDS};
use crate::{Digest, PlatformName, Timestamp, Word};

/// Features that a reader must understand or refuse; none exists in version 1.
const KNOWN_FEATURES: [&str; 0] = [];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FlatTable {
    format_version: u32,
    #[serde(deserialize_with = "at_most::<_, _, MAX_WORDS>")]
    requires: Vec<Word>,
    name: Word,
    version: Word,
    channel: Word,
    serial: u64,
    #[serde(deserialize_with = "at_most::<_, _, MAX_WORDS>")]
    platforms: Vec<PlatformName>,
    lock: Digest,
    created: Timestamp,
    #[serde(deserialize_with = "at_most::<_, _, MAX_ENTRIES>")]
    entries: Vec<FlatEntry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FlatEntry {
    path: BundlePath,
    kind: EntryKind,
    size: u64,
    digest: Digest,
    #[serde(default)]
    media_type: Option<Box<str>>,
    offset: u64,
    stored: u64,
    encoding: Encoding,
}

/// What a table of any version has.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct VersionOnly {
    format_version: u32,
}

/// What a table of this version has, whatever features it requires.
#[derive(Deserialize)]
struct FeaturesOnly {
    #[serde(deserialize_with = "at_most::<_, _, MAX_WORDS>")]
    requires: Vec<Word>,
}

/// Reads a table; one of another version is told apart from a broken one.
pub(super) fn table(bytes: &[u8]) -> Result<Table, TableError> {
    // Text that is known to be UTF-8 as a whole is not looked at again, string by string.
    let parsed = match std::str::from_utf8(bytes) {
        Ok(text) => serde_json::from_str::<FlatTable>(text),
        Err(_) => serde_json::from_slice(bytes),
    };
    let flat = match parsed {
        Ok(flat) => flat,
        Err(error) => {
            let version: VersionOnly = serde_json::from_slice(bytes).map_err(TableError::Json)?;
            check_version(version.format_version)?;
            let features: FeaturesOnly = serde_json::from_slice(bytes).map_err(TableError::Json)?;
            check_features(&features.requires)?;
            return Err(TableError::Json(error));
        }
    };
    check_version(flat.format_version)?;
    check_features(&flat.requires)?;
    Ok(Table {
        format_version: flat.format_version,
        requires: flat.requires,
        identity: Identity {
            name: flat.name,
            version: flat.version,
            channel: flat.channel,
            serial: flat.serial,
            platforms: flat.platforms,
            lock: flat.lock,
            created: flat.created,
        },
        entries: flat.entries.into_iter().map(entry).collect(),
    })
}

fn entry(flat: FlatEntry) -> Entry {
    let FlatEntry { path, kind, size, digest, media_type, offset, stored, encoding } = flat;
    Entry { path, kind, size, digest, media_type, place: Place { offset, stored, encoding } }
}

fn check_version(version: u32) -> Result<(), TableError> {
    match version {
        0 => Err(TableError::TooOld { found: 0 }),
        1..=FORMAT_VERSION => Ok(()),
        found => Err(TableError::TooNew { found }),
    }
}

fn check_features(requires: &[Word]) -> Result<(), TableError> {
    let unknown = requires.iter().find(|name| !KNOWN_FEATURES.contains(&name.as_str()));
    unknown.map_or(Ok(()), |feature| Err(TableError::UnknownFeature { feature: feature.clone() }))
}

/// Reads a list of at most `N` items: short ones take many times the memory of their text.
fn at_most<'de, D, T, const N: usize>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    deserializer.deserialize_seq(List::<T, N>(PhantomData))
}

struct List<T, const N: usize>(PhantomData<T>);

impl<'de, T: Deserialize<'de>, const N: usize> Visitor<'de> for List<T, N> {
    type Value = Vec<T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "a list of at most {N} items")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<T>, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element()? {
            if items.len() == N {
                return Err(A::Error::custom(format!("a list has more than {N} items")));
            }
            items.push(item);
        }
        Ok(items)
    }
}
