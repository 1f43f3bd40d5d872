//! Decompresses metadata by magic, checking size and checksum of the compressed bytes on the way.

use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::panic::resume_unwind;

use sre_compression::{limited, unpack};

use super::zchunk::{self, ZchunkReader};
use super::{MetadataError, Record, ahead};
use crate::checksum::{Checksum, Hashing};
use crate::limits::MAX_OPEN_SIZE;

/// Reads a file of the repository: checks it against the index, decompresses it, and hands it to `parse`.
///
/// What `parse` gives is given out only if the compressed bytes were exactly those of the index.
///
/// A thread decompresses while `parse` reads: each takes about as long as the other.
pub fn decode<T>(
    record: &Record,
    reader: impl Read + Send,
    parse: impl FnOnce(&mut dyn BufRead) -> Result<T, MetadataError>,
) -> Result<T, MetadataError> {
    // One byte more than announced is enough to see that there is more.
    let bounded = reader.take(record.size.saturating_add(1));
    let hashing = Hashing::new(bounded, &record.checksum);
    let (sender, mut receiver) = ahead::channel();
    let (parsed, unpacked) = std::thread::scope(|scope| {
        let unpacking = scope.spawn(move || unpack_into(&sender, hashing, record.open_size));
        let parsed = parse(&mut receiver);
        // Whoever reads no further lets the rest be hashed alone.
        drop(receiver);
        (parsed, unpacking.join().unwrap_or_else(|panic| resume_unwind(panic)))
    });
    let (refused, found_size, found) = unpacked?;
    if (found_size, found) != (record.size, record.checksum) {
        return Err(MetadataError::Mismatch {
            location: record.location.clone(),
            expected_size: record.size,
            expected: record.checksum,
            found_size,
            found,
        });
    }
    match refused {
        Some(refused) => Err(refused),
        None => parsed,
    }
}

/// Decompresses until nobody listens any more, and hashes all that there is; gives what is wrong with the
/// beginning, the size, and the checksum.
fn unpack_into(
    sender: &ahead::Sender,
    mut hashing: Hashing<impl Read>,
    open_size: Option<u64>,
) -> Result<(Option<MetadataError>, u64, Checksum), MetadataError> {
    let refused = match open(&mut hashing, open_size) {
        Ok(mut unpacked) => {
            sender.send_all(&mut unpacked);
            None
        }
        Err(error) => Some(error),
    };
    let (size, checksum) = hashing.finish().map_err(MetadataError::Read)?;
    Ok((refused, size, checksum))
}

/// Decompresses by magic, up to a limit.
fn open<'a>(
    mut reader: impl Read + 'a,
    open_size: Option<u64>,
) -> Result<Box<dyn BufRead + 'a>, MetadataError> {
    let limit = open_size.unwrap_or(MAX_OPEN_SIZE).min(MAX_OPEN_SIZE);
    let mut magic = Vec::new();
    reader
        .by_ref()
        .take(zchunk::MAGIC.len() as u64)
        .read_to_end(&mut magic)
        .map_err(MetadataError::Read)?;
    let is_zchunk = magic == zchunk::MAGIC;
    let whole = Cursor::new(magic).chain(reader);
    if is_zchunk {
        return Ok(Box::new(limited(ZchunkReader::open(BufReader::new(whole))?, limit)));
    }
    unpack(whole, limit).map_err(|error| match error.kind() {
        io::ErrorKind::Unsupported => MetadataError::Compression { kind: "bzip2" },
        _ => MetadataError::Read(error),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    fn record(bytes: &[u8]) -> Record {
        Record {
            kind: "primary".to_owned(),
            location: "repodata/primary.xml".to_owned(),
            checksum: Checksum::sha256_of(bytes),
            size: bytes.len() as u64,
            open_checksum: None,
            open_size: None,
            timestamp: 0,
        }
    }

    fn text(record: &Record, bytes: &[u8]) -> Result<String, MetadataError> {
        decode(record, bytes, |reader| {
            let mut text = String::new();
            reader.read_to_string(&mut text).map_err(MetadataError::Read)?;
            Ok(text)
        })
    }

    fn gzip(plain: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(plain).unwrap();
        encoder.finish().unwrap()
    }

    /// `xz --check=crc32` of `hello`, by the stock tool.
    const XZ: &[u8] = &[
        0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00, 0x00, 0x01, 0x69, 0x22, 0xde, 0x36, 0x02, 0x00, 0x21,
        0x01, 0x16, 0x00, 0x00, 0x00, 0x74, 0x2f, 0xe5, 0xa3, 0x01, 0x00, 0x04, 0x68, 0x65, 0x6c,
        0x6c, 0x6f, 0x00, 0x00, 0x00, 0x00, 0x86, 0xa6, 0x10, 0x36, 0x00, 0x01, 0x19, 0x05, 0xbc,
        0xe8, 0xec, 0xcb, 0x90, 0x42, 0x99, 0x0d, 0x01, 0x00, 0x00, 0x00, 0x00, 0x01, 0x59, 0x5a,
    ];

    #[test]
    fn reads_each_compression_by_its_magic() {
        let zstd = zstd::encode_all(&b"hello"[..], 3).unwrap();
        for bytes in [b"hello".to_vec(), gzip(b"hello"), zstd, XZ.to_vec()] {
            assert_eq!(text(&record(&bytes), &bytes).unwrap(), "hello");
        }
        let bzip2 = b"BZh91AY&SY".to_vec();
        assert!(matches!(
            text(&record(&bzip2), &bzip2),
            Err(MetadataError::Compression { kind: "bzip2" })
        ));
    }

    #[test]
    fn refuses_flipped_missing_and_additional_bytes() {
        let good = gzip(b"hello hello hello");
        let record = record(&good);
        let mut flipped = good.clone();
        flipped[4] ^= 1;
        let longer = [good.clone(), vec![0]].concat();
        for bytes in [&flipped, &good[..good.len() - 1].to_vec(), &longer, &Vec::new()] {
            assert!(
                matches!(text(&record, bytes), Err(MetadataError::Mismatch { .. })),
                "{bytes:?}"
            );
        }
    }

    #[test]
    fn a_bomb_ends_at_the_announced_size() {
        let bomb = gzip(&vec![0; 10 << 20]);
        let record = Record { open_size: Some(1 << 20), ..record(&bomb) };
        assert!(matches!(text(&record, &bomb), Err(MetadataError::Read(_))));
    }
}
