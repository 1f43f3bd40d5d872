//! What goes in comes out, from every place, and always as the same bytes.

use std::io::{self, Read};
use std::sync::Arc;

use sre_format::Digest;
use sre_format::bundle::{
    Encoding, EntryKind, Layout, PlannedEntry, Proof, RawWriter, UntrustedBundle, finish, pieces_of,
};

use crate::fixture::{bundle, every_shape, full_pass, identity, modified, noise, open};

#[test]
fn every_shape_of_entry_is_read_back() {
    let contents = every_shape();
    let bundle = open(bundle(&contents));
    for content in &contents {
        let entry = bundle.entry(&content.path).unwrap();
        assert!(bundle.read_whole(entry).unwrap() == content.bytes, "{}", content.path);
        let mut piece = Vec::new();
        for number in (0..pieces_of(entry.size)).rev() {
            bundle.read_chunk(entry, number, &mut piece).unwrap();
            let start = usize::try_from(number << 20).unwrap();
            assert!(content.bytes[start..start + piece.len()] == piece[..], "{}", content.path);
        }
        assert!(bundle.read_chunk(entry, pieces_of(entry.size), &mut piece).is_err());
    }
    assert_eq!(full_pass(&bundle).damage, []);
}

#[test]
fn the_order_in_which_entries_are_planned_does_not_matter() {
    let mut contents = every_shape();
    let first = bundle(&contents);
    contents.reverse();
    assert!(first == bundle(&contents));
}

#[test]
fn a_bundle_without_entries_is_a_bundle() {
    let bundle = open(bundle(&[]));
    assert_eq!(full_pass(&bundle).damage, []);
    assert_eq!(bundle.table().entries.len(), 2);
}

/// A MiB of noise over and over: long entries that take no memory.
struct Noise {
    mib: Vec<u8>,
    at: usize,
}

impl Read for Noise {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let rest = &self.mib[self.at..];
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        self.at = (self.at + count) % self.mib.len();
        Ok(count)
    }
}

/// Writes a bundle with one raw entry of so many bytes.
fn long(length: u64) -> std::fs::File {
    let content = || Noise { mib: noise(1 << 20), at: 0 }.take(length);
    let planned = PlannedEntry {
        path: "files/long".parse().unwrap(),
        kind: EntryKind::File,
        size: length,
        digest: Digest::of_reader(content()).unwrap(),
        media_type: None,
        encoding: Encoding::Raw,
    };
    let layout = Layout::new(identity(), vec![planned]).unwrap();
    let file = tempfile::tempfile().unwrap();
    let mut writer = RawWriter::new(layout.raw_entries().next().unwrap().1, modified());
    let (mut content, mut buffer) = (content(), vec![0; 1 << 20]);
    while !writer.is_done() {
        let count = content.read(&mut buffer).unwrap();
        let taken = writer.fill(&buffer[..count]).unwrap();
        assert_eq!(taken, count);
        writer.flush(&file).unwrap();
    }
    let proofs = [Proof::default(), Proof::default(), writer.finish().unwrap()];
    finish(layout, &proofs, &file).unwrap();
    file
}

#[test]
fn entries_as_long_as_a_frame_and_longer_are_read_back() {
    for (length, pieces) in [
        ((1 << 30) - 100, [0, 511, 1023]),
        (1 << 30, [0, 511, 1023]),
        ((1 << 30) + 200_000, [0, 1023, 1024]),
    ] {
        let file = Arc::new(long(length));
        let bundle = UntrustedBundle::open(file).unwrap().blindly_believe_unsigned().unwrap();
        let entry = bundle.entry("files/long").unwrap();
        let (mib, mut piece) = (noise(1 << 20), Vec::new());
        for number in pieces {
            bundle.read_chunk(entry, number, &mut piece).unwrap();
            let left = usize::try_from(length - (number << 20)).unwrap();
            assert!(piece == mib[..mib.len().min(left)], "piece {number} of {length} bytes");
        }
        assert!(bundle.read_chunk(entry, pieces[2] + 1, &mut piece).is_err());
        assert_eq!(full_pass(&bundle).damage, [], "{length} bytes");
    }
}
