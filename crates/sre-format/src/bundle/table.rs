//! `sre.json`, the contents table: what a bundle holds and where each byte of it lies.
//!
//! The file is JSON with one entry to a line, padded with newlines to a size that is reserved
//! before the places of late entries are known. Its raw bytes are what gets signed.

mod check;
mod parse;
mod place;

use std::fmt::Write as _;

use serde::Serialize;
use sha2::{Digest as _, Sha256};

pub use place::{Encoding, EntryKind, Place};

use super::path::BundlePath;
use crate::signature::BundleFacts;
use crate::{Digest, PlatformName, Timestamp, Word};

/// The version of the format that this program writes, and the newest that it reads.
pub const FORMAT_VERSION: u32 = 1;

/// The contents table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// Version of the format; see `FORMAT_VERSION`.
    pub format_version: u32,
    /// Features that a reader must understand before it goes on.
    pub requires: Vec<Word>,
    /// What and when this bundle is.
    pub identity: Identity,
    /// Every entry in the order of the file, without `sre.json` and the signatures.
    pub entries: Vec<Entry>,
}

/// What a bundle is called, and which of its kind it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Identity {
    /// Name of the product, such as `sre`.
    pub name: Word,
    /// Version that people give, such as `1.0.0`.
    pub version: Word,
    /// Line of releases whose serials are compared, such as `stable`.
    pub channel: Word,
    /// Number that `lock` raises whenever anything changed.
    pub serial: u64,
    /// Platforms that were chosen, such as `linux/amd64`.
    pub platforms: Vec<PlatformName>,
    /// Digest of `images.lock`.
    pub lock: Digest,
    /// Time of the lock, RFC 3339, whole seconds; the only time stamp of the bundle.
    pub created: Timestamp,
}

impl Identity {
    /// Gives the part that a signature's statement names.
    #[must_use]
    pub fn facts(&self) -> BundleFacts {
        BundleFacts {
            name: self.name.clone(),
            version: self.version.clone(),
            channel: self.channel.clone(),
            serial: self.serial,
        }
    }

    /// Gives the time of the lock in seconds since 1970, as tar headers carry it.
    #[must_use]
    pub fn modified(&self) -> u64 {
        self.created.unix_seconds()
    }
}

/// One file of the bundle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// Path inside the bundle.
    pub path: BundlePath,
    /// What it is for.
    pub kind: EntryKind,
    /// Bytes of content.
    pub size: u64,
    /// SHA-256 of the content.
    pub digest: Digest,
    /// Media type, where the content has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub media_type: Option<Box<str>>,
    /// Where it lies in the file.
    #[serde(flatten)]
    pub place: Place,
}

/// Path of the contents table.
pub const TABLE_PATH: &str = "sre.json";
/// Path of the checkpoint table.
pub const CHECKPOINTS_PATH: &str = "checkpoints";
/// Path of the checksum file.
pub const CHECKSUMS_PATH: &str = "SHA256SUMS";
/// Folder of the blobs of the OCI image layout.
pub const BLOBS_FOLDER: &str = "oci/blobs/sha256/";
/// Path of the index of the OCI image layout.
pub const INDEX_PATH: &str = "oci/index.json";
/// Path of the index of the signatures that the bundle's keys made of its images.
pub const IMAGE_SIGNATURES_PATH: &str = "oci/signatures.json";
/// Path of the marker file of the OCI image layout.
pub const LAYOUT_PATH: &str = "oci/oci-layout";
/// Path of the lock that the bundle was built from.
pub const LOCK_PATH: &str = "evidence/images.lock";
/// Folder of the signature files.
pub const SIGNATURES_FOLDER: &str = "signatures/";

/// Says why a contents table is refused.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// The JSON is broken or of another shape.
    #[error("the contents table cannot be read")]
    Json(#[source] serde_json::Error),
    /// The bundle is newer than this program.
    #[error("the bundle has format version {found}, and this program reads up to {FORMAT_VERSION}")]
    TooNew {
        /// Version that the table names.
        found: u32,
    },
    /// The bundle is older than any that was ever released.
    #[error("the bundle has format version {found}, which never existed")]
    TooOld {
        /// Version that the table names.
        found: u32,
    },
    /// The bundle needs something that this program does not know.
    #[error("the bundle requires the feature `{feature}`, which this program does not know")]
    UnknownFeature {
        /// Name of the feature.
        feature: Word,
    },
    /// The table is well-formed but contradicts itself.
    #[error("the contents table is wrong at `{path}`: {reason}")]
    Contradiction {
        /// Entry at which it shows.
        path: String,
        /// What is wrong.
        reason: &'static str,
    },
}

impl Table {
    /// Reads a table and checks everything about it that needs no other byte of the bundle,
    /// except its places, which `Layout` checks.
    pub fn parse(bytes: &[u8]) -> Result<Self, TableError> {
        let table = parse::table(bytes)?;
        check::entries(&table.entries)?;
        Ok(table)
    }

