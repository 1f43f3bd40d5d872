//! The index.

use sre_format::Timestamp;

use super::xml::Xml;
use super::{RepositoryFile, Settings, WriteError};
use crate::checksum::Checksum;
use crate::metadata::Record;

/// Compresses a file, names it for its checksum, and gives the record that the index has of it.
pub(super) fn stored(
    kind: &str,
    name: &str,
    open: &[u8],
    settings: Settings,
) -> Result<(Record, RepositoryFile), WriteError> {
    let bytes = settings.compression.compress(open).map_err(WriteError::Compress)?;
    let checksum = Checksum::sha256_of(&bytes);
    let path = format!("repodata/{}-{name}.{}", checksum.hex(), settings.compression.ending());
    let record = Record {
        kind: kind.to_owned(),
        location: path.clone(),
        checksum,
        size: bytes.len() as u64,
        open_checksum: Some(Checksum::sha256_of(open)),
        open_size: Some(open.len() as u64),
        timestamp: settings.timestamp.unix_seconds(),
    };
    Ok((record, RepositoryFile { path, bytes }))
}

pub(super) fn repomd(records: &[Record], timestamp: Timestamp) -> Result<Vec<u8>, WriteError> {
    let mut xml = Xml::begin(
        "repomd",
        &[
            ("xmlns", "http://linux.duke.edu/metadata/repo"),
            ("xmlns:rpm", "http://linux.duke.edu/metadata/rpm"),
        ],
    )?;
    xml.text("revision", &[], &timestamp.unix_seconds().to_string())?;
    for record in records {
        write_record(&mut xml, record)?;
    }
    xml.end("repomd")
}

fn write_record(xml: &mut Xml, record: &Record) -> Result<(), WriteError> {
    xml.open("data", &[("type", &record.kind)])?;
    let checksum = &record.checksum;
    xml.text("checksum", &[("type", checksum.kind())], &checksum.hex())?;
    if let Some(checksum) = &record.open_checksum {
        xml.text("open-checksum", &[("type", checksum.kind())], &checksum.hex())?;
    }
    xml.empty("location", &[("href", &record.location)])?;
    xml.text("timestamp", &[], &record.timestamp.to_string())?;
    xml.text("size", &[], &record.size.to_string())?;
    if let Some(size) = record.open_size {
        xml.text("open-size", &[], &size.to_string())?;
    }
    xml.close("data")
}
