//! Our playbooks and roles, which are a part of this program: the inventories that it writes fit them.

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;

use include_dir::{Dir, include_dir};
use sre_format::Digest;
use sre_steps::{Readers, write_atomically};

static ANSIBLE: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../infra/ansible");

/// Gives the SHA-256 over the paths and bytes of all files.
#[must_use]
pub fn playbooks_digest() -> Digest {
    let mut lines: Vec<_> = files(&ANSIBLE)
        .iter()
        .map(|file| format!("{} {}\n", Digest::of(file.contents()).hex(), file.path().display()))
        .collect();
    lines.sort();
    Digest::of(lines.concat().as_bytes())
}

/// Writes them into a folder, for its owner alone, and removes what is not of them.
pub fn write_playbooks(folder: &Path) -> io::Result<()> {
    if folder.symlink_metadata().is_ok_and(|found| found.is_symlink()) {
        return Err(io::Error::other("it is a link, and what it leads to may not be ours"));
    }
    let files = files(&ANSIBLE);
    remove_others(folder, folder, &|path| files.iter().any(|file| file.path().starts_with(path)))?;
    for file in &files {
        let path = folder.join(file.path());
        if let Some(parent) = path.parent() {
            DirBuilder::new().recursive(true).mode(0o700).create(parent)?;
        }
        if fs::read(&path).is_ok_and(|found| found == file.contents()) {
            continue;
        }
        write_atomically(&path, file.contents(), Readers::Owner)?;
    }
    Ok(())
}

fn files(folder: &'static Dir<'static>) -> Vec<&'static include_dir::File<'static>> {
    let deeper = folder.dirs().flat_map(files);
    folder.files().chain(deeper).collect()
}

fn remove_others(root: &Path, folder: &Path, is_ours: &dyn Fn(&Path) -> bool) -> io::Result<()> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let path = entry?.path();
        let inside = path.strip_prefix(root).unwrap_or(&path);
        let is_folder = path.symlink_metadata()?.is_dir();
        match (is_ours(inside), is_folder) {
            (true, true) => remove_others(root, &path, is_ours)?,
            (true, false) => {}
            (false, true) => fs::remove_dir_all(&path)?,
            (false, false) => fs::remove_file(&path)?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_holds_the_playbooks_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("ansible");
        write_playbooks(&folder).unwrap();
        let playbook = folder.join("playbooks/harden-os.yml");
        let original = fs::read(&playbook).unwrap();
        fs::write(&playbook, "---\n").unwrap();
        fs::create_dir_all(folder.join("roles/stranger/tasks")).unwrap();
        fs::write(folder.join("roles/sre/tasks/stranger.yml"), "---\n").unwrap();
        write_playbooks(&folder).unwrap();
        assert_eq!(fs::read(&playbook).unwrap(), original);
        assert!(!folder.join("roles/stranger").exists());
        assert!(!folder.join("roles/sre/tasks/stranger.yml").exists());
        assert!(folder.join("callback_plugins/sre_events.py").exists());
    }
}