    /// Writes the table, one entry to a line, without the padding.
    #[must_use]
    pub fn render(&self) -> Vec<u8> {
        let mut text = String::new();
        let row = |entry: &Entry, row: &mut String| row.push_str(&json(entry));
        self.render_with(&self.entries, row, |part| text.push_str(part));
        text.into_bytes()
    }

    /// Gives the digest by which people compare bundles: the table without places, in path order,
    /// without the two head entries, whose bytes depend on how the others are stored, and without
    /// signatures of images and repositories, which differ with the key and, made by hardware, each time.
    #[must_use]
    pub fn content_digest(&self) -> Digest {
        let mut rows: Vec<&Entry> =
            self.entries.iter().filter(|entry| is_compared(entry.kind)).collect();
        // Raw and compressed entries are each in path order already.
        rows.sort_by(|a, b| a.path.cmp(&b.path));
        let row = |entry: &Entry, row: &mut String| {
            // Nothing of a path has to be escaped.
            let (path, kind) = (entry.path.as_str(), entry.kind.as_str());
            let _ =
                write!(row, "{{\"path\":\"{path}\",\"kind\":\"{kind}\",\"size\":{}", entry.size);
            row.push_str(",\"digest\":\"");
            entry.digest.write_to(row);
            row.push('"');
            if let Some(media_type) = &entry.media_type {
                row.push_str(",\"mediaType\":");
                push_json(media_type, row);
            }
            row.push('}');
        };
        // Hashed as it is rendered: the text of a large table takes tens of megabytes.
        let mut hash = Sha256::new();
        self.render_with(rows, row, |part| hash.update(part.as_bytes()));
        Digest::from_bytes(hash.finalize().into())
    }

    /// Gives the sum of the sizes of all contents, in bytes.
    #[must_use]
    pub fn payload_bytes(&self) -> u64 {
        self.entries.iter().map(|entry| entry.size).sum()
    }

    fn render_with<'a>(
        &self,
        entries: impl IntoIterator<Item = &'a Entry>,
        row: impl Fn(&Entry, &mut String),
        mut take: impl FnMut(&str),
    ) {
        let identity = json(&self.identity);
        take(&format!(
            "{{\"formatVersion\":{},\"requires\":{},{},\"entries\":[",
            self.format_version,
            json(&self.requires),
            identity.trim_start_matches('{').trim_end_matches('}'),
        ));
        let mut text = String::new();
        for (number, entry) in entries.into_iter().enumerate() {
            text.clear();
            text.push_str(if number == 0 { "\n" } else { ",\n" });
            row(entry, &mut text);
            take(&text);
        }
        take("\n]}\n");
    }
}

const fn is_compared(kind: EntryKind) -> bool {
    !kind.is_head() && !kind.depends_on_the_key()
}

pub(super) fn contradiction(path: &str, reason: &'static str) -> TableError {
    TableError::Contradiction { path: path.to_owned(), reason }
}

/// Appends a text as JSON; nearly none has anything to escape.
fn push_json(text: &str, out: &mut String) {
    let is_plain = |byte: u8| matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\');
    if text.bytes().all(is_plain) {
        out.extend(["\"", text, "\""]);
    } else {
        out.push_str(&json(text));
    }
}

