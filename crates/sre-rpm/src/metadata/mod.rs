//! What a repository publishes, read strictly and in one pass.
//!
//! - [`Repomd`] lists the other files with sizes and checksums; [`decode`] reads one of them, checks it and
//!   decompresses it on the way (gzip, xz, zstd and zchunk, by magic);
//! - [`read_primary`], [`read_filelists`] and [`read_other`] stream packages;
//! - [`Groups`] and [`Modules`] are small enough to be held;
//! - [`Metalink`] and [`read_mirrorlist`] name places where a repository is kept.
//!
//! Everything may be hostile: document types (and so entities of one's own) are refused, each step of the
//! XML reader, each list and each decompressed file has a limit, and what a checksum covers is only given
//! out once the checksum held.

mod ahead;
mod compression;
mod error;
mod filelists;
mod groups;
mod mirrors;
mod modules;
mod other;
mod package;
mod packages;
mod primary;
mod repomd;
mod xml;
mod zchunk;

pub use compression::decode;
pub use error::MetadataError;
pub(crate) use filelists::find_files;
pub use filelists::{FileList, read_filelists};
pub use groups::{Environment, Group, GroupMember, GroupOption, Groups, MemberKind};
pub use mirrors::{Metalink, read_mirrorlist};
pub use modules::{ModuleDefaults, ModuleRequirements, ModuleStream, Modules, admits_stream};
pub use other::{Change, Changelog, read_other};
pub use package::{Entry, EntryKind, File, FileKind, Package};
pub use primary::read_primary;
pub use repomd::{Record, Repomd};

pub(crate) use primary::is_listed_in_primary;
