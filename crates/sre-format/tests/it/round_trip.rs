//! What goes in comes out, from every place, and always as the same bytes.

use sre_format::bundle::{Encoding, pieces_of};

use crate::fixture::{bundle, every_shape, file, full_pass, noise, open};

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

#[test]
fn entries_longer_than_a_frame_are_cut_and_read_back() {
    let length = (1 << 30) + 200_000;
    let contents = [file("files/large", Encoding::Raw, noise(length))];
    let bundle = open(bundle(&contents));
    let entry = bundle.entry("files/large").unwrap();
    let mut piece = Vec::new();
    for number in [0, 1023, 1024] {
        bundle.read_chunk(entry, number, &mut piece).unwrap();
        let start = usize::try_from(number << 20).unwrap();
        assert!(contents[0].bytes[start..start + piece.len()] == piece[..]);
    }
    assert_eq!(full_pass(&bundle).damage, []);
}
