//! `repomd.xml`: the index of a repository.

use std::collections::BTreeSet;
use std::io::BufRead;

use super::MetadataError;
use super::xml::{Document, Step, number};
use crate::checksum::Checksum;
use crate::limits::{MAX_RECORDS, MAX_REPOMD};

/// The kinds that are read. Others (databases, chunked twins, deltas, advisories) are passed over, whatever they
/// lack: nothing depends on them.
const KINDS: [&str; 5] = ["primary", "filelists", "other", "group", "modules"];

/// The index of a repository: which files it has, with sizes and checksums.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repomd {
    /// The revision, often a moment in seconds.
    pub revision: Option<String>,
    /// The files of the kinds that are read, in the order of the index.
    pub records: Vec<Record>,
}

/// One file that the index names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The kind, such as `primary`, `filelists`, `group`, `modules`.
    pub kind: String,
    /// The place in the repository, relative to its base; never absolute, never above it.
    pub location: String,
    /// The checksum of the bytes as they are stored.
    pub checksum: Checksum,
    /// The count of the bytes as they are stored.
    pub size: u64,
    /// The checksum of the decompressed bytes.
    pub open_checksum: Option<Checksum>,
    /// The count of the decompressed bytes.
    pub open_size: Option<u64>,
    /// When the file was made, in seconds since 1970.
    pub timestamp: u64,
}

impl Repomd {
    /// Reads an index.
    pub fn read(reader: impl BufRead) -> Result<Self, MetadataError> {
        let (mut document, _) = Document::open(reader.take(MAX_REPOMD), "repomd")?;
        let mut index = Self { revision: None, records: Vec::new() };
        while let Step::Open(element) = document.step()? {
            match element.name() {
                "revision" => index.revision = Some(document.text()?.trim().to_owned()),
                "data" => {
                    let kind = element.attributes()?.want("data", "type")?.to_owned();
                    if KINDS.contains(&kind.as_str()) {
                        index.records.push(read_record(&mut document, kind)?);
                    } else {
                        document.skip()?;
                    }
                }
                _ => document.skip()?,
            }
            if index.records.len() > MAX_RECORDS {
                return Err(MetadataError::TooMuch { what: "records", limit: MAX_RECORDS as u64 });
            }
        }
        document.finish()?;
        index.check()
    }

    /// Gives the record of a kind.
    #[must_use]
    pub fn record(&self, kind: &str) -> Option<&Record> {
        self.records.iter().find(|record| record.kind == kind)
    }

    /// Gives the record of a kind that every repository has.
    pub fn want(&self, kind: &'static str) -> Result<&Record, MetadataError> {
        self.record(kind).ok_or(MetadataError::Lacks { element: "repomd", part: kind })
    }

    /// Wants each kind and each place once: otherwise two readers could take different files.
    fn check(self) -> Result<Self, MetadataError> {
        let kinds: BTreeSet<_> = self.records.iter().map(|record| &record.kind).collect();
        let places: BTreeSet<_> = self.records.iter().map(|record| &record.location).collect();
        if kinds.len() != self.records.len() {
            return Err(MetadataError::Twice { element: "repomd", part: "type" });
        }
        if places.len() != self.records.len() {
            return Err(MetadataError::Twice { element: "repomd", part: "location" });
        }
        Ok(self)
    }
}

fn read_record<R: BufRead>(
    document: &mut Document<R>,
    kind: String,
) -> Result<Record, MetadataError> {
    let mut parts = Parts::default();
    while let Step::Open(element) = document.step()? {
        let name = element.name().to_owned();
        let attributes = element.attributes()?;
        match name.as_str() {
            "checksum" => {
                let kind = attributes.want("checksum", "type")?.to_owned();
                once(&mut parts.checksum, (kind, document.text()?), "checksum")?;
            }
            "open-checksum" => {
                let kind = attributes.want("open-checksum", "type")?.to_owned();
                once(&mut parts.open_checksum, (kind, document.text()?), "open-checksum")?;
            }
            "location" => {
                if let Some(base) = attributes.get("xml:base") {
                    let value = base.chars().take(120).collect();
                    return Err(MetadataError::Value {
                        what: "place inside the repository",
                        value,
                    });
                }
                let place = attributes.want("location", "href")?.to_owned();
                once(&mut parts.location, place, "location")?;
                document.skip()?;
            }
            "size" => once(&mut parts.size, number(&document.text()?, "size")?, "size")?,
            "open-size" => {
                once(&mut parts.open_size, number(&document.text()?, "size")?, "open-size")?;
            }
            // Some tools write fractions of seconds.
            "timestamp" => {
                let text = document.text()?;
                let seconds = text.split('.').next().unwrap_or_default();
                parts.timestamp = number(seconds, "moment in seconds")?;
            }
            _ => document.skip()?,
        }
    }
    parts.record(kind)
}

