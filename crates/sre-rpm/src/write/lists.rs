//! File lists, changelogs and module streams.

use super::primary::write_version;
use super::xml::Xml;
use super::{CarriedPackage, WriteError, shown_files};
use crate::metadata::{Modules, Package};

pub(super) fn filelists(packages: &[CarriedPackage]) -> Result<Vec<u8>, WriteError> {
    let count = packages.len().to_string();
    let space = ("xmlns", "http://linux.duke.edu/metadata/filelists");
    let mut xml = Xml::begin("filelists", &[space, ("packages", &count)])?;
    for one in packages {
        open_package(&mut xml, &one.package)?;
        for (path, kind) in shown_files(&one.files) {
            match kind.word() {
                None => xml.text("file", &[], path)?,
                Some(word) => xml.text("file", &[("type", word)], path)?,
            }
        }
        xml.close("package")?;
    }
    xml.end("filelists")
}

pub(super) fn other(packages: &[CarriedPackage]) -> Result<Vec<u8>, WriteError> {
    let count = packages.len().to_string();
    let space = ("xmlns", "http://linux.duke.edu/metadata/other");
    let mut xml = Xml::begin("otherdata", &[space, ("packages", &count)])?;
    for one in packages {
        open_package(&mut xml, &one.package)?;
        for change in &one.changes {
            let date = change.date.to_string();
            xml.text("changelog", &[("author", &change.author), ("date", &date)], &change.text)?;
        }
        xml.close("package")?;
    }
    xml.end("otherdata")
}

fn open_package(xml: &mut Xml, package: &Package) -> Result<(), WriteError> {
    let identity = package.checksum.hex();
    let attributes =
        [("pkgid", identity.as_str()), ("name", &package.name), ("arch", &package.architecture)];
    xml.open("package", &attributes)?;
    write_version(xml, &package.evr)
}

/// Puts the documents behind each other, as upstream wrote them.
pub(super) fn modules(modules: &Modules) -> Vec<u8> {
    let streams = modules.streams.iter().map(|stream| {
        let key = (&stream.name, &stream.stream, stream.version, &stream.context);
        (key, stream.document.as_str())
    });
    let mut streams: Vec<_> = streams.collect();
    streams.sort();
    let mut defaults: Vec<_> =
        modules.defaults.iter().map(|one| (&one.module, one.document.as_str())).collect();
    defaults.sort();
    let documents = streams.into_iter().map(|(_, text)| text);
    let mut text = String::new();
    for document in documents.chain(defaults.into_iter().map(|(_, text)| text)) {
        text.push_str("---\n");
        text.push_str(document.trim_end());
        text.push_str("\n...\n");
    }
    text.into_bytes()
}
