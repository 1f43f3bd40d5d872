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

/// Reads the manifests of a file, or of every file of a folder; other YAML is passed over.
pub(super) fn manifests(root: &Path) -> Result<Vec<Document>, CheckError> {
    let mut read = Vec::new();
    for (count, entry) in WalkDir::new(root).sort_by_file_name().into_iter().enumerate() {
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
            read.extend(of_file(entry.path())?);
        }
    }
    Ok(read)
}

fn is_yaml(path: &Path) -> bool {
    path.extension().is_some_and(|it| it == "yaml" || it == "yml" || it == "json")
}

fn of_file(path: &Path) -> Result<Vec<Document>, CheckError> {
    let text = read_text(path, MAX_FILE)?;
    let is_manifest = |document: &Document| {
        document.kind().is_some() && document.value.get("apiVersion").is_some()
    };
    // What cannot be read is no manifest: templates of charts lie in such folders, too.
    let (documents, _) = documents(&text);
    let documents = documents.into_iter().filter(is_manifest);
    let source = Some(path.display().to_string());
    Ok(documents.map(|document| Document { source: source.clone(), ..document }).collect())
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
