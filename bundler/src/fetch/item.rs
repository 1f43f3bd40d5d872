//! What goes into a bundle and where each part of it comes from.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use sre_format::ImageReference;
use sre_format::bundle::{Identity, Layout, PlannedEntry, TableError};
use sre_format::lock::{Archive, GitCommit, LockedFileSet, LockedFolder};
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
    /// One file of an archive on a web server.
    Member {
        /// The archive.
        of: Archive,
        /// The path of the file inside the archive.
        path: String,
    },
    /// A folder of this machine, packed as a layer.
    Folder {
        /// What the lock says of it.
        locked: Arc<LockedFolder>,
        /// Where it lies.
        path: PathBuf,
    },
    /// The files of a commit, as an archive.
    Git {
        /// The commit.
        locked: Arc<GitCommit>,
        /// What people call it, the topmost folder of the archive.
        name: String,
        /// The folder to which paths are relative.
        folder: PathBuf,
    },
    /// Something that is made for a file set, together with all that is made for it.
    MadeFor(Arc<LockedFileSet>),
}

impl Source {
    /// Says whether the bytes come into the cache first, because nobody can be asked for a part of
    /// them.
    #[must_use]
    pub fn is_derived(&self) -> bool {
        matches!(
            self,
            Self::Member { .. } | Self::Folder { .. } | Self::Git { .. } | Self::MadeFor(_)
        )
    }
}

impl fmt::Display for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Blob(reference) | Self::Manifest(reference) => write!(formatter, "{reference}"),
            Self::Url(url) => write!(formatter, "{}", ShownUrl::new(url)),
            Self::Path(path) | Self::Folder { path, .. } => {
                write!(formatter, "{}", path.display())
            }
            Self::Git { locked, .. } => locked.fmt(formatter),
            Self::Made(_) => formatter.write_str("this program"),
            Self::Member { of, path } => write!(formatter, "{path} in {}", of.url),
            Self::MadeFor(set) => write!(formatter, "the {} {}", set.kind.id(), set.title()),
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
