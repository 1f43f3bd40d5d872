//! The header of a package file: an index of tags, and a store of their values.
//!
//! Format: `rpm-software-management/rpm:docs/manual/format_header.md`. Every entry is checked against the
//! store before any value is looked at.

use std::io::Read;

use super::PackageError;
use crate::limits::MAX_ENTRIES;

/// Bytes of the intro: magic, version, reserved, count of entries, size of the store.
pub(super) const INTRO: usize = 16;
/// Bytes of an entry: tag, type, offset, count.
const ENTRY: usize = 16;
const MAGIC: [u8; 4] = [0x8e, 0xad, 0xe8, 1];
/// The most entries, rpm's own limit.
const MAX_TAGS: u32 = 0xffff;

/// The types of values that are read.
const TYPE_INT32: u32 = 4;
const TYPE_STRING: u32 = 6;
const TYPE_BINARY: u32 = 7;
const TYPE_STRINGS: u32 = 8;
const TYPE_I18N: u32 = 9;

/// A header whose entries all lie within its store.
pub(super) struct Header {
    bytes: Vec<u8>,
    entries: Vec<Entry>,
}

#[derive(Clone, Copy)]
struct Entry {
    tag: u32,
    kind: u32,
    offset: usize,
    count: usize,
}

impl Header {
    /// Reads a header with at most so many bytes of store.
    pub(super) fn read(reader: &mut impl Read, max_store: usize) -> Result<Self, PackageError> {
        let mut bytes = vec![0; INTRO];
        reader.read_exact(&mut bytes).map_err(cut_short)?;
        if bytes[..4] != MAGIC {
            return Err(damaged("a header does not begin as one"));
        }
        let (count, size) = (number(&bytes, 8)?, number(&bytes, 12)?);
        let store = usize::try_from(size).map_err(|_| damaged("a header is too large"))?;
        if count > MAX_TAGS || store > max_store {
            return Err(damaged("a header is too large"));
        }
        let index = ENTRY * usize::try_from(count).map_err(|_| damaged("a header is too large"))?;
        // Grown while it is read, so that a lie about the size takes no memory.
        let rest = (index + store) as u64;
        reader.by_ref().take(rest).read_to_end(&mut bytes).map_err(cut_short)?;
        if bytes.len() != INTRO + index + store {
            return Err(damaged("it ends inside a header"));
        }
        let entries = bytes[INTRO..INTRO + index]
            .chunks_exact(ENTRY)
            .map(|entry| Entry::parse(entry, &bytes[INTRO + index..]))
            .collect::<Result<_, _>>()?;
        Ok(Self { bytes, entries })
    }

    /// Gives the bytes from the magic to the end of the store: what a signature covers.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Gives the count of bytes in the store, which decides how the next part is aligned.
    pub(super) fn store_size(&self) -> usize {
        self.store().len()
    }

    /// Gives a text.
    pub(super) fn string(&self, tag: u32) -> Result<Option<&str>, PackageError> {
        Ok(self.strings(tag)?.and_then(|found| found.into_iter().next()))
    }

    /// Gives a list of texts.
    pub(super) fn strings(&self, tag: u32) -> Result<Option<Vec<&str>>, PackageError> {
        let Some(entry) = self.entry(tag, &[TYPE_STRING, TYPE_STRINGS, TYPE_I18N])? else {
            return Ok(None);
        };
        check_count(&entry)?;
        let mut rest = &self.store()[entry.offset..];
        let mut found = Vec::new();
        for _ in 0..entry.count {
            let end = rest.iter().position(|byte| *byte == 0);
            let end = end.ok_or(damaged("a text in a header does not end"))?;
            let text = std::str::from_utf8(&rest[..end]);
            found.push(text.map_err(|_| damaged("a text in a header is not UTF-8"))?);
            rest = &rest[end + 1..];
        }
        Ok(Some(found))
    }

    /// Gives a list of numbers.
    pub(super) fn numbers(&self, tag: u32) -> Result<Option<Vec<u32>>, PackageError> {
        let Some(entry) = self.entry(tag, &[TYPE_INT32])? else { return Ok(None) };
        check_count(&entry)?;
        let bytes = &self.store()[entry.offset..entry.offset + 4 * entry.count];
        (0..entry.count).map(|index| number(bytes, 4 * index)).collect::<Result<_, _>>().map(Some)
    }

