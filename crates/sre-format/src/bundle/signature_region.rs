//! The signature region: 64 KiB after `SHA256SUMS` that signing rewrites in place.
//!
//! It holds tar members under `signatures/`, each as a header frame and a content frame, and a
//! skippable frame of zeros that fills it to its fixed size. Stock tools see ordinary members.

use super::layout::HEADER_FRAME;
use super::limits::{MAX_SIGNATURE_BYTES, SIGNATURE_REGION, SIGNATURE_ROWS};
use super::path::BundlePath;
use super::seek_table::{self, FILLER_MAGIC, FrameSizes};
use super::table::SIGNATURES_FOLDER;
use super::{raw_frame, tar_header};
use crate::signature::SignatureFile;

/// Says why a signature region cannot be written or read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RegionError {
    /// The region is not what this format writes.
    #[error("the signature region is damaged {offset} bytes after its start")]
    Damaged {
        /// Bytes from the start of the region.
        offset: u64,
    },
    /// The files do not fit.
    #[error("{files} signature files do not fit into the signature region of 64 KiB")]
    Full {
        /// Number of files.
        files: usize,
    },
}

/// Bytes of the smallest skippable frame.
const SMALLEST_FILLER: u64 = 8;

/// Builds the region and its rows of the seek table.
pub(super) fn build(
    files: &[SignatureFile],
    modified: u64,
) -> Result<(Vec<u8>, Vec<FrameSizes>), RegionError> {
    let full = || RegionError::Full { files: files.len() };
    let mut region = Vec::new();
    let mut rows = Vec::new();
    for file in files {
        let path: BundlePath =
            format!("{SIGNATURES_FOLDER}{}", file.name).parse().map_err(|_| full())?;
        if file.bytes.is_empty() || file.bytes.len() as u64 > MAX_SIGNATURE_BYTES {
            return Err(full());
        }
        let mut content = file.bytes.clone();
        content.resize(content.len().next_multiple_of(512), 0);
        let header = tar_header::header(&path, file.bytes.len() as u64, modified);
        for bytes in [&header[..], &content] {
            let frame = raw_frame::whole(bytes);
            rows.push(sizes(frame.len(), bytes.len()));
            region.extend_from_slice(&frame);
        }
    }
    let left =
        SIGNATURE_REGION.checked_sub(region.len() as u64).filter(|left| *left >= SMALLEST_FILLER);
    let filler =
        seek_table::filler(left.and_then(|left| u32::try_from(left).ok()).ok_or_else(full)?);
    rows.push(sizes(filler.len(), 0));
    region.extend_from_slice(&filler);
    if rows.len() as u64 > SIGNATURE_ROWS {
        return Err(full());
    }
    rows.resize(usize::try_from(SIGNATURE_ROWS).unwrap_or(usize::MAX), sizes(0, 0));
    Ok((region, rows))
}

#[expect(clippy::cast_possible_truncation, reason = "both are parts of a region of 64 KiB")]
const fn sizes(stored: usize, content: usize) -> FrameSizes {
    FrameSizes { stored: stored as u32, content: content as u32 }
}

/// Reads the region back; anything but what `build` writes is damage.
///
/// Gives the files and the time stamp that all of them carry (0 where there is none).
pub(super) fn read(region: &[u8]) -> Result<(Vec<SignatureFile>, u64), RegionError> {
    let mut files = Vec::new();
    let mut modified = 0;
    let mut at = 0;
    while !region[at..].starts_with(&FILLER_MAGIC.to_le_bytes()) {
        let damaged = || RegionError::Damaged { offset: at as u64 };
        let (file, time, next) = read_file(region, at).ok_or_else(damaged)?;
        files.push(file);
        modified = time;
        at = next;
    }
    let rebuilt = build(&files, modified).map_err(|_| RegionError::Damaged { offset: 0 })?.0;
    match rebuilt.iter().zip(region).position(|(ours, theirs)| ours != theirs) {
        Some(offset) => Err(RegionError::Damaged { offset: offset as u64 }),
        None if rebuilt.len() != region.len() => Err(RegionError::Damaged { offset: 0 }),
        None => Ok((files, modified)),
    }
}

/// Reads one header and content frame; the comparison in `read` checks what this skips.
fn read_file(region: &[u8], at: usize) -> Option<(SignatureFile, u64, usize)> {
    let content_start = usize::try_from(raw_frame::position_in_chain(0)).ok()?;
    let header_end = at + usize::try_from(HEADER_FRAME).ok()?;
    let header = region.get(at + content_start..at + content_start + 512)?;
    let (path, size, modified) = tar_header::read_any(header.try_into().ok()?)?;
    if size == 0 || size > MAX_SIGNATURE_BYTES {
        return None;
    }
    let stored = raw_frame::stored_size(size + tar_header::padding(size));
    let end = header_end + usize::try_from(stored).ok()?;
    let start = header_end + content_start;
    let bytes = region.get(..end)?.get(start..start + usize::try_from(size).ok()?)?.to_vec();
    let name = path.as_str().strip_prefix(SIGNATURES_FOLDER)?.to_owned();
    // Without at least a filler's magic after it, the loop in `read` would run off the end.
    (region.len() >= end + 4).then_some((SignatureFile { name, bytes }, modified, end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files() -> Vec<SignatureFile> {
        vec![
            SignatureFile { name: "a.sig".into(), bytes: vec![1; 71] },
            SignatureFile { name: "a.sigstore.json".into(), bytes: vec![b'{'; 1500] },
        ]
    }

    #[test]
    fn reads_what_it_builds_and_always_has_the_same_size() {
        for files in [vec![], files()] {
            let (region, rows) = build(&files, 5).unwrap();
            assert_eq!(region.len() as u64, SIGNATURE_REGION);
            assert_eq!(rows.len() as u64, SIGNATURE_ROWS);
            assert_eq!(read(&region).unwrap().0, files);
        }
    }

    #[test]
    fn never_takes_an_altered_region_for_the_same_files() {
        let (region, _) = build(&files(), 5).unwrap();
        for at in 0..region.len() {
            let mut altered = region.clone();
            altered[at] ^= 1;
            assert_ne!(read(&altered), Ok((files(), 5)), "byte {at}");
        }
    }

    #[test]
    fn refuses_more_than_fits() {
        let file = SignatureFile { name: "x.sig".into(), bytes: vec![1; 16_000] };
        let many: Vec<_> =
            (0..5).map(|n| SignatureFile { name: format!("{n}.sig"), ..file.clone() }).collect();
        assert_eq!(build(&many, 0), Err(RegionError::Full { files: 5 }));
    }
}
