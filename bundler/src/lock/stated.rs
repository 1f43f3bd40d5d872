//! Digests that others state: a lock that can be written before any upstream is reached.
//!
//! The list has a reference a line, with the digest that somebody has seen under its tag
//! (`docker.io/library/nginx:1.27.3@sha256:...`), blank lines and `#` comments. What it says is no more
//! than a statement: `lock` compares each with what upstream has, and stops at the first difference.

use std::collections::BTreeMap;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use sre_format::lock::{Lock, Unconfirmed};
use sre_format::manifest::Manifest;
use sre_format::{Digest, Explain, Fault, ImageReference, Problem, Timestamp, WrittenFile};

use super::{ResolveError, Resolver};

/// The most bytes of a list; one line has about 150.
const MAX_LIST: u64 = 4 << 20;

/// Says why a list cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ListError {
    /// The list cannot be read.
    #[error("cannot read {}", .path.display())]
    File {
        /// The list.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// Lines of it are wrong.
    #[error("{} is not a list of images with digests", .path.display())]
    Wrong {
        /// The list.
        path: PathBuf,
        /// Where, and what.
        problems: Vec<Problem>,
    },
    /// The lock holds more than statements.
    #[error("{} holds what upstreams have confirmed, and a list would take its place", .lock.display())]
    Confirmed {
        /// The lock.
        lock: PathBuf,
    },
}

impl Explain for ListError {
    fn fault(&self) -> Fault {
        match self {
            Self::File { source, .. } => Fault::of_named_file(source),
            Self::Wrong { .. } => Fault::Input,
            Self::Confirmed { .. } => Fault::Conflict,
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::File { source, .. } => return sre_format::file_hint(source),
            Self::Wrong { .. } => "write one reference a line: `HOST/NAME:TAG@sha256:...`".into(),
            Self::Confirmed { .. } => "name another file with `--lock`".into(),
        })
    }

    fn problems(&self) -> &[Problem] {
        match self {
            Self::Wrong { problems, .. } => problems,
            Self::File { .. } | Self::Confirmed { .. } => &[],
        }
    }
}

/// Makes a lock in which every image of a manifest stands unconfirmed, with the digest that a list
/// states for it, if any.
pub fn unconfirmed(
    list: &Path,
    manifest: &Manifest,
    old: Option<&Lock>,
    path: &Path,
    time: Timestamp,
) -> Result<Lock, ListError> {
    if old.is_some_and(|old| old.inputs().next().is_some()) {
        return Err(ListError::Confirmed { lock: path.to_owned() });
    }
    let stated = read(list)?;
    let state = |reference: &ImageReference| Unconfirmed {
        reference: reference.clone(),
        digest: reference.digest().or_else(|| stated.get(&reference.to_string()).copied()),
    };
    let mut lock = Lock::begin(manifest, time);
    lock.unconfirmed = manifest.images.iter().map(|image| state(&image.reference)).collect();
    lock.sort();
    if let Some(old) = old {
        lock.follow(old);
    }
    Ok(lock)
}

fn read(path: &Path) -> Result<BTreeMap<String, Digest>, ListError> {
    let failed = |source| ListError::File { path: path.to_owned(), source };
    let mut text = String::new();
    let file = std::fs::File::open(path).map_err(failed)?;
    file.take(MAX_LIST + 1).read_to_string(&mut text).map_err(failed)?;
    if text.len() as u64 > MAX_LIST {
        return Err(failed(io::Error::other(format!("it has more than {MAX_LIST} bytes"))));
    }
    let (stated, problems) = parse(&path.to_string_lossy(), &text);
    if problems.is_empty() {
        return Ok(stated);
    }
    Err(ListError::Wrong { path: path.to_owned(), problems })
}

/// Reads the lines: the digest of each name that has one.
fn parse(name: &str, text: &str) -> (BTreeMap<String, Digest>, Vec<Problem>) {
    let file = WrittenFile::new(name, text);
    let (mut stated, mut problems) = (BTreeMap::new(), Vec::new());
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let (start, written) = (at, line.trim());
        at += line.len();
        if written.is_empty() || written.starts_with('#') {
            continue;
        }
        let range = start..start + line.trim_end().len();
        let reference: ImageReference = match written.parse() {
            Ok(reference) => reference,
            Err(error) => {
                problems.push(file.problem(range, error.to_string()));
                continue;
            }
        };
        let Some(digest) = reference.digest() else { continue };
        let named = written.split('@').next().unwrap_or_default().to_owned();
        if stated.insert(named, digest).is_some_and(|other| other != digest) {
            problems.push(file.problem(range, "another line states another digest for this name"));
        }
    }
    (stated, problems)
}

impl Resolver<'_> {
    /// Compares what upstream has with what the old lock states of an image.
    pub(super) fn confirm(
        &self,
        reference: &ImageReference,
        found: Digest,
    ) -> Result<(), ResolveError> {
        let unconfirmed = self.old.map(|old| old.unconfirmed.as_slice()).unwrap_or_default();
        let stated = unconfirmed.iter().find(|image| image.reference == *reference);
        match stated.and_then(|image| image.digest).filter(|stated| *stated != found) {
            Some(stated) => {
                Err(ResolveError::Unconfirmed { reference: reference.clone(), stated, found })
            }
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_digests_by_name_and_tells_every_wrong_line() {
        let (one, other) = (Digest::of(b"one"), Digest::of(b"other"));
        let text = format!("# seen\n\nquay.io/a/b:1@{one}\nquay.io/a/c:1\n quay.io/a/b:1@{one}\n");
        let (stated, problems) = parse("list", &text);
        assert_eq!(stated, BTreeMap::from([("quay.io/a/b:1".to_owned(), one)]));
        assert!(problems.is_empty());
        let text = format!("quay.io/a/b:1@{one}\nnginx\nquay.io/a/b:1@{other}\n");
        let (_, problems) = parse("list", &text);
        let lines: Vec<_> = problems.iter().map(|problem| problem.line_and_column().0).collect();
        assert_eq!(lines, [2, 3]);
    }
}
