//! What of a folder is left out: Flux's own list, `.sourceignore` files, the manifest.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};

use super::FolderError;

/// The name of the files that say what is left out below them, in the words of `.gitignore`.
pub(super) const RULES_FILE: &str = ".sourceignore";

/// What `flux push artifact` leaves out unless told otherwise.
const USUAL: [&str; 12] = [
    ".git/",
    ".gitignore",
    ".gitmodules",
    ".gitattributes",
    "*.jpg",
    "*.jpeg",
    "*.gif",
    "*.png",
    "*.wmv",
    "*.flv",
    "*.tar.gz",
    "*.zip",
];

/// The most bytes of a file of rules; people write them by hand.
const MAX_RULES: u64 = 1 << 20;

/// The rules that hold at a place of the tree; later ones win, and those of the manifest over all.
pub(super) struct Rules {
    layers: Vec<Gitignore>,
    manifest: Gitignore,
}

impl Rules {
    /// Begins with the usual rules and those of the manifest, at the root of the tree.
    pub(super) fn new(root: &Path, manifest: &[String]) -> Result<Self, FolderError> {
        let usual = compile(root, USUAL, "the usual list")?;
        let manifest = compile(root, manifest.iter().map(String::as_str), "the manifest")?;
        Ok(Self { layers: vec![usual], manifest })
    }

    /// Adds the rules that a folder has of its own; [`Rules::leave`] takes them away again.
    pub(super) fn enter(&mut self, folder: &Path) -> Result<(), FolderError> {
        let path = folder.join(RULES_FILE);
        let text =
            read(&path).map_err(|source| FolderError::Read { path: path.clone(), source })?;
        self.layers.push(compile(folder, text.lines(), &path.to_string_lossy())?);
        Ok(())
    }

    /// Takes away the rules of the folder that was entered last.
    pub(super) fn leave(&mut self) {
        self.layers.pop();
    }

    /// Says whether something is left out.
    pub(super) fn leave_out(&self, path: &Path, is_folder: bool) -> bool {
        let layers = std::iter::once(&self.manifest).chain(self.layers.iter().rev());
        for rules in layers {
            match rules.matched(path, is_folder) {
                Match::Ignore(_) => return true,
                Match::Whitelist(_) => return false,
                Match::None => {}
            }
        }
        false
    }
}

/// Reads the rules of a folder; none where it has no file of them.
fn read(path: &Path) -> io::Result<String> {
    let file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(String::new()),
        opened => opened?,
    };
    let mut text = String::new();
    if file.take(MAX_RULES + 1).read_to_string(&mut text)? as u64 > MAX_RULES {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "it is larger than 1 MiB"));
    }
    Ok(text)
}

fn compile<'a>(
    root: &Path,
    patterns: impl IntoIterator<Item = &'a str>,
    place: &str,
) -> Result<Gitignore, FolderError> {
    let wrong = |pattern: &str, source| FolderError::Pattern {
        place: place.to_owned(),
        pattern: pattern.to_owned(),
        source: Box::new(source),
    };
    let mut builder = GitignoreBuilder::new(root);
    for pattern in patterns {
        builder.add_line(None, pattern).map_err(|source| wrong(pattern, source))?;
    }
    builder.build().map_err(|source| wrong("", source))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deeper_rules_win_and_those_of_the_manifest_over_all() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        std::fs::create_dir(root.join("a")).unwrap();
        std::fs::write(root.join(RULES_FILE), "# all of it\n*.md\n/build/\n!*.png\n").unwrap();
        std::fs::write(root.join("a").join(RULES_FILE), "!keep.md\n").unwrap();
        let mut rules = Rules::new(root, &["secret.md".into(), "!/b.md".into()]).unwrap();
        rules.enter(root).unwrap();
        let left_out = |rules: &Rules, path: &str| rules.leave_out(&root.join(path), false);
        for (path, expected) in [
            ("x.md", true),
            ("b.md", false),
            ("x.png", false),
            ("x.jpg", true),
            ("values.yaml", false),
            ("build", false),
        ] {
            assert_eq!(left_out(&rules, path), expected, "{path}");
        }
        assert!(rules.leave_out(&root.join("build"), true));
        assert!(rules.leave_out(&root.join(".git"), true));
        rules.enter(&root.join("a")).unwrap();
        assert!(!left_out(&rules, "a/keep.md") && left_out(&rules, "a/secret.md"));
        rules.leave();
        assert!(left_out(&rules, "a/keep.md"));
    }
}
