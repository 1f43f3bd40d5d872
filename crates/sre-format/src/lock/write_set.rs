//! How file sets are written.

use std::fmt::{self, Formatter};

use super::write::{archive, field, list, string, table, verification};
use super::{FileSource, GitCommit, LockedFileSet, Made, PlacedFile, PlacedOrigin};

pub(super) fn write_set(out: &mut Formatter<'_>, set: &LockedFileSet) -> fmt::Result {
    writeln!(out, "\n[[{}]]", set.kind.id())?;
    field(out, "name", &set.name)?;
    if !set.version.is_empty() {
        field(out, "version", &set.version)?;
    }
    list(out, "verified", &set.verified, verification)?;
    list(out, "images", &set.images, |image| string(image))?;
    if set.files.is_empty() {
        return writeln!(out, "files = []");
    }
    list(out, "files", &set.files, placed)
}

fn placed(file: &PlacedFile) -> String {
    let mut parts = vec![("as", string(&file.path)), ("digest", string(file.digest))];
    parts.push(("size", file.size.to_string()));
    parts.push(("media-type", string(&file.media_type)));
    match &file.origin {
        PlacedOrigin::Url(url) => parts.push(("url", string(url))),
        PlacedOrigin::Package { url, record } => {
            parts.extend([("url", string(url)), ("record", string(record))]);
        }
        PlacedOrigin::Path(path) => parts.push(("path", string(path))),
        PlacedOrigin::Member { of, path } => {
            parts.extend([("member", string(path)), ("of", archive(of))]);
        }
        PlacedOrigin::Git(commit) => parts.push(("git", git(commit))),
        PlacedOrigin::Made(thing) => parts.push(("made", made(thing))),
        PlacedOrigin::Lines(lines) => {
            let lines: Vec<_> = lines.iter().map(string).collect();
            parts.push(("lines", format!("[{}]", lines.join(", "))));
        }
    }
    table(&parts)
}

fn git(commit: &GitCommit) -> String {
    let mut parts = vec![match &commit.repository {
        FileSource::Url(url) => ("url", string(url)),
        FileSource::Path(path) => ("path", string(path)),
    }];
    parts.extend(commit.reference.iter().map(|reference| ("ref", string(reference))));
    parts.push(("commit", string(&commit.commit)));
    parts.push(("tree", string(&commit.tree)));
    table(&parts)
}

fn made(made: &Made) -> String {
    let mut parts = vec![("what", string(&made.what))];
    if !made.from.is_empty() {
        let from: Vec<_> = made.from.iter().map(archive).collect();
        parts.push(("from", format!("[{}]", from.join(", "))));
    }
    table(&parts)
}
