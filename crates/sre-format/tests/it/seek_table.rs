//! The seek table says where each frame is, as a stranger's reader finds out.

use zstd::zstd_safe;

use crate::fixture::{bundle, every_shape};

/// Bytes of the seek table around its rows: magic and length before, count, descriptor and magic
/// behind.
const BEFORE: usize = 8;
const BEHIND: usize = 9;

fn number(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(*bytes[at..].first_chunk().unwrap())
}

#[test]
fn every_row_is_a_frame_and_every_frame_a_row() {
    let bytes = bundle(&every_shape());
    let footer = bytes.len() - BEHIND;
    assert_eq!(number(&bytes, footer + 5), 0x8F92_EAB1);
    let count = usize::try_from(number(&bytes, footer)).unwrap();
    let table = footer - count * 8 - BEFORE;
    assert_eq!(number(&bytes, table), 0x184D_2A5E);
    assert_eq!(usize::try_from(number(&bytes, table + 4)).unwrap(), count * 8 + BEHIND);

    let mut rows = (0..count)
        .map(|row| table + BEFORE + row * 8)
        .map(|at| (number(&bytes, at), number(&bytes, at + 4)))
        .filter(|row| *row != (0, 0));
    let mut at = 0;
    while at < table {
        let stored = zstd_safe::find_frame_compressed_size(&bytes[at..]).unwrap();
        let content = zstd_safe::get_frame_content_size(&bytes[at..]).unwrap().unwrap();
        let row = (u32::try_from(stored).unwrap(), u32::try_from(content).unwrap());
        assert_eq!(rows.next(), Some(row), "at {at}");
        at += stored;
    }
    assert_eq!((at, rows.next()), (table, None));
}
