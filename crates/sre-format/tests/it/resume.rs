//! A raw entry goes on where a former run stopped, and believes only what it finds again.

use std::os::unix::fs::FileExt;

use sre_format::bundle::{Encoding, RawWriter};

use crate::fixture::{Content, file, layout, modified, noise};

fn content() -> Content {
    file("files/a", Encoding::Raw, noise((3 << 20) + 1234))
}

/// Writes `pieces` pieces and gives their journal.
fn begin(target: &std::fs::File, pieces: usize) -> Vec<[u8; 32]> {
    let content = content();
    let layout = layout(std::slice::from_ref(&content));
    let (_, entry) = layout.raw_entries().next().unwrap();
    let mut writer = RawWriter::new(entry, modified());
    let mut rest = &content.bytes[..];
    let mut journal = Vec::new();
    while journal.len() < pieces {
        let taken = writer.fill(rest).unwrap();
        rest = &rest[taken..];
        journal.push(writer.flush(target).unwrap().chain);
    }
    journal
}

fn resumed(target: &std::fs::File, journal: &[[u8; 32]]) -> u64 {
    let content = content();
    let layout = layout(std::slice::from_ref(&content));
    let (_, entry) = layout.raw_entries().next().unwrap();
    let mut writer = RawWriter::resume(entry, modified(), Vec::new(), target, journal);
    let from = writer.flushed();
    let mut rest = &content.bytes[usize::try_from(from).unwrap()..];
    while !writer.is_done() {
        let taken = writer.fill(rest).unwrap();
        rest = &rest[taken..];
        writer.flush(target).unwrap();
    }
    writer.finish().unwrap();
    from
}

#[test]
fn goes_on_after_the_pieces_that_hold() {
    for pieces in 0..=4 {
        let target = tempfile::tempfile().unwrap();
        let journal = begin(&target, pieces);
        let size = content().bytes.len() as u64;
        assert_eq!(resumed(&target, &journal), ((pieces as u64) << 20).min(size), "{pieces}");
    }
}

#[test]
fn stops_believing_at_the_first_piece_that_does_not_hold() {
    let target = tempfile::tempfile().unwrap();
    let journal = begin(&target, 3);
    target.write_all_at(&[0; 4096], 80_000 + (1 << 20)).unwrap();
    assert!(resumed(&target, &journal) <= 1 << 20);
    let mut wrong = begin(&target, 3);
    wrong[0][0] ^= 1;
    assert_eq!(resumed(&target, &wrong), 0);
}

#[test]
fn refuses_content_that_the_lock_does_not_name() {
    let target = tempfile::tempfile().unwrap();
    let content = content();
    let layout = layout(std::slice::from_ref(&content));
    let (_, entry) = layout.raw_entries().next().unwrap();
    let mut writer = RawWriter::new(entry, modified());
    let mut other = content.bytes.clone();
    other[77] ^= 1;
    let mut rest = &other[..];
    while !writer.is_done() {
        let taken = writer.fill(rest).unwrap();
        rest = &rest[taken..];
        writer.flush(&target).unwrap();
    }
    assert!(writer.finish().unwrap_err().to_string().contains("the lock names"));
    let mut writer = RawWriter::new(entry, modified());
    assert!(writer.fill(&vec![0; 5 << 20]).is_err());
}
