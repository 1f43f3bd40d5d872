//! Compressed frames that are not what the table says: bombs, and what hides beside a frame.

use std::os::unix::fs::FileExt;
use std::sync::Arc;

use sre_format::Digest;
use sre_format::bundle::{
    Encoding, EntryKind, HEADER_FRAME, LateWriter, Layout, PlannedEntry, Proof, UntrustedBundle,
    finish,
};

use crate::fixture::{full_pass, identity, modified, read};

const CONTENT: &[u8] = &[7; 1 << 20];

/// Writes a bundle whose one entry should hold `CONTENT` and is stored as these bytes.
fn bundle(stored: &[u8]) -> Vec<u8> {
    let entry = PlannedEntry {
        path: "files/a".parse().unwrap(),
        kind: EntryKind::File,
        size: CONTENT.len() as u64,
        digest: Digest::of(CONTENT),
        media_type: None,
        encoding: Encoding::Zstd,
    };
    let mut layout = Layout::new(identity(), vec![entry]).unwrap();
    let offset = layout.late_start();
    let file = tempfile::tempfile().unwrap();
    let (_, entry) = layout.late_entries().next().unwrap();
    let mut writer = LateWriter::new(&file, offset, modified()).unwrap();
    writer.begin(entry);
    writer.finish().unwrap();
    file.write_all_at(stored, offset + HEADER_FRAME).unwrap();
    layout.place_late(2, offset, stored.len() as u64);
    let length = u32::try_from(stored.len()).unwrap();
    let frames = vec![(length, Digest::of(stored))];
    let proof = Proof { stored_frames: frames, ..Proof::default() };
    finish(layout, &[Proof::default(), Proof::default(), proof], &file).unwrap();
    read(&file)
}

/// Reads the entry as every reader does.
fn holds(stored: &[u8]) -> bool {
    let Ok(bundle) = UntrustedBundle::open(Arc::new(bundle(stored))) else { return false };
    let Ok(bundle) = bundle.blindly_believe_unsigned() else { return false };
    let entry = bundle.entry("files/a").unwrap();
    let found = bundle.read_whole(entry);
    assert_eq!(found.is_ok(), full_pass(&bundle).damage.is_empty());
    found.is_ok_and(|bytes| bytes == CONTENT)
}

fn compressed(content: &[u8]) -> Vec<u8> {
    zstd::bulk::compress(content, 3).unwrap()
}

/// A skippable frame.
fn skippable(content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len()).unwrap();
    [&0x184D_2A50_u32.to_le_bytes()[..], &length.to_le_bytes(), content].concat()
}

#[test]
fn the_right_frame_is_read() {
    assert!(holds(&compressed(CONTENT)));
}

#[test]
fn frames_that_hold_more_or_less_than_the_table_says_are_refused() {
    // A gigabyte of zeros takes about 32 KiB.
    let bomb = {
        let mut encoder = zstd::Encoder::new(Vec::new(), 3).unwrap();
        std::io::copy(&mut std::io::Read::take(std::io::repeat(0), 1 << 30), &mut encoder).unwrap();
        encoder.finish().unwrap()
    };
    assert!(bomb.len() < 1 << 20);
    for stored in [bomb, compressed(&[7; (1 << 20) + 512]), compressed(&[7; 1000]), compressed(b"")]
    {
        assert!(!holds(&stored));
    }
}

#[test]
fn nothing_stands_beside_the_one_frame_of_a_mib() {
    let (first, second) = CONTENT.split_at(1000);
    let whole = compressed(CONTENT);
    for (name, stored) in [
        ("two frames", [compressed(first), compressed(second)].concat()),
        ("an empty frame behind", [whole.clone(), compressed(b"")].concat()),
        ("hidden bytes before", [skippable(b"hidden"), whole.clone()].concat()),
        ("hidden bytes behind", [whole.clone(), skippable(b"hidden")].concat()),
        ("rubbish behind", [&whole[..], b"rubbish"].concat()),
        ("cut short", whole[..whole.len() - 1].to_vec()),
        ("nothing", Vec::new()),
        ("no frame", vec![0; 100]),
    ] {
        assert!(!holds(&stored), "{name}");
    }
}

#[test]
fn a_frame_that_does_not_name_its_content_is_refused() {
    let mut encoder = zstd::Encoder::new(Vec::new(), 3).unwrap();
    encoder.include_contentsize(false).unwrap();
    std::io::Write::write_all(&mut encoder, CONTENT).unwrap();
    assert!(!holds(&encoder.finish().unwrap()));
}