#[derive(Default)]
struct Parts {
    checksum: Option<(String, String)>,
    open_checksum: Option<(String, String)>,
    location: Option<String>,
    size: Option<u64>,
    open_size: Option<u64>,
    timestamp: u64,
}

impl Parts {
    fn record(self, kind: String) -> Result<Record, MetadataError> {
        let lacks = |part| MetadataError::Lacks { element: "data", part };
        let (name, text) = self.checksum.ok_or(lacks("checksum"))?;
        let open_checksum = self
            .open_checksum
            .map(|(name, text)| Checksum::parse(&name, text.trim()))
            .transpose()?;
        Ok(Record {
            kind,
            location: inner_place(self.location.ok_or(lacks("location"))?)?,
            checksum: Checksum::parse(&name, text.trim())?,
            size: self.size.ok_or(lacks("size"))?,
            open_checksum,
            open_size: self.open_size,
            timestamp: self.timestamp,
        })
    }
}

fn once<T>(slot: &mut Option<T>, value: T, part: &'static str) -> Result<(), MetadataError> {
    if slot.replace(value).is_some() {
        return Err(MetadataError::Twice { element: "data", part });
    }
    Ok(())
}

/// Takes only a relative place that stays inside the repository, and that no URL parser reads otherwise.
pub(super) fn inner_place(place: String) -> Result<String, MetadataError> {
    let parts_are_plain = place.split('/').all(|part| !matches!(part, "" | "." | ".."));
    let letters_are_plain = place.bytes().all(|byte| {
        byte.is_ascii_graphic() && !matches!(byte, b'\\' | b'?' | b'#' | b'"' | b'<' | b'>' | b'|')
    });
    let has_scheme = place.split('/').next().is_some_and(|first| first.contains(':'));
    if !parts_are_plain || !letters_are_plain || has_scheme || place.len() > 1024 || escapes(&place)
    {
        let value = place.chars().take(120).collect();
        return Err(MetadataError::Value { what: "place inside the repository", value });
    }
    Ok(place)
}

/// Tells whether percent signs hide a dot or a slash.
fn escapes(place: &str) -> bool {
    let lower = place.to_ascii_lowercase();
    ["%2e", "%2f", "%5c", "%00"].iter().any(|hidden| lower.contains(hidden))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data(kind: &str, location: &str, checksum: &str, size: &str) -> String {
        format!(
            "<data type=\"{kind}\"><checksum type=\"{checksum}</checksum>\
             <location href=\"{location}\"/><timestamp>17.5</timestamp>{size}</data>"
        )
    }

    fn index(records: &str) -> Result<Repomd, MetadataError> {
        let text = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><repomd xmlns=\"http://linux.duke.edu/metadata/repo\" \
             xmlns:rpm=\"http://linux.duke.edu/metadata/rpm\"><revision> 17 </revision>{records}</repomd>\n"
        );
        Repomd::read(text.as_bytes())
    }

    fn good(kind: &str, location: &str) -> String {
        let checksum = format!("sha256\">{}", "0f".repeat(32));
        data(kind, location, &checksum, "<size>12</size><open-size>34</open-size>")
    }

    #[test]
    fn reads_records_and_leaves_out_what_nobody_needs() {
        let sha1 = format!("sha\">{}", "0".repeat(40));
        let text = good("primary", "repodata/p.xml.gz")
            + &good("primary_db", "repodata/p.sqlite.bz2")
            + &data("updateinfo", "repodata/u.xml.gz", &sha1, "");
        let index = index(&text).unwrap();
        assert_eq!(index.revision.as_deref(), Some("17"));
        assert_eq!(index.records.len(), 1);
        let record = index.want("primary").unwrap();
        assert_eq!((record.size, record.open_size, record.timestamp), (12, Some(34), 17));
        assert!(index.want("filelists").is_err());
    }

    #[test]
    fn refuses_places_outside_weak_checksums_and_ambiguity() {
        let sha1 = data("primary", "a", &format!("sha\">{}", "0".repeat(40)), "<size>1</size>");
        let no_size = data("primary", "a", &format!("sha256\">{}", "0f".repeat(32)), "");
        let negative =
            data("primary", "a", &format!("sha256\">{}", "0f".repeat(32)), "<size>-1</size>");
        for text in [
            sha1,
            no_size,
            negative,
            good("primary", "../p.xml"),
            good("primary", "/etc/passwd"),
            good("primary", "https://example.org/p.xml"),
            good("primary", "a//b"),
            good("primary", "a/%2e%2e/b"),
            good("primary", "a?b"),
            good("primary", "a") + &good("primary", "b"),
            good("primary", "a") + &good("other", "a"),
            "<data/>".to_owned(),
        ] {
            assert!(index(&text).is_err(), "{text}");
        }
    }
}
