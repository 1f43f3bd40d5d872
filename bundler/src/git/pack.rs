//! A commit as an archive.

use std::collections::HashSet;

use sre_format::Digest;
use sre_format::lock::ObjectId;

use super::GitError;
use super::objects::{Kind, Objects};
use super::tree::{Row, What, rows, tree_of};
use crate::archive::{AppendError, ArchiveWriter, Mode, resolve};
use crate::fetch::BlobCache;

/// The most files of a commit.
pub(super) const MAX_FILES: usize = 100_000;
/// The most bytes of all of them.
pub(super) const MAX_BYTES: u64 = 1 << 30;
/// The deepest folder.
const MAX_DEPTH: usize = 64;

/// A packed commit, whose archive is in the cache.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackedCommit {
    /// The tree of the commit.
    pub tree: ObjectId,
    /// The digest of the archive.
    pub digest: Digest,
    /// The count of its bytes.
    pub size: u64,
}

/// Packs the files of a commit below a folder `name/`, into the cache.
pub fn pack_commit(
    repository: &str,
    commit: &ObjectId,
    name: &str,
    cache: &BlobCache,
) -> Result<PackedCommit, GitError> {
    let clone = super::FetchedCommit::fetch(repository, commit)?;
    let mut objects = Objects::of(&clone)?;
    let content = objects.read(commit, Kind::Commit)?;
    let no_tree = || GitError::NoObject { id: commit.clone(), wanted: "commit" };
    let tree = tree_of(&content).ok_or_else(no_tree)?;
    let archive = ArchiveWriter::new(cache)?;
    let mut packing = Packing { objects, archive, rows: 0, left: MAX_BYTES };
    packing.folder(&tree, &format!("{name}/"), 0)?;
    let made = packing.archive.finish().map_err(failed)?;
    Ok(PackedCommit { tree, digest: made.digest, size: made.size })
}

struct Packing<'a> {
    objects: Objects,
    archive: ArchiveWriter<'a>,
    rows: usize,
    left: u64,
}

impl Packing<'_> {
    fn folder(&mut self, tree: &ObjectId, inside: &str, depth: usize) -> Result<(), GitError> {
        if depth > MAX_DEPTH {
            return Err(GitError::TooLarge);
        }
        let content = self.objects.read(tree, Kind::Tree)?;
        let no_tree = || GitError::NoObject { id: tree.clone(), wanted: "tree" };
        let mut names = HashSet::new();
        for row in rows(&content, tree).ok_or_else(no_tree)? {
            // A link and a folder of one name would lead writers out of the archive.
            if !names.insert(row.name.clone()) {
                let path = format!("{inside}{}", row.name.unwrap_or_default());
                return Err(GitError::Name { path });
            }
            self.row(row, inside, depth)?;
        }
        Ok(())
    }

    fn row(&mut self, row: Row, inside: &str, depth: usize) -> Result<(), GitError> {
        let shown = format!("{inside}{}", row.name.as_deref().unwrap_or("?"));
        let name = row.name.filter(|name| is_name(name));
        let path = name.map(|name| format!("{inside}{name}"));
        let path = path.ok_or(GitError::Name { path: shown })?;
        // Folders count, too: a few trees can stand in each other many times over without any file.
        self.rows += 1;
        if self.rows > MAX_FILES {
            return Err(GitError::TooLarge);
        }
        match row.what {
            What::Folder => return self.folder(&row.id, &format!("{path}/"), depth + 1),
            What::Submodule => return Err(GitError::Submodule { path, commit: row.id }),
            What::File | What::Executable | What::Link => {}
        }
        let content = self.objects.read(&row.id, Kind::Blob)?;
        let size = content.len() as u64;
        self.left = self.left.checked_sub(size).ok_or(GitError::TooLarge)?;
        if row.what == What::Link {
            let target = String::from_utf8(content).ok().filter(|target| {
                let (_, inside) = path.split_once('/').unwrap_or_default();
                resolve(inside, target).is_some()
            });
            let target = target.ok_or_else(|| GitError::Link { path: path.clone() })?;
            return self.archive.link(&path, &target).map_err(failed);
        }
        let mode = if row.what == What::Executable { Mode::Executable } else { Mode::Plain };
        self.archive.file(&path, mode, size, &mut content.as_slice()).map_err(failed)
    }
}

/// Says whether a name can be that of a file; git itself refuses the same.
fn is_name(name: &str) -> bool {
    !matches!(name, "" | "." | "..")
        && !name.eq_ignore_ascii_case(".git")
        && !name.contains('/')
        && !name.contains(char::is_control)
}

fn failed(error: AppendError) -> GitError {
    match error {
        AppendError::Cache(error) => error.into(),
        AppendError::Content(error) => GitError::Talk(error),
    }
}
