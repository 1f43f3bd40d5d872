//! Metadata of package repositories that the bundle writes itself.
//!
//! What is carried is a part of what upstream has, so the metadata of upstream would lie about it. The
//! OpenPGP key of the site signs ours when the bundle is built, with the time of the lock, since hosts that
//! insist on signatures know nothing else. Signatures are not in the lock, which knows no keys.

mod options;

use sre_format::bundle::BundlePath;
use sre_format::lock::{LockedFileSet, SetKind};
use sre_openpgp::signing::SigningKey;

pub use options::RepositoryKeyOptions;

/// A file that was made, with its place in the bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MadeFile {
    /// Its path.
    pub path: BundlePath,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Its media type.
    pub media_type: &'static str,
}

/// Who signs the metadata of package repositories.
#[derive(Debug)]
pub enum RepositorySigner {
    /// A key.
    Key(Box<SigningKey>),
    /// Nobody: there is nothing to sign, or a person wants it so.
    Nobody,
}

impl RepositorySigner {
    /// Says whether a set has metadata that has to be signed.
    #[must_use]
    pub const fn is_needed_for(set: &LockedFileSet) -> bool {
        matches!(set.kind, SetKind::Rpm | SetKind::Deb)
    }
}
