//! Unpacking by what the first bytes say, within limits.

use std::io::{self, BufRead, BufReader, Read};

use flate2::bufread::MultiGzDecoder;
use lzma_rust2::XzReader;

use crate::limits::{MAX_XZ_MEMORY, MAX_ZSTD_WINDOW};

/// Unpacks gzip, xz, zstd or nothing, and gives an error behind `limit` bytes.
pub(crate) fn unpack<'a>(
    mut packed: impl BufRead + 'a,
    limit: u64,
) -> io::Result<Box<dyn BufRead + 'a>> {
    let start = packed.fill_buf()?;
    let unpacked: Box<dyn Read + 'a> = match start {
        [0x1f, 0x8b, ..] => Box::new(MultiGzDecoder::new(packed)),
        [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => {
            Box::new(XzReader::new_mem_limit(packed, true, MAX_XZ_MEMORY))
        }
        [0x28, 0xb5, 0x2f, 0xfd, ..] => {
            let mut decoder = zstd::Decoder::with_buffer(packed)?;
            decoder.window_log_max(MAX_ZSTD_WINDOW)?;
            Box::new(decoder)
        }
        [b'B', b'Z', b'h', ..] => return Err(io::Error::other("bzip2 is not read")),
        _ => Box::new(packed),
    };
    Ok(Box::new(BufReader::with_capacity(BUFFER, Limited { inner: unpacked, left: limit })))
}

/// Bytes that are unpacked at once.
const BUFFER: usize = 128 << 10;

/// A reader that fails where more comes than was allowed; `take` would end there in silence.
struct Limited<R> {
    inner: R,
    left: u64,
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.left = self
            .left
            .checked_sub(read as u64)
            .ok_or_else(|| io::Error::other("it unpacks to more than is allowed"))?;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
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
        assert!(unpack(&b"BZh9"[..], 100).is_err());
    }
}
