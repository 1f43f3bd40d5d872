//! Locked file sets: what becomes files of the bundle at places of its own.
//!
//! Tools, releases, package repositories and collections differ in how they are found and checked,
//! which is `lock`'s business; what is left of each afterwards is a name, a version, and files with
//! digest, size and origin.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Archive, GitCommit, Verification};
use crate::bundle::{BundlePath, EntryKind};
use crate::{Digest, ImageReference, SourceUrl};

/// The kinds of inputs that become sets of files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SetKind {
    /// A program for platforms.
    Tool,
    /// A cloud image or installation medium.
    OsImage,
    /// A release of RKE2.
    Rke2,
    /// A provider of OpenTofu.
    TofuProvider,
    /// A plugin of Packer.
    PackerPlugin,
    /// A collection or role of Ansible, or what goes with them.
    Ansible,
    /// RPM packages and the repository that they form.
    Rpm,
    /// Packages of Debian and its kin, and the repository that they form.
    Deb,
    /// A commit of a git repository.
    Git,
}

/// The files that one input brings into the bundle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LockedFileSet {
    /// What kind of input it is.
    #[serde(skip)]
    pub kind: SetKind,
    /// Its name, unique within its kind.
    pub name: String,
    /// Its version; empty where it has none.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub version: String,
    /// Its files, sorted by path.
    pub files: Vec<PlacedFile>,
    /// Images that its files contain, for inputs that are archives of images.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub images: Vec<ImageReference>,
    /// What was checked.
    pub verified: Vec<Verification>,
}

/// A file with its place inside the bundle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PlacedFile {
    /// Its path inside the bundle, below the folder of its kind.
    pub path: BundlePath,
    /// The digest of its bytes.
    pub digest: Digest,
    /// The count of its bytes.
    pub size: u64,
    /// Its media type, which decides how it is stored.
    pub media_type: String,
    /// Where its bytes come from.
    #[serde(flatten)]
    pub origin: PlacedOrigin,
}

/// Where the bytes of a placed file come from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum PlacedOrigin {
    /// A server gives them.
    Url(SourceUrl),
    /// A file of the connected side has them; relative to the manifest unless absolute.
    Path(String),
    /// They are one file of an archive.
    Member {
        /// The archive.
        of: Archive,
        /// The path of the file inside the archive.
        path: String,
    },
    /// A server gives them, and an index of ours tells of them: a package.
    Package {
        /// Where it lies.
        url: SourceUrl,
        /// What the index says of it, in the words of its kind, but for place, size and digest. With
        /// it the index follows from the lock alone, however upstream changes its own.
        record: String,
    },
    /// They are the files of a commit.
    Git(GitCommit),
    /// They follow from the lock and the other inputs of the set; the code of the kind makes them.
    Made(Made),
    /// They are few and stand in the lock itself: lines, each ended by a newline.
    Lines(Vec<String>),
}

/// A thing that is made, and what it is made from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Made {
    /// What is made, a word of the kind's own, such as `archive` or `repomd`.
    pub what: String,
    /// Files of upstream that are needed to make it, which the bundle itself does not carry.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub from: Vec<Archive>,
}

impl SetKind {
    /// All kinds, in the order of the lock.
    pub const ALL: [Self; 9] = [
        Self::Tool,
        Self::OsImage,
        Self::Rke2,
        Self::TofuProvider,
        Self::PackerPlugin,
        Self::Ansible,
        Self::Rpm,
        Self::Deb,
        Self::Git,
    ];

    /// Gives the word for it in manifest and lock.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Tool => "tool",
            Self::OsImage => "os-image",
            Self::Rke2 => "rke2",
            Self::TofuProvider => "tofu-provider",
            Self::PackerPlugin => "packer-plugin",
            Self::Ansible => "ansible",
            Self::Rpm => "rpm",
            Self::Deb => "deb",
            Self::Git => "git",
        }
    }

    /// Gives the folder of the bundle that holds its files.
    #[must_use]
    pub const fn folder(self) -> &'static str {
        match self {
            Self::Tool => "tools",
            Self::OsImage => "os-images",
            Self::Rke2 => "rke2",
            Self::TofuProvider => "tofu",
            Self::PackerPlugin => "packer",
            Self::Ansible => "ansible",
            Self::Rpm => "rpm",
            Self::Deb => "deb",
            Self::Git => "git",
        }
    }

    /// Gives the kind that its entries have in the contents table.
    #[must_use]
    pub const fn entry_kind(self) -> EntryKind {
        match self {
            Self::Tool => EntryKind::Tool,
            Self::OsImage => EntryKind::OsImage,
            Self::Rke2 => EntryKind::Rke2,
            Self::TofuProvider => EntryKind::TofuProvider,
            Self::PackerPlugin => EntryKind::PackerPlugin,
            Self::Ansible => EntryKind::Ansible,
            Self::Rpm => EntryKind::Rpm,
            Self::Deb => EntryKind::Deb,
            Self::Git => EntryKind::Git,
        }
    }
}

impl PlacedFile {
    /// Makes a small text whose lines stand in the lock.
    #[must_use]
    pub fn of_lines(path: BundlePath, media_type: &str, lines: Vec<String>) -> Self {
        let bytes = bytes_of(&lines);
        Self {
            path,
            digest: Digest::of(&bytes),
            size: bytes.len() as u64,
            media_type: media_type.to_owned(),
            origin: PlacedOrigin::Lines(lines),
        }
    }
}

/// Gives the bytes of lines that stand in the lock.
#[must_use]
pub fn bytes_of(lines: &[String]) -> Vec<u8> {
    lines.iter().flat_map(|line| [line.as_str(), "\n"]).collect::<String>().into_bytes()
}

impl LockedFileSet {
    /// Gives the bytes of all its files.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.size).sum()
    }

    /// Gives the name with the version, as people say it.
    #[must_use]
    pub fn title(&self) -> String {
        // The version of a repository is its date, which people do not call it by.
        if self.version.is_empty() || self.kind == SetKind::Deb {
            return self.name.clone();
        }
        format!("{} {}", self.name, self.version)
    }

    pub(super) fn sort(&mut self) {
        self.files.sort_by(|one, other| one.path.cmp(&other.path));
        self.images.sort_by_cached_key(ToString::to_string);
    }
}

impl fmt::Display for PlacedOrigin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url(url) | Self::Package { url, .. } => url.fmt(formatter),
            Self::Path(path) => formatter.write_str(path),
            Self::Member { of, path } => write!(formatter, "{path} in {}", of.url),
            Self::Git(commit) => commit.fmt(formatter),
            Self::Made(made) => write!(formatter, "{}, made when it is packed", made.what),
            Self::Lines(_) => formatter.write_str("the lock itself"),
        }
    }
}
