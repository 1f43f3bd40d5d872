//! Reads zchunk files (`zchunk/zchunk:zchunk_format.txt`): a header with an index, then chunks, each
//! compressed alone with zstd and a common dictionary.
//!
//! Checksums inside are not checked: the whole file is covered by the index of the repository.

use std::io::{self, BufRead, Read};

use super::MetadataError;

pub(super) const MAGIC: &[u8; 5] = b"\0ZCK1";
/// The largest header, in bytes: a chunk takes about 40, and repositories have one for each package.
const MAX_HEADER: u64 = 256 << 20;
/// The largest chunk or dictionary, compressed or not, in bytes; it is held in memory.
const MAX_CHUNK: u64 = 256 << 20;
/// Flags that are understood: none. Streams, optional elements and uncompressed sources are not used by
/// repositories, and a reader must refuse what it does not understand.
const KNOWN_FLAGS: u64 = 0;
const COMPRESSION_NONE: u64 = 0;
const COMPRESSION_ZSTD: u64 = 2;

/// The decompressed content of a zchunk file.
pub(crate) struct ZchunkReader<R> {
    body: R,
    compression: u64,
    dictionary: Vec<u8>,
    chunks: std::vec::IntoIter<Chunk>,
    open: io::Cursor<Vec<u8>>,
}

#[derive(Clone, Copy)]
struct Chunk {
    size: u64,
    open_size: u64,
}

impl<R: BufRead> ZchunkReader<R> {
    /// Reads the header and the dictionary.
    pub(crate) fn open(mut body: R) -> Result<Self, MetadataError> {
        let header = read_header(&mut body)?;
        let (compression, chunks) = parse_header(&header)?;
        let mut chunks = chunks.into_iter();
        let mut reader = Self {
            body,
            compression,
            dictionary: Vec::new(),
            chunks: Vec::new().into_iter(),
            open: io::Cursor::default(),
        };
        if let Some(dictionary) = chunks.next() {
            reader.dictionary = reader.chunk(dictionary).map_err(MetadataError::Read)?;
        }
        reader.chunks = chunks;
        Ok(reader)
    }

    fn chunk(&mut self, chunk: Chunk) -> io::Result<Vec<u8>> {
        let wrong = |reason: &'static str| io::Error::new(io::ErrorKind::InvalidData, reason);
        let mut compressed = Vec::new();
        self.body.by_ref().take(chunk.size).read_to_end(&mut compressed)?;
        if compressed.len() as u64 != chunk.size {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if self.compression == COMPRESSION_NONE || compressed.is_empty() {
            return Ok(compressed);
        }
        let open_size =
            usize::try_from(chunk.open_size).map_err(|_| wrong("a chunk is too large"))?;
        let mut decoder = zstd::bulk::Decompressor::with_dictionary(&self.dictionary)?;
        let open = decoder.decompress(&compressed, open_size)?;
        if open.len() != open_size {
            return Err(wrong("a chunk has another size than the index says"));
        }
        Ok(open)
    }
}

impl<R: BufRead> Read for ZchunkReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let read = self.open.read(buffer)?;
            if read > 0 || buffer.is_empty() {
                return Ok(read);
            }
            let Some(chunk) = self.chunks.next() else { return Ok(0) };
            self.open = io::Cursor::new(self.chunk(chunk)?);
        }
    }
}

/// Reads lead and header; gives what follows the lead, beginning with the data checksum.
fn read_header(body: &mut impl BufRead) -> Result<Header, MetadataError> {
    let mut magic = [0; MAGIC.len()];
    body.read_exact(&mut magic).map_err(MetadataError::Read)?;
    if &magic != MAGIC {
        return Err(damaged("it does not begin as one"));
    }
    let checksum_kind = read_number(body)?;
    let size = read_number(body)?;
    if size > MAX_HEADER {
        return Err(damaged("its header is too large"));
    }
    let checksum_size = match checksum_kind {
        0 => 20,
        1 => 32,
        _ => return Err(damaged("its checksum is of an unknown kind")),
    };
    let mut checksum = [0; 32];
    body.read_exact(&mut checksum[..checksum_size]).map_err(MetadataError::Read)?;
    let mut bytes = Vec::new();
    body.by_ref().take(size).read_to_end(&mut bytes).map_err(MetadataError::Read)?;
    if bytes.len() as u64 != size {
        return Err(damaged("it ends inside its header"));
    }
    Ok(Header { bytes, checksum_size })
}

