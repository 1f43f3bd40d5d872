//! The primary metadata: one element for each package.

use std::io::BufRead;

use super::packages::each_package;
use super::repomd::inner_place;
use super::xml::{Attributes, Document, Element, Step, number};
use super::{Entry, EntryKind, File, FileKind, MetadataError, Package};
use crate::checksum::Checksum;
use crate::dependency::{Capability, Constraint, Relation};
use crate::evr::Evr;
use crate::limits::{MAX_ENTRIES, MAX_NAME};

/// Reads all packages, one after the other, and hands each to `take`.
///
/// Source packages are handed over as well; `take` sees them by their architecture.
pub fn read_primary(
    reader: impl BufRead,
    mut take: impl FnMut(Package) -> Result<(), MetadataError>,
) -> Result<(), MetadataError> {
    each_package(reader, "metadata", |attributes, document| {
        if attributes.get("type").is_some_and(|kind| kind != "rpm") {
            document.skip()?;
            return Ok(false);
        }
        take(read_package(document)?)?;
        Ok(true)
    })
}

/// Tells whether createrepo lists a path in the primary metadata, so that file lists add nothing to it.
pub(crate) fn is_listed_in_primary(path: &str) -> bool {
    path.starts_with("/etc/") || path.contains("bin/") || path == "/usr/lib/sendmail"
}

/// The parts of a package that have no sensible default.
#[derive(Default)]
struct Identity {
    name: Option<String>,
    evr: Option<Evr>,
    architecture: Option<String>,
    checksum: Option<Checksum>,
    location: Option<String>,
    size: Option<u64>,
}

fn read_package<R: BufRead>(document: &mut Document<R>) -> Result<Package, MetadataError> {
    let mut identity = Identity::default();
    let mut package = blank();
    while let Step::Open(element) = document.step()? {
        let field = Field::of_name(element.name());
        match field {
            Field::Name => once(&mut identity.name, document.text()?, "name")?,
            Field::Architecture => once(&mut identity.architecture, document.text()?, "arch")?,
            Field::Version => {
                let evr = read_version(&element.attributes()?)?;
                once(&mut identity.evr, evr, "version")?;
                document.skip()?;
            }
            Field::Checksum => {
                let attributes = element.attributes()?;
                let kind = attributes.want("checksum", "type")?;
                let checksum = Checksum::parse(kind, document.text()?.trim())?;
                once(&mut identity.checksum, checksum, "checksum")?;
            }
            Field::Location => {
                let attributes = element.attributes()?;
                let place = attributes.want("location", "href")?.to_owned();
                once(&mut identity.location, inner_place(place)?, "location")?;
                package.location_base = attributes.get("xml:base").map(str::to_owned);
                document.skip()?;
            }
            Field::Size => {
                let attributes = element.attributes()?;
                let size = number(attributes.want("size", "package")?, "size")?;
                once(&mut identity.size, size, "size")?;
                package.installed_size = optional_number(&attributes, "installed")?;
                package.archive_size = optional_number(&attributes, "archive")?;
                document.skip()?;
            }
            Field::Time => {
                let attributes = element.attributes()?;
                package.file_time = optional_number(&attributes, "file")?;
                package.build_time = optional_number(&attributes, "build")?;
                document.skip()?;
            }
            Field::Summary => package.summary = document.text()?,
            Field::Description => package.description = document.text()?,
            Field::Packager => package.packager = document.text()?,
            Field::Url => package.url = document.text()?,
            Field::Format => read_format(document, &mut package)?,
            Field::Other => document.skip()?,
        }
    }
    identity.complete(package)
}

enum Field {
    Name,
    Architecture,
    Version,
    Checksum,
    Location,
    Size,
    Time,
    Summary,
    Description,
    Packager,
    Url,
    Format,
    Other,
}

impl Field {
    fn of_name(name: &str) -> Self {
        match name {
            "name" => Self::Name,
            "arch" => Self::Architecture,
            "version" => Self::Version,
            "checksum" => Self::Checksum,
            "location" => Self::Location,
            "size" => Self::Size,
            "time" => Self::Time,
            "summary" => Self::Summary,
            "description" => Self::Description,
            "packager" => Self::Packager,
            "url" => Self::Url,
            "format" => Self::Format,
            _ => Self::Other,
        }
    }
}

impl Identity {
    fn complete(self, mut package: Package) -> Result<Package, MetadataError> {
        let lacks = |part| MetadataError::Lacks { element: "package", part };
        package.name = plain_name(self.name.ok_or(lacks("name"))?)?;
        package.architecture = plain_name(self.architecture.ok_or(lacks("arch"))?)?;
        package.evr = self.evr.ok_or(lacks("version"))?;
        package.checksum = self.checksum.ok_or(lacks("checksum"))?;
        package.location = self.location.ok_or(lacks("location"))?;
        package.size = self.size.ok_or(lacks("size"))?;
        Ok(package)
    }
}

