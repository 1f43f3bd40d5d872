//! Reading the JSON of a contents table.
//!
//! The shapes here are flat, where the public ones are nested: serde buffers whatever it
//! flattens, which for 100,000 entries would cost more than all the rest.

use serde::Deserialize;

use super::{Encoding, Entry, EntryKind, FORMAT_VERSION, Identity, Place, Table, TableError};
use crate::bundle::BundlePath;
use crate::{Digest, Timestamp};

/// Features that a reader must understand or refuse; none exists in version 1.
const KNOWN_FEATURES: [&str; 0] = [];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FlatTable {
    format_version: u32,
    requires: Vec<String>,
    name: String,
    version: String,
    channel: String,
    serial: u64,
    platforms: Vec<String>,
    lock: Digest,
    created: Timestamp,
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
    #[serde(default)]
    requires: Vec<String>,
}

/// Reads a table; one of another version is told apart from a broken one.
pub(super) fn table(bytes: &[u8]) -> Result<Table, TableError> {
    let flat = match serde_json::from_slice::<FlatTable>(bytes) {
        Ok(flat) => flat,
        Err(error) => {
            let version: VersionOnly = serde_json::from_slice(bytes).map_err(TableError::Json)?;
            check_version(version.format_version, &version.requires)?;
            return Err(TableError::Json(error));
        }
    };
    check_version(flat.format_version, &flat.requires)?;
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

fn check_version(version: u32, requires: &[String]) -> Result<(), TableError> {
    match version {
        0 => return Err(TableError::TooOld { found: 0 }),
        1..=FORMAT_VERSION => {}
        found => return Err(TableError::TooNew { found }),
    }
    let unknown = requires.iter().find(|name| !KNOWN_FEATURES.contains(&name.as_str()));
    unknown.map_or(Ok(()), |feature| Err(TableError::UnknownFeature { feature: feature.clone() }))
}
