//! The contents table in numbers.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::bundle::{EntryKind, Table};
use crate::card::TransferCard;
use crate::{Digest, PlatformName, Timestamp};

/// What the contents table says about a bundle.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Inspection {
    /// The lines that people compare.
    pub card: TransferCard,
    /// Version of the format.
    pub format_version: u32,
    /// Platforms that were chosen.
    pub platforms: Vec<PlatformName>,
    /// Digest of `images.lock`.
    pub lock: Digest,
    /// Time of the lock.
    pub created: Timestamp,
    /// Sum of the sizes of all entries in bytes.
    pub payload: u64,
    /// The same by kind, kinds that do not occur left out.
    pub kinds: Vec<KindTotal>,
}

/// What there is of one kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KindTotal {
    /// The kind.
    pub kind: EntryKind,
    /// Count of entries.
    pub entries: usize,
    /// Sum of their sizes in bytes.
    pub bytes: u64,
}

impl Inspection {
    /// Counts what a table lists.
    #[must_use]
    pub fn of(table: &Table, card: TransferCard) -> Self {
        let mut totals = BTreeMap::new();
        for entry in &table.entries {
            let total = totals.entry(entry.kind).or_insert((0, 0));
            *total = (total.0 + 1, total.1 + entry.size);
        }
        let kinds =
            totals.into_iter().map(|(kind, (entries, bytes))| KindTotal { kind, entries, bytes });
        Self {
            card,
            format_version: table.format_version,
            platforms: table.identity.platforms.clone(),
            lock: table.identity.lock,
            created: table.identity.created,
            payload: table.payload_bytes(),
            kinds: kinds.collect(),
        }
    }
}