fn blank() -> Package {
    Package {
        name: String::new(),
        evr: Evr { epoch: 0, version: String::new(), release: None },
        architecture: String::new(),
        checksum: Checksum::Sha256([0; 32]),
        summary: String::new(),
        description: String::new(),
        packager: String::new(),
        url: String::new(),
        file_time: 0,
        build_time: 0,
        size: 0,
        installed_size: 0,
        archive_size: 0,
        location: String::new(),
        location_base: None,
        license: String::new(),
        vendor: String::new(),
        group: String::new(),
        build_host: String::new(),
        source: String::new(),
        header_range: (0, 0),
        entries: Vec::new(),
        files: Vec::new(),
    }
}

/// Takes only what may stand in a file name and in an argument of a program.
fn plain_name(name: String) -> Result<String, MetadataError> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._+~^%{}@:".contains(&byte);
    if name.is_empty() || name.len() > 256 || name.starts_with('-') || !name.bytes().all(is_plain) {
        let value = name.chars().take(80).collect();
        return Err(MetadataError::Value { what: "name of a package", value });
    }
    Ok(name)
}

fn read_format<R: BufRead>(
    document: &mut Document<R>,
    package: &mut Package,
) -> Result<(), MetadataError> {
    while let Step::Open(element) = document.step()? {
        if let Some(kind) = EntryKind::of_name(element.name()) {
            read_entries(document, kind, &mut package.entries)?;
            continue;
        }
        match element.name() {
            "file" => {
                let kind = FileKind::of_word(element.attributes()?.get("type"));
                package.files.push(File { path: absolute_path(document.text()?)?, kind });
                check_length(package.files.len())?;
            }
            "license" => package.license = document.text()?,
            "vendor" => package.vendor = document.text()?,
            "group" => package.group = document.text()?,
            "buildhost" => package.build_host = document.text()?,
            "sourcerpm" => package.source = document.text()?,
            "header-range" => {
                let attributes = element.attributes()?;
                package.header_range =
                    (optional_number(&attributes, "start")?, optional_number(&attributes, "end")?);
                document.skip()?;
            }
            _ => document.skip()?,
        }
    }
    Ok(())
}

fn read_entries<R: BufRead>(
    document: &mut Document<R>,
    kind: EntryKind,
    entries: &mut Vec<Entry>,
) -> Result<(), MetadataError> {
    while let Step::Open(element) = document.step()? {
        entries.push(read_entry(kind, &element)?);
        document.skip()?;
        check_length(entries.len())?;
    }
    Ok(())
}

fn read_entry(kind: EntryKind, element: &Element<'_>) -> Result<Entry, MetadataError> {
    let mut name = String::new();
    let mut relation = None;
    let mut epoch = 0;
    let (mut version, mut release) = (None, None);
    let mut is_needed_first = false;
    element.each_attribute(|attribute, value| {
        match attribute {
            "name" => name = value.into_owned(),
            "flags" => {
                let known = Relation::of_word(&value);
                let wrong =
                    || MetadataError::Value { what: "comparison", value: value.to_string() };
                relation = Some(known.ok_or_else(wrong)?);
            }
            // As rpm reads what is no number.
            "epoch" => epoch = value.parse().unwrap_or(0),
            "ver" => version = Some(value.into_owned()).filter(|it| !it.is_empty()),
            "rel" => release = Some(value.into_owned()).filter(|it| !it.is_empty()),
            "pre" => is_needed_first = value == "1",
            _ => {}
        }
        Ok(())
    })?;
    if name.is_empty() || name.len() > MAX_NAME {
        return Err(MetadataError::Lacks { element: "rpm:entry", part: "name" });
    }
    // A comparison without a version says nothing, and rpm takes every version then.
    let constraint = relation
        .zip(version)
        .map(|(relation, version)| Constraint { relation, evr: Evr { epoch, version, release } });
    Ok(Entry { kind, capability: Capability { name, constraint }, is_needed_first })
}

fn read_version(attributes: &Attributes) -> Result<Evr, MetadataError> {
    let epoch = match attributes.get("epoch") {
        None | Some("") => 0,
        Some(epoch) => number(epoch, "epoch")?,
    };
    let version = attributes.want("version", "ver")?;
    let release = attributes.want("version", "rel")?;
    // Parsed from its text, so that letters which no version has are refused.
    let evr: Evr = format!("{epoch}:{version}-{release}").parse()?;
    if evr.version != version || evr.release.as_deref() != Some(release) {
        return Err(MetadataError::Value { what: "version and release", value: evr.to_string() });
    }
    Ok(evr)
}

pub(super) fn absolute_path(path: String) -> Result<String, MetadataError> {
    if !path.starts_with('/') || path.len() > MAX_NAME {
        let value = path.chars().take(120).collect();
        return Err(MetadataError::Value { what: "absolute path", value });
    }
    Ok(path)
}

pub(super) fn check_length(length: usize) -> Result<(), MetadataError> {
    if length > MAX_ENTRIES {
        let limit = MAX_ENTRIES as u64;
        return Err(MetadataError::TooMuch { what: "entries of one package", limit });
    }
    Ok(())
}

fn optional_number(attributes: &Attributes, name: &str) -> Result<u64, MetadataError> {
    attributes.get(name).map_or(Ok(0), |text| number(text, "number"))
}

fn once<T>(slot: &mut Option<T>, value: T, part: &'static str) -> Result<(), MetadataError> {
    if slot.replace(value).is_some() {
        return Err(MetadataError::Twice { element: "package", part });
    }
    Ok(())
}