#[expect(clippy::expect_used, reason = "these types hold strings and numbers alone")]
fn json<T: Serialize + ?Sized>(value: &T) -> String {
    serde_json::to_string(value).expect("plain data always serialises")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bundle::limits::MAX_ENTRIES;

    fn table() -> Table {
        let digest = Digest::of(b"x");
        let entry = |path: &str, kind| Entry {
            path: path.parse().unwrap(),
            kind,
            size: 1,
            digest,
            media_type: None,
            place: Place { offset: 1, stored: 2, encoding: Encoding::Raw },
        };
        Table {
            format_version: FORMAT_VERSION,
            requires: vec![],
            identity: Identity {
                name: "sre".parse().unwrap(),
                version: "1.0.0".parse().unwrap(),
                channel: "stable".parse().unwrap(),
                serial: 7,
                platforms: vec![PlatformName::usual()],
                lock: digest,
                created: "2026-01-02T03:04:05Z".parse().unwrap(),
            },
            entries: vec![
                entry("files/a", EntryKind::File),
                entry(&format!("{BLOBS_FOLDER}{}", digest.hex()), EntryKind::Blob),
            ],
        }
    }

    #[test]
    fn reads_what_it_renders_with_or_without_padding() {
        let mut bytes = table().render();
        assert_eq!(Table::parse(&bytes).unwrap(), table());
        bytes.extend([b'\n'; 100]);
        assert_eq!(Table::parse(&bytes).unwrap(), table());
    }

    #[test]
    fn the_content_digest_ignores_how_things_are_stored_and_nothing_else() {
        let mut stored = table();
        stored.entries[0].place = Place { offset: 99, stored: 7, encoding: Encoding::Zstd };
        stored.entries.reverse();
        assert_eq!(stored.content_digest(), table().content_digest());
        for (path, kind) in
            [(CHECKPOINTS_PATH, EntryKind::Checkpoints), (CHECKSUMS_PATH, EntryKind::Checksums)]
        {
            let head = Entry { path: path.parse().unwrap(), kind, ..stored.entries[0].clone() };
            stored.entries.insert(0, head);
        }
        assert_eq!(stored.content_digest(), table().content_digest());
        let path = IMAGE_SIGNATURES_PATH.parse().unwrap();
        let signatures =
            Entry { path, kind: EntryKind::ImageSignature, ..stored.entries[2].clone() };
        stored.entries.push(signatures);
        assert_eq!(stored.content_digest(), table().content_digest());
        stored.entries[2].size = 2;
        assert_ne!(stored.content_digest(), table().content_digest());
    }

    #[test]
    fn only_what_shrinks_is_compressed() {
        for (media_type, encoding) in [
            ("application/vnd.oci.image.manifest.v1+json", Encoding::Zstd),
            ("application/vnd.oci.image.layer.v1.tar", Encoding::Zstd),
            ("text/plain; charset=utf-8", Encoding::Zstd),
            ("application/vnd.oci.image.layer.v1.tar+gzip", Encoding::Raw),
            ("application/vnd.docker.image.rootfs.diff.tar.gzip", Encoding::Raw),
            ("application/vnd.cncf.helm.chart.content.v1.tar+gzip", Encoding::Raw),
            ("application/octet-stream", Encoding::Raw),
        ] {
            assert_eq!(Encoding::for_media_type(media_type), encoding, "{media_type}");
        }
    }

    #[test]
    fn refuses_other_versions_and_unknown_features_before_anything_else() {
        let text = String::from_utf8(table().render()).unwrap();
        let altered = |from: &str, to: &str| {
            assert!(text.contains(from), "{from}");
            Table::parse(text.replacen(from, to, 1).as_bytes()).unwrap_err()
        };
        let version = "\"formatVersion\":1,\"requires\":[]";
        for (to, wanted) in [
            ("\"formatVersion\":2,\"requires\":[]", "format version 2"),
            ("\"formatVersion\":2,\"requires\":{\"new\":1}", "format version 2"),
            ("\"formatVersion\":0,\"requires\":[]", "never existed"),
            ("\"formatVersion\":1,\"requires\":[\"holograms\"]", "feature `holograms`"),
            ("\"formatVersion\":1,\"requires\":[\"holograms\"],\"name\":7", "feature `holograms`"),
            ("\"formatVersion\":1", "cannot be read"),
            ("\"requires\":[]", "cannot be read"),
        ] {
            assert!(altered(version, to).to_string().contains(wanted), "{to}");
        }
    }

    #[test]
    fn ignores_fields_that_it_does_not_know_and_refuses_known_ones_twice() {
        let text = String::from_utf8(table().render()).unwrap();
        let with = |field: &str| text.replacen("\"serial\":7", &format!("\"serial\":7,{field}"), 1);
        assert_eq!(Table::parse(with("\"new\":{\"a\":[1]}").as_bytes()).unwrap(), table());
        for field in ["\"serial\":7", "\"serial\":8", "\"entries\":[]"] {
            assert!(matches!(Table::parse(with(field).as_bytes()), Err(TableError::Json(_))));
        }
        let twice = text.replacen("\"size\":1", "\"size\":1,\"size\":2", 1);
        assert!(matches!(Table::parse(twice.as_bytes()), Err(TableError::Json(_))));
    }

    #[test]
    fn long_lists_and_deep_nests_cost_an_error_and_no_memory() {
        let text = String::from_utf8(table().render()).unwrap();
        let platforms = format!("\"platforms\":[{}\"a/b\"]", "\"a/b\",".repeat(1 << 20));
        let many = text.replacen("\"platforms\":[\"linux/amd64\"]", &platforms, 1);
        let error = Table::parse(many.as_bytes()).unwrap_err();
        assert!(format!("{error:?}").contains("more than 64 items"), "{error:?}");
        let deep = format!("\"serial\":7,\"new\":{}", "[".repeat(1 << 20));
        let deep = text.replacen("\"serial\":7", &deep, 1);
        assert!(matches!(Table::parse(deep.as_bytes()), Err(TableError::Json(_))));
        let row = text.lines().nth(1).unwrap().trim_end_matches(',');
        let rows = format!("[\n{row}{}\n]}}", format!(",\n{row}").repeat(MAX_ENTRIES));
        let many = text.split_once("[\n").unwrap().0.to_owned() + &rows;
        let error = Table::parse(many.as_bytes()).unwrap_err();
        assert!(format!("{error:?}").contains("more than 200000 items"), "{error:?}");
    }
}
