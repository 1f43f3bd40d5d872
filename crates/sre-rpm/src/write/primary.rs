//! The primary metadata.

use super::xml::Xml;
use super::{CarriedPackage, WriteError, shown_files};
use crate::evr::Evr;
use crate::metadata::{Entry, EntryKind, Package};

pub(super) fn primary(packages: &[CarriedPackage]) -> Result<Vec<u8>, WriteError> {
    let count = packages.len().to_string();
    let mut xml = Xml::begin(
        "metadata",
        &[
            ("xmlns", "http://linux.duke.edu/metadata/common"),
            ("xmlns:rpm", "http://linux.duke.edu/metadata/rpm"),
            ("packages", &count),
        ],
    )?;
    for one in packages {
        write_package(&mut xml, &one.package)?;
    }
    xml.end("metadata")
}

fn write_package(xml: &mut Xml, package: &Package) -> Result<(), WriteError> {
    xml.open("package", &[("type", "rpm")])?;
    xml.text("name", &[], &package.name)?;
    xml.text("arch", &[], &package.architecture)?;
    write_version(xml, &package.evr)?;
    let checksum = &package.checksum;
    xml.text("checksum", &[("type", checksum.kind()), ("pkgid", "YES")], &checksum.hex())?;
    xml.text("summary", &[], &package.summary)?;
    xml.text("description", &[], &package.description)?;
    xml.text("packager", &[], &package.packager)?;
    xml.text("url", &[], &package.url)?;
    let (file, build) = (package.file_time.to_string(), package.build_time.to_string());
    xml.empty("time", &[("file", &file), ("build", &build)])?;
    let size = package.size.to_string();
    let (installed, archive) =
        (package.installed_size.to_string(), package.archive_size.to_string());
    xml.empty("size", &[("package", &size), ("installed", &installed), ("archive", &archive)])?;
    xml.empty("location", &[("href", &package.location)])?;
    write_format(xml, package)?;
    xml.close("package")
}

fn write_format(xml: &mut Xml, package: &Package) -> Result<(), WriteError> {
    xml.open("format", &[])?;
    xml.text("rpm:license", &[], &package.license)?;
    xml.text("rpm:vendor", &[], &package.vendor)?;
    xml.text("rpm:group", &[], &package.group)?;
    xml.text("rpm:buildhost", &[], &package.build_host)?;
    xml.text("rpm:sourcerpm", &[], &package.source)?;
    let (begin, end) = package.header_range;
    let (begin, end) = (begin.to_string(), end.to_string());
    xml.empty("rpm:header-range", &[("start", &begin), ("end", &end)])?;
    for (kind, name) in EntryKind::NAMES {
        let entries: Vec<&Entry> = package.entries.iter().filter(|one| one.kind == kind).collect();
        if entries.is_empty() {
            continue;
        }
        let name = format!("rpm:{name}");
        xml.open(&name, &[])?;
        entries.into_iter().try_for_each(|entry| write_entry(xml, entry))?;
        xml.close(&name)?;
    }
    for (path, kind) in shown_files(&package.files) {
        match kind.word() {
            None => xml.text("file", &[], path)?,
            Some(word) => xml.text("file", &[("type", word)], path)?,
        }
    }
    xml.close("format")
}

fn write_entry(xml: &mut Xml, entry: &Entry) -> Result<(), WriteError> {
    let epoch;
    let mut attributes = vec![("name", entry.capability.name.as_str())];
    if let Some(constraint) = &entry.capability.constraint {
        epoch = constraint.evr.epoch.to_string();
        attributes.extend([
            ("flags", constraint.relation.word()),
            ("epoch", epoch.as_str()),
            ("ver", constraint.evr.version.as_str()),
        ]);
        attributes.extend(constraint.evr.release.as_deref().map(|release| ("rel", release)));
    }
    if entry.is_needed_first {
        attributes.push(("pre", "1"));
    }
    xml.empty("rpm:entry", &attributes)
}

pub(super) fn write_version(xml: &mut Xml, evr: &Evr) -> Result<(), WriteError> {
    let epoch = evr.epoch.to_string();
    let release = evr.release.as_deref().unwrap_or_default();
    xml.empty("version", &[("epoch", &epoch), ("ver", &evr.version), ("rel", release)])
}
