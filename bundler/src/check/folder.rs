//! Manifests of Kubernetes that the platform applies beside its charts.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

use super::CheckError;
use super::documents::{Document, documents};

/// The most bytes of one file of manifests.
const MAX_FILE: u64 = 64 << 20;
/// The most files that are looked at.
const MAX_FILES: usize = 50_000;

/// Manifests, and what is wrong with those that cannot be read.
#[derive(Default)]
pub(super) struct Manifests {
    pub documents: Vec<Document>,
    pub unreadable: Vec<String>,
}

/// Reads the manifests of a file, or of every file of a folder; other YAML is passed over.
pub(super) fn manifests(root: &Path) -> Result<Manifests, CheckError> {
    let mut read = Manifests::default();
    let files = WalkDir::new(root).follow_links(true).sort_by_file_name();
    for (count, entry) in files.into_iter().enumerate() {
        let path = |error: &walkdir::Error| error.path().unwrap_or(root).to_owned();
        let entry = entry.map_err(|error| {
            let path = path(&error);
            CheckError::File { path, source: error.into() }
        })?;
        if count > MAX_FILES {
            let source = io::Error::other(format!("there are more than {MAX_FILES} files in it"));
            return Err(CheckError::File { path: root.to_owned(), source });
        }
        if entry.file_type().is_file() && is_yaml(entry.path()) {
            of_file(entry.path(), &mut read)?;
        }
    }
    Ok(read)
}

fn is_yaml(path: &Path) -> bool {
    path.extension().is_some_and(|it| it == "yaml" || it == "yml" || it == "json")
}

fn of_file(path: &Path, read: &mut Manifests) -> Result<(), CheckError> {
    let text = read_text(path, MAX_FILE)?;
    let is_manifest = |document: &Document| {
        document.kind().is_some() && document.value.get("apiVersion").is_some()
    };
    let (documents, wrong) = documents(&text);
    let documents = documents.into_iter().filter(is_manifest);
    let source = path.display().to_string();
    read.documents
        .extend(documents.map(|document| Document { source: Some(source.clone()), ..document }));
    // Templates of charts lie in such folders, too, and are rendered elsewhere.
    if !text.contains("{{") {
        read.unreadable.extend(wrong.into_iter().map(|wrong| format!("{source}: {wrong}")));
    }
    Ok(())
}

/// Reads a file of the project whole.
pub(super) fn read_text(path: &Path, limit: u64) -> Result<String, CheckError> {
    let failed = |source| CheckError::File { path: PathBuf::from(path), source };
    let mut text = String::new();
    let file = File::open(path).map_err(failed)?;
    file.take(limit + 1).read_to_string(&mut text).map_err(failed)?;
    if text.len() as u64 > limit {
        return Err(failed(io::Error::other(format!("it has more than {limit} bytes"))));
    }
    Ok(text)
}
