//! The paths of a bundle as a tree.

use std::collections::BTreeMap;
use std::fmt;

use super::Size;
use crate::bundle::Table;

/// The folders and files of a bundle, with sizes; folders of blobs show their count alone.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    folders: BTreeMap<String, Self>,
    files: BTreeMap<String, u64>,
}

/// Files of one folder that are listed; more are counted.
const MAX_LISTED: usize = 24;

impl Tree {
    /// Arranges the paths of a table.
    #[must_use]
    pub fn of(table: &Table) -> Self {
        let mut tree = Self::default();
        for entry in &table.entries {
            tree.put(entry.path.as_str(), entry.size);
        }
        tree
    }

    /// Gives count and bytes of the files below.
    #[must_use]
    pub fn total(&self) -> (usize, u64) {
        let here = (self.files.len(), self.files.values().sum());
        self.folders.values().map(Self::total).fold(here, |a, b| (a.0 + b.0, a.1 + b.1))
    }

    fn put(&mut self, path: &str, size: u64) {
        match path.split_once('/') {
            Some((folder, rest)) => {
                self.folders.entry(folder.to_owned()).or_default().put(rest, size);
            }
            None => {
                self.files.insert(path.to_owned(), size);
            }
        }
    }

    /// Goes down while a folder holds one folder and nothing else.
    fn without_single_steps(&self, path: String) -> (String, &Self) {
        match self.folders.first_key_value() {
            Some((name, only)) if self.folders.len() == 1 && self.files.is_empty() => {
                only.without_single_steps(format!("{path}{name}/"))
            }
            _ => (path, self),
        }
    }

    fn lines(&self, indent: usize, lines: &mut Vec<String>) {
        for (name, folder) in &self.folders {
            let (path, folder) = folder.without_single_steps(format!("{name}/"));
            let (count, bytes) = folder.total();
            let name = format!("{:indent$}{path}", "");
            let files = if count == 1 { "file" } else { "files" };
            lines.push(format!("{name:<56} {:>9}  {count} {files}", Size(bytes)));
            folder.lines(indent + 2, lines);
        }
        // Names of digests tell a person nothing.
        if self.files.len() > MAX_LISTED || self.files.keys().all(|name| is_digest(name)) {
            return;
        }
        for (name, size) in &self.files {
            let name = format!("{:indent$}{name}", "");
            lines.push(format!("{name:<56} {:>9}", Size(*size)));
        }
    }
}

fn is_digest(name: &str) -> bool {
    name.len() == 64 && name.bytes().all(|byte| byte.is_ascii_hexdigit())
}

impl fmt::Display for Tree {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut lines = Vec::new();
        self.lines(0, &mut lines);
        lines.iter().try_for_each(|line| writeln!(formatter, "{line}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_small_folders_and_counts_large_ones() {
        let mut tree = Tree::default();
        tree.put("files/a", 1);
        tree.put("sre", 2);
        (0..30).for_each(|number| tree.put(&format!("oci/blobs/sha256/{number:064x}"), 1000));
        let text = tree.to_string();
        assert_eq!(tree.total(), (32, 30_003));
        assert!(text.contains("  a "), "{text}");
        assert!(text.contains("oci/blobs/sha256/ "), "{text}");
        assert!(text.contains("30 files") && text.contains("1 file\n"), "{text}");
        assert_eq!(text.lines().count(), 4, "{text}");
    }
}
