//! `SHA256SUMS`: what coreutils' `sha256sum -c` checks after an extraction.

use super::table::{Entry, EntryKind};

/// Characters of a digest and the two spaces after it.
const BEFORE_THE_PATH: usize = 64 + 2;

/// Writes the line of every entry but the file itself, in path order.
#[must_use]
pub(super) fn checksums(entries: &[Entry]) -> String {
    let mut rows: Vec<&Entry> = entries.iter().filter(|entry| has_line(entry)).collect();
    rows.sort_unstable_by(|a, b| a.path.cmp(&b.path));
    let mut text =
        String::with_capacity(usize::try_from(checksum_bytes(rows.iter().copied())).unwrap_or(0));
    for Entry { digest, path, .. } in rows {
        text.push_str(&digest.hex());
        text.push_str("  ");
        text.push_str(path.as_str());
        text.push('\n');
    }
    text
}

/// Gives the size of the file before any digest is known.
#[must_use]
pub(super) fn checksum_bytes<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> u64 {
    let line = |entry: &Entry| (BEFORE_THE_PATH + entry.path.as_str().len() + 1) as u64;
    entries.into_iter().filter(|entry| has_line(entry)).map(line).sum()
}

/// The file cannot hold its own digest, and what depends on the key proves itself.
fn has_line(entry: &Entry) -> bool {
    entry.kind != EntryKind::Checksums && !entry.kind.depends_on_the_key()
}
