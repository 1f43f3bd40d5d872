//! Every form, whole, cut and without end.

use std::io::Write as _;

use super::*;

fn forms(plain: &[u8]) -> Vec<Vec<u8>> {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(plain).unwrap();
    let mut xz =
        lzma_rust2::XzWriter::new(Vec::new(), lzma_rust2::XzOptions::with_preset(1)).unwrap();
    xz.write_all(plain).unwrap();
    let zstd = zstd::encode_all(plain, 3).unwrap();
    vec![plain.to_vec(), gzip.finish().unwrap(), xz.finish().unwrap(), zstd]
}

#[test]
fn unpacks_every_form_within_the_limit_and_none_beyond_it() {
    for plain in [&b""[..], b"Package: a\n", &vec![b'x'; 300_000]] {
        for form in forms(plain) {
            let mut read = Vec::new();
            unpack(&form[..], plain.len() as u64).unwrap().read_to_end(&mut read).unwrap();
            assert_eq!(read, plain);
            if let Some(less) = (plain.len() as u64).checked_sub(1) {
                let mut unpacked = unpack(&form[..], less).unwrap();
                assert!(unpacked.read_to_end(&mut Vec::new()).is_err());
            }
        }
    }
}

#[test]
fn says_that_a_cut_or_foreign_file_is_unreadable() {
    for form in &forms(b"Package: a\n")[1..] {
        let cut = &form[..form.len() - 5];
        let result = unpack(cut, 100).and_then(|mut r| r.read_to_end(&mut Vec::new()));
        assert!(result.is_err(), "{cut:?}");
    }
    let bzip2 = unpack(&b"BZh9"[..], 100).err().unwrap();
    assert_eq!(bzip2.kind(), io::ErrorKind::Unsupported);
}