    /// Gives bytes.
    pub(super) fn binary(&self, tag: u32) -> Result<Option<&[u8]>, PackageError> {
        let entry = self.entry(tag, &[TYPE_BINARY])?;
        Ok(entry.map(|entry| &self.store()[entry.offset..entry.offset + entry.count]))
    }

    /// Tells whether a tag is there.
    pub(super) fn has(&self, tag: u32) -> bool {
        self.entries.iter().any(|entry| entry.tag == tag)
    }

    /// Finds the entry of a tag, which must be there once: readers differ on which of two they take.
    fn entry(&self, tag: u32, kinds: &[u32]) -> Result<Option<Entry>, PackageError> {
        let mut found = self.entries.iter().filter(|entry| entry.tag == tag);
        let Some(entry) = found.next() else { return Ok(None) };
        if found.next().is_some() {
            return Err(damaged("a header has a tag twice"));
        }
        if !kinds.contains(&entry.kind) {
            return Err(damaged("a tag in a header is of another type than it must be"));
        }
        Ok(Some(*entry))
    }

    fn store(&self) -> &[u8] {
        &self.bytes[INTRO + ENTRY * self.entries.len()..]
    }
}

impl Entry {
    fn parse(bytes: &[u8], store: &[u8]) -> Result<Self, PackageError> {
        let outside = || damaged("an entry of a header lies outside of it");
        let size = |at| usize::try_from(number(bytes, at)?).map_err(|_| outside());
        let (tag, kind, offset, count) =
            (number(bytes, 0)?, number(bytes, 4)?, size(8)?, size(12)?);
        let width = match kind {
            0 | TYPE_STRING | TYPE_STRINGS | TYPE_I18N | TYPE_BINARY | 1 | 2 => 1,
            3 => 2,
            TYPE_INT32 => 4,
            5 => 8,
            _ => return Err(damaged("an entry of a header is of an unknown type")),
        };
        // A text takes a byte at least, its end.
        let length = count.checked_mul(width).ok_or_else(outside)?;
        let end = offset.checked_add(length).ok_or_else(outside)?;
        if end > store.len() || (kind == TYPE_STRING && count != 1) {
            return Err(outside());
        }
        Ok(Self { tag, kind, offset, count })
    }
}

/// Refuses lists that take much more memory than the header does.
fn check_count(entry: &Entry) -> Result<(), PackageError> {
    if entry.count > MAX_ENTRIES {
        return Err(damaged("a list in a header is too long"));
    }
    Ok(())
}

fn number(bytes: &[u8], at: usize) -> Result<u32, PackageError> {
    let found = bytes.get(at..).and_then(|rest| rest.first_chunk::<4>());
    found.map(|bytes| u32::from_be_bytes(*bytes)).ok_or(damaged("it ends inside a number"))
}

pub(super) fn cut_short(error: std::io::Error) -> PackageError {
    match error.kind() {
        std::io::ErrorKind::UnexpectedEof => damaged("it ends inside a header"),
        _ => PackageError::Read(error),
    }
}

pub(super) fn damaged(reason: &'static str) -> PackageError {
    PackageError::Damaged { reason }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Makes a header with one entry.
    fn header(kind: u32, count: u32, store: &[u8]) -> Header {
        let mut bytes = MAGIC.to_vec();
        let size = u32::try_from(store.len()).unwrap();
        for number in [0, 1, size, 1000, kind, 0, count] {
            bytes.extend(number.to_be_bytes());
        }
        bytes.extend(store);
        Header::read(&mut bytes.as_slice(), 64 << 20).unwrap()
    }

    #[test]
    fn lists_are_read_and_endless_ones_are_refused() {
        let texts = header(TYPE_STRINGS, 2, b"one\0two\0");
        assert_eq!(texts.strings(1000).unwrap().unwrap(), ["one", "two"]);
        let numbers = header(TYPE_INT32, 2, &[0, 0, 0, 1, 0, 0, 0, 2]);
        assert_eq!(numbers.numbers(1000).unwrap().unwrap(), [1, 2]);
        // Each empty text takes one byte of the header, and sixteen in memory.
        let count = 1_000_001;
        let texts = header(TYPE_STRINGS, count, &vec![0; 1_000_001]);
        assert!(texts.strings(1000).unwrap_err().to_string().contains("too long"));
        let numbers = header(TYPE_INT32, count, &vec![0; 4_000_004]);
        assert!(numbers.numbers(1000).unwrap_err().to_string().contains("too long"));
    }
}