struct Header {
    bytes: Vec<u8>,
    checksum_size: usize,
}

/// Gives the compression and the chunks, the dictionary first.
fn parse_header(header: &Header) -> Result<(u64, Vec<Chunk>), MetadataError> {
    let rest =
        &mut header.bytes.get(header.checksum_size..).ok_or(damaged("its header is short"))?;
    if read_number(rest)? & !KNOWN_FLAGS != 0 {
        return Err(damaged("it uses features that are not understood"));
    }
    let compression = read_number(rest)?;
    if ![COMPRESSION_NONE, COMPRESSION_ZSTD].contains(&compression) {
        return Err(damaged("its compression is unknown"));
    }
    let _index_size = read_number(rest)?;
    let checksum_size = match read_number(rest)? {
        0 => 20,
        1 => 32,
        2 => 64,
        3 => 16,
        _ => return Err(damaged("its chunks have checksums of an unknown kind")),
    };
    let count = read_number(rest)?;
    let mut chunks = Vec::new();
    for _ in 0..count {
        *rest = rest.get(checksum_size..).ok_or(damaged("it ends inside its index"))?;
        let chunk = Chunk { size: read_number(rest)?, open_size: read_number(rest)? };
        if chunk.size > MAX_CHUNK || chunk.open_size > MAX_CHUNK {
            return Err(damaged("a chunk is too large"));
        }
        chunks.push(chunk);
    }
    Ok((compression, chunks))
}

/// Reads an integer of seven bits a byte, the least first, the last byte marked by its top bit.
fn read_number(reader: &mut impl Read) -> Result<u64, MetadataError> {
    let mut number = 0_u64;
    for shift in (0..63).step_by(7) {
        let mut byte = [0];
        reader.read_exact(&mut byte).map_err(MetadataError::Read)?;
        number |= u64::from(byte[0] & 0x7f) << shift;
        if byte[0] & 0x80 != 0 {
            return Ok(number);
        }
    }
    Err(damaged("a number in it is too large"))
}

fn damaged(reason: &'static str) -> MetadataError {
    MetadataError::Zchunk { reason }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(value: u8) -> u8 {
        value | 0x80
    }

    /// A file as `zck` would write it: no dictionary, each chunk compressed alone.
    fn file(chunks: &[&[u8]]) -> Vec<u8> {
        let compressed: Vec<_> =
            chunks.iter().map(|chunk| zstd::bulk::compress(chunk, 3).unwrap()).collect();
        let mut index = vec![number(1), number(u8::try_from(chunks.len() + 1).unwrap())];
        index.extend([[0; 32].as_slice(), &[number(0), number(0)]].concat());
        for (chunk, open) in compressed.iter().zip(chunks) {
            index.extend([1; 32]);
            index.push(number(u8::try_from(chunk.len()).unwrap()));
            index.push(number(u8::try_from(open.len()).unwrap()));
        }
        let mut header = vec![2; 32];
        header.extend([number(0), number(2), number(u8::try_from(index.len() & 0x7f).unwrap())]);
        header.extend(index);
        header.push(number(0));
        let mut size = header.len();
        let mut bytes = [MAGIC.as_slice(), &[number(1)]].concat();
        while size > 0x7f {
            bytes.push(u8::try_from(size & 0x7f).unwrap());
            size >>= 7;
        }
        bytes.push(number(u8::try_from(size).unwrap()));
        bytes.extend([3; 32]);
        bytes.extend(header);
        bytes.extend(compressed.concat());
        bytes
    }

    fn read(bytes: &[u8]) -> Result<Vec<u8>, MetadataError> {
        let mut open = Vec::new();
        ZchunkReader::open(bytes)?.read_to_end(&mut open).map_err(MetadataError::Read)?;
        Ok(open)
    }

    #[test]
    fn joins_the_chunks() {
        assert_eq!(read(&file(&[b"one ", b"two ", b"three"])).unwrap(), b"one two three");
        assert_eq!(read(&file(&[])).unwrap(), b"");
    }

    #[test]
    fn refuses_every_cut_and_survives_every_flip() {
        let good = file(&[b"one ", b"two "]);
        for end in 0..good.len() {
            assert!(read(&good[..end]).is_err(), "cut at {end}");
        }
        for at in 0..good.len() {
            let mut bytes = good.clone();
            bytes[at] ^= 0xff;
            // Most flips are refused; those in checksums are found by the checksum of the whole.
            read(&bytes).ok();
        }
    }
}
