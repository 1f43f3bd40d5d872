//! What can go wrong between an upstream and the file.

use std::io;
use std::path::{Path, PathBuf};

use sre_format::bundle::{Entry, TableError, WriteError};
use sre_format::lock::LockedFileSet;
use sre_format::{Digest, Explain, Fault};
use sre_oci::client::ClientError;
use sre_oci::transport::TransportError;

use super::item::Source;
use crate::archive::ArchiveError;
use crate::folder::FolderError;
use crate::git::GitError;
use crate::rpm::RpmError;

/// Says why fetching or packing failed.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The file system failed.
    #[error("cannot {verb} {path}")]
    File {
        /// What was tried.
        verb: &'static str,
        /// Path of the file or folder.
        path: PathBuf,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
    /// The bundle is to be written to something that is no file.
    #[error("{path} is a folder, and a bundle is a file")]
    Folder {
        /// Path of the bundle.
        path: PathBuf,
    },
    /// The file system has not enough room for the whole bundle.
    #[error("{path} needs {needed} bytes, and its file system has no room for them")]
    NoRoom {
        /// Path of the partial file.
        path: PathBuf,
        /// Bytes that the raw entries take.
        needed: u64,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
    /// Another run writes the same file.
    #[error("another run is writing {path}")]
    Busy {
        /// Path of the partial file.
        path: PathBuf,
    },
    /// A local file that goes into the bundle cannot be read.
    #[error("cannot read {path}, which goes into the bundle")]
    Local {
        /// Path of the file.
        path: PathBuf,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
    /// A local file that goes into the bundle is not the one that was locked.
    #[error("{path} was changed after it was locked")]
    Changed {
        /// Path of the file.
        path: PathBuf,
        /// What differs.
        #[source]
        source: WriteError,
    },
    /// An upstream failed.
    #[error("cannot fetch `{entry}` from {source_name}")]
    Upstream {
        /// Path of the entry.
        entry: String,
        /// Where it was to come from.
        source_name: String,
        /// What the transport said.
        #[source]
        source: Box<TransportError>,
    },
    /// A registry refused before anything was sent.
    #[error("cannot fetch `{entry}` from {source_name}")]
    Registry {
        /// Path of the entry.
        entry: String,
        /// Where it was to come from.
        source_name: String,
        /// What the client said.
        #[source]
        source: Box<ClientError>,
    },
    /// The upstream no longer has what the lock names.
    #[error("{source_name} is gone: the lock names it and the registry does not have it")]
    Gone {
        /// Path of the entry.
        entry: String,
        /// Where it was to come from.
        source_name: String,
    },
    /// The content cannot be written into the bundle.
    #[error("cannot take `{entry}` from {source_name}")]
    Write {
        /// Path of the entry.
        entry: String,
        /// Where it came from.
        source_name: String,
        /// What is wrong.
        #[source]
        source: WriteError,
    },
    /// Something cached is not there any more, or not whole.
    #[error("`{entry}` ({digest}) is no longer whole in the cache")]
    NotFetched {
        /// Path of the entry.
        entry: String,
        /// Digest of its content.
        digest: Digest,
    },
    /// A file cannot be taken out of its archive.
    #[error("cannot take `{member}` out of {archive}")]
    Archive {
        /// URL of the archive.
        archive: String,
        /// Path of the file inside the archive.
        member: String,
        /// What is wrong.
        #[source]
        source: ArchiveError,
    },
    /// Something has another digest than the lock says.
    #[error("{what} has the digest {found}, and the lock names {locked}")]
    Differs {
        /// What was fetched or made.
        what: String,
        /// Digest of the lock.
        locked: Digest,
        /// Digest that it has.
        found: Digest,
    },
    /// The lock says that something is made which no kind makes.
    #[error("the lock says that `{what}` is made for the {set}, and nothing makes it")]
    Unmakeable {
        /// The word of the lock.
        what: String,
        /// Kind and name of the file set.
        set: String,
    },
    /// A folder of this machine cannot be packed, or is not what was locked.
    #[error(transparent)]
    Packing(#[from] FolderError),
    /// The files that are made for a file set cannot be made again.
    #[error("cannot make the files of the {set}")]
    Remake {
        /// Kind and name of the file set.
        set: String,
        /// Why not.
        #[source]
        source: Box<RpmError>,
    },
    /// A commit cannot be carried, or is not what was locked.
    #[error(transparent)]
    Git(#[from] GitError),
    /// The planned contents contradict each other.
    #[error("the contents cannot be laid out")]
    Layout(#[from] TableError),
    /// The tables cannot be written.
    #[error("cannot finish the bundle")]
    Finish(#[source] WriteError),
    /// A task of this program ended early.
    #[error("a task of this program ended early")]
    Task,
    /// A person or a signal asked to stop.
    #[error("stopped before everything was fetched")]
    Stopped,
}

impl Explain for FetchError {
    fn fault(&self) -> Fault {
        match self {
            Self::Local { source, .. } if source.kind() == io::ErrorKind::NotFound => Fault::Input,
            Self::File { source, .. } | Self::Local { source, .. } => Fault::of_io(source),
            Self::Folder { .. } => Fault::Usage,
            Self::NoRoom { .. } => Fault::Space,
            Self::Busy { .. } | Self::NotFetched { .. } => Fault::Site,
            Self::Remake { source, .. } => source.fault(),
            Self::Upstream { source, .. } => source.fault(),
            Self::Registry { source, .. } => source.fault(),
            Self::Packing(error) => error.fault(),
            Self::Git(error) => error.fault(),
            Self::Write { source, .. } | Self::Finish(source) => source.fault(),
            Self::Gone { .. } | Self::Archive { .. } | Self::Differs { .. } => Fault::Upstream,
            Self::Changed { .. } | Self::Layout(_) | Self::Unmakeable { .. } => Fault::Input,
            Self::Task => Fault::Defect,
            Self::Stopped => Fault::Interrupted,
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::File { path, source, .. } => file_hint(path, source),
            Self::Folder { path } => {
                format!("name the file, too: `-o {}`", path.join("sre.tar.zst").display())
            }
            Self::NoRoom { needed, .. } => {
                format!("free {needed} bytes there, or give another place with `-o`")
            }
            Self::Busy { .. } => "wait for that run to end, or choose another `-o`".into(),
            Self::Local { .. } => {
                "put it back, or remove it from the manifest and lock again".into()
            }
            Self::Changed { .. } => {
                "if the change is wanted, run `sre-bundle lock`; else put the old file back".into()
            }
            Self::Upstream { source, .. } => source.hint().unwrap_or_else(kept),
            Self::Registry { source, .. } => source.hint().unwrap_or_else(kept),
            Self::Packing(error) => return error.hint(),
            Self::Git(error) => return error.hint(),
            Self::Write { source, .. } | Self::Finish(source) => source.hint().unwrap_or_else(kept),
            Self::NotFetched { .. } | Self::Stopped => kept(),
            Self::Gone { .. } | Self::Archive { .. } | Self::Differs { .. } => {
                "run `sre-bundle lock` to resolve it again, and look at `sre-bundle diff`".into()
            }
            Self::Remake { source, .. } => source.hint().unwrap_or_else(kept),
            Self::Layout(_) => "run `sre-bundle lock` again; nobody else writes a lock".into(),
            Self::Unmakeable { .. } => "run `sre-bundle lock` with this version".into(),
            Self::Task => return None,
        })
    }
}

impl FetchError {
    pub(crate) fn remake(set: &LockedFileSet) -> impl FnOnce(RpmError) -> Self {
        let set = format!("{} {}", set.kind.id(), set.title());
        move |source| Self::Remake { set, source: Box::new(source) }
    }

    pub(crate) fn not_fetched(entry: &Entry) -> Self {
        Self::NotFetched { entry: entry.path.to_string(), digest: entry.digest }
    }

    /// Names the file that could not be written, where the error knows only the place in it.
    #[must_use]
    pub(crate) fn in_file(self, path: &Path) -> Self {
        match self {
            Self::Write { source: WriteError::Io { source, .. }, .. }
            | Self::Finish(WriteError::Io { source, .. }) => Self::file("write", path)(source),
            other => other,
        }
    }

    pub(crate) fn file(
        verb: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { verb, path, source }
    }

    pub(crate) fn local(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Local { path, source }
    }

    /// Says whether whole content came, with another digest than the lock names.
    pub(crate) fn is_wrong_content(&self) -> bool {
        matches!(
            self,
            Self::Write { source: WriteError::WrongContent { .. }, .. }
                | Self::Changed { source: WriteError::WrongContent { .. }, .. }
        )
    }

    /// Says that content does not go into the bundle; a local file that is another one now is not
    /// an upstream's fault.
    pub(crate) fn write(entry: &Entry, source: &Source) -> impl FnOnce(WriteError) -> Self {
        let (entry, source) = (entry.path.to_string(), source.clone());
        move |error| match (source, &error) {
            (
                Source::Path(path),
                WriteError::WrongContent { .. } | WriteError::WrongSize { .. },
            ) => Self::Changed { path, source: error },
            (source, _) => Self::Write { entry, source_name: source.to_string(), source: error },
        }
    }
}

fn file_hint(path: &Path, source: &io::Error) -> String {
    let elsewhere = "or name another place with `-o` (the bundle) or `--cache`";
    match source.kind() {
        _ if Fault::of_io(source) == Fault::Space => kept(),
        io::ErrorKind::FileTooLarge => format!(
            "the file system there holds no file so large (FAT32 stops at 4 GiB): use exFAT, {elsewhere}"
        ),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => {
            let missing = |folder: &&Path| !folder.as_os_str().is_empty() && !folder.exists();
            let folder = path.parent().filter(missing).unwrap_or(path);
            format!("make the folder {}, {elsewhere}", folder.display())
        }
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            format!("let this user write there, {elsewhere}")
        }
        _ => format!("look at the disk and what the system logs of it, {elsewhere}"),
    }
}

fn kept() -> String {
    "run the same command again: what was fetched is kept".into()
}
