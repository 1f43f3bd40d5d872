//! Bundles by a stranger who knows the format as well as we do and has no key.

use serde_json::Value;
use sre_format::bundle::HEADER_FRAME;
use xxhash_rust::xxh64::xxh64;

/// Bytes of a raw frame before its first content byte, and of a block.
const FRAME_LEAD: usize = 14;
const BLOCK: usize = 128 * 1024;

/// A bundle whose parts are altered and framed again, so that nothing but their meaning is wrong.
pub(crate) struct Forgery {
    pub(crate) bytes: Vec<u8>,
}

impl Forgery {
    pub(crate) fn of(bytes: Vec<u8>) -> Self {
        Self { bytes }
    }

    /// Alters the text of `sre.json`; what it grows must fit its padding.
    pub(crate) fn with_text(mut self, alter: impl FnOnce(String) -> String) -> Self {
        let size = self.table_size();
        let old = self.content(header_frame(), size);
        let text = String::from_utf8(old).unwrap();
        let mut new = alter(text.trim_end().to_owned()).into_bytes();
        assert!(new.len() <= size, "{} bytes do not fit {size}", new.len());
        new.resize(size, b'\n');
        self.put(header_frame(), &new);
        self
    }

    /// Alters `sre.json` as a value.
    pub(crate) fn with_table(self, alter: impl FnOnce(&mut Value)) -> Self {
        self.with_text(|text| {
            let mut table = serde_json::from_str(&text).unwrap();
            alter(&mut table);
            table.to_string()
        })
    }

    /// Alters the tar header that stands at an offset, and makes its checksum right again.
    pub(crate) fn with_tar_header(mut self, offset: usize, alter: impl FnOnce(&mut [u8])) -> Self {
        let mut header = self.content(offset, 512);
        alter(&mut header);
        header[148..156].fill(b' ');
        let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
        header[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
        self.put(offset, &header);
        self
    }

    /// Puts content of one frame in place of what stands at an offset.
    pub(crate) fn put(&mut self, offset: usize, content: &[u8]) {
        let frame = frame(content);
        self.bytes[offset..offset + frame.len()].copy_from_slice(&frame);
    }

    pub(crate) fn table(&self) -> Value {
        serde_json::from_slice(&self.content(header_frame(), self.table_size())).unwrap()
    }

    fn table_size(&self) -> usize {
        let header = self.content(0, 512);
        usize::from_str_radix(std::str::from_utf8(&header[124..135]).unwrap(), 8).unwrap()
    }

    /// Gives the content of the raw frame at an offset.
    fn content(&self, offset: usize, length: usize) -> Vec<u8> {
        let stored = &self.bytes[offset + FRAME_LEAD..];
        let blocks = stored.chunks(BLOCK + 3).flat_map(|block| &block[3..]);
        blocks.take(length).copied().collect()
    }
}

pub(crate) fn header_frame() -> usize {
    usize::try_from(HEADER_FRAME).unwrap()
}

/// Frames content as the specification says; written anew, so that it also checks the writer.
pub(crate) fn frame(content: &[u8]) -> Vec<u8> {
    let mut frame = vec![0x28, 0xB5, 0x2F, 0xFD, 0xC4, 0x38];
    frame.extend_from_slice(&(content.len() as u64).to_le_bytes());
    let count = content.chunks(BLOCK).len();
    for (number, block) in content.chunks(BLOCK).enumerate() {
        let header = u32::try_from(block.len()).unwrap() << 3 | u32::from(number + 1 == count);
        frame.extend_from_slice(&header.to_le_bytes()[..3]);
        frame.extend_from_slice(block);
    }
    frame.extend_from_slice(&xxh64(content, 0).to_le_bytes()[..4]);
    frame
}
