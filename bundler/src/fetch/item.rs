//! What goes into a bundle and where each part of it comes from.

use std::fmt;
use std::path::PathBuf;

use sre_format::ImageReference;
use sre_format::bundle::{Identity, Layout, PlannedEntry, TableError};
use sre_oci::transport::ShownUrl;
use url::Url;

/// One entry of the bundle to be, with its source.
#[derive(Clone, Debug)]
pub struct Item {
    /// The entry: path, kind, size, digest.
    pub entry: PlannedEntry,
    /// Where its content comes from.
    pub source: Source,
}

/// Where the content of an entry comes from.
#[derive(Clone, Debug)]
pub enum Source {
    /// A blob of a repository; the reference has the blob's digest.
    Blob(ImageReference),
    /// A manifest of a repository; the reference has its digest.
    Manifest(ImageReference),
    /// A file on a web server.
    Url(Url),
    /// A file of this machine.
    Path(PathBuf),
    /// Bytes that this program made itself.
    Made(Vec<u8>),
}

impl fmt::Display for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Blob(reference) | Self::Manifest(reference) => write!(formatter, "{reference}"),
            Self::Url(url) => write!(formatter, "{}", ShownUrl::new(url)),
            Self::Path(path) => write!(formatter, "{}", path.display()),
            Self::Made(_) => formatter.write_str("this program"),
        }
    }
}

/// A layout together with the source of each of its entries.
#[derive(Clone, Debug)]
pub struct Filling {
    /// Where everything lies.
    pub layout: Layout,
    /// Sources, in the order of the table; the two head entries have none.
    pub sources: Vec<Option<Source>>,
}

impl Filling {
    /// Lays the items out.
    pub fn new(identity: Identity, items: Vec<Item>) -> Result<Self, TableError> {
        let entries = items.iter().map(|item| item.entry.clone()).collect();
        let layout = Layout::new(identity, entries)?;
        let mut by_path: std::collections::BTreeMap<_, _> =
            items.into_iter().map(|item| (item.entry.path, item.source)).collect();
        let sources = layout.table().entries.iter().map(|entry| by_path.remove(&entry.path));
        let sources = sources.collect();
        Ok(Self { layout, sources })
    }

    /// Gives the time stamp that tar headers carry, in seconds since 1970.
    #[must_use]
    pub fn modified(&self) -> u64 {
        self.layout.table().identity.modified()
    }
}
