//! The files of a chart's archive that say more than a rendering.

use std::io::{self, Read as _};
use std::ops::ControlFlow;

use crate::archive::{ArchiveError, walk};

/// The most bytes that a chart may unpack to.
const MAX_UNPACKED: u64 = 512 << 20;
/// The most bytes of one of its files that is read as text.
const MAX_FILE: u64 = 16 << 20;

/// A file of a chart.
pub(super) struct ChartFile {
    /// Its path, which begins with the name of the chart.
    pub path: String,
    /// Its header, with which it can be packed again.
    pub header: tar::Header,
    pub bytes: Vec<u8>,
}

/// Unpacks a chart in memory, within limits.
pub(super) fn unpack(archive: &[u8]) -> Result<Vec<ChartFile>, ArchiveError> {
    let mut files = Vec::new();
    let unpacked = sre_compression::unpack(archive, MAX_UNPACKED).map_err(ArchiveError::Read)?;
    walk(unpacked, MAX_UNPACKED, |path, member| {
        if !member.header().entry_type().is_file() {
            return Ok(ControlFlow::Continue(()));
        }
        if member.size() > MAX_FILE {
            return Err(ArchiveError::TooLarge { wanted: path.to_owned() });
        }
        let header = member.header().clone();
        let mut bytes = Vec::new();
        member.read_to_end(&mut bytes).map_err(ArchiveError::Read)?;
        files.push(ChartFile { path: path.to_owned(), header, bytes });
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(files)
}

/// Packs files as a chart again.
pub(super) fn pack(files: &[ChartFile]) -> io::Result<Vec<u8>> {
    let gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let mut archive = tar::Builder::new(gzip);
    for file in files {
        let mut header = tar::Header::new_gnu();
        header.set_mode(file.header.mode().unwrap_or(0o644));
        header.set_size(file.bytes.len() as u64);
        archive.append_data(&mut header, &file.path, file.bytes.as_slice())?;
    }
    archive.into_inner()?.finish()
}

impl ChartFile {
    /// Gives its text, where it is one.
    pub(super) fn text(&self) -> Option<&str> {
        std::str::from_utf8(&self.bytes).ok()
    }

    /// Says whether it is a file of this name of the chart itself or of one of its parts.
    pub(super) fn is(&self, name: &str) -> bool {
        let inside = self.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let parts = inside.split('/').collect::<Vec<_>>();
        // `chart/charts/part/charts/part/...`
        let of_a_chart =
            parts.len() % 2 == 1 && parts.iter().skip(1).step_by(2).all(|it| *it == "charts");
        of_a_chart && self.path.rsplit('/').next() == Some(name)
    }

    /// Says whether it is a template.
    pub(super) fn is_template(&self) -> bool {
        self.path.contains("/templates/")
    }

    /// Says whether it is a chart within the chart that is packed, and so not looked into.
    pub(super) fn is_packed_chart(&self) -> bool {
        self.path.contains("/charts/")
            && self.path.rsplit_once('.').is_some_and(|(_, end)| end == "tgz")
    }
}
