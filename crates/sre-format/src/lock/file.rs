//! Locked files.

use std::fmt;

use serde::Serialize;

use super::Verification;
use crate::bundle::{BundlePath, ParsePathError};
use crate::{Digest, SourceUrl};

/// The folder of files inside a bundle.
pub const FILES_FOLDER: &str = "files";

/// A file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LockedFile {
    /// Its name inside the bundle, below `files/`.
    pub name: BundlePath,
    /// Where it comes from.
    #[serde(flatten)]
    pub source: FileSource,
    /// The digest of its bytes.
    pub digest: Digest,
    /// The count of its bytes.
    pub size: u64,
    /// Its media type, told from its name.
    pub media_type: String,
    /// What was checked.
    pub verified: Vec<Verification>,
}

/// Where a file comes from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum FileSource {
    /// A server.
    Url(SourceUrl),
    /// A path on the connected side, relative to the manifest unless absolute.
    Path(String),
}

impl LockedFile {
    /// Gives the path of its entry in the bundle.
    pub fn entry_path(&self) -> Result<BundlePath, ParsePathError> {
        format!("{FILES_FOLDER}/{}", self.name).parse()
    }
}

impl fmt::Display for FileSource {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url(url) => url.fmt(formatter),
            Self::Path(path) => formatter.write_str(path),
        }
    }
}
