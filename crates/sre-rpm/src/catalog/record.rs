//! How packages and their entries are kept.

use super::{RepositoryId, Text};
use crate::checksum::Checksum;
use crate::dependency::Relation;

/// A package, with the places of its entries.
pub(crate) struct PackageRecord {
    pub(crate) name: Text,
    /// `EPOCH:VERSION-RELEASE`, the epoch always written.
    pub(crate) version: Text,
    pub(crate) architecture: Text,
    pub(crate) location: Text,
    pub(crate) base: Option<Text>,
    pub(crate) checksum: Checksum,
    pub(crate) size: u64,
    pub(crate) repository: RepositoryId,
    /// Where the entries of each kind begin, in the order of `EntryKind::NAMES`, and where the last ends.
    pub(crate) bounds: [u32; 9],
}

/// A capability that a package provides, requires and so on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct EntryRecord {
    pub(crate) name: Text,
    pub(crate) relation: Option<Relation>,
    pub(crate) version: Option<Text>,
}
