//! The changelogs, which metadata calls "other".

use std::io::BufRead;

use super::MetadataError;
use super::filelists::identity;
use super::packages::each_package;
use super::primary::check_length;
use super::xml::{Document, Step, number};

/// The changelog of one package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changelog {
    /// The identity of the package: the hexadecimal digits of its checksum.
    pub identity: String,
    /// The entries, in the order of the metadata.
    pub changes: Vec<Change>,
}

/// One entry of a changelog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Who changed.
    pub author: String,
    /// When, in seconds since 1970.
    pub date: i64,
    /// What.
    pub text: String,
}

/// Reads the changelogs of the packages that `wants` names by identity, and hands each to `take`.
pub fn read_other(
    reader: impl BufRead,
    mut wants: impl FnMut(&str) -> bool,
    mut take: impl FnMut(Changelog) -> Result<(), MetadataError>,
) -> Result<(), MetadataError> {
    each_package(reader, "otherdata", |attributes, document| {
        let (identity, _) = identity(attributes)?;
        if wants(&identity) {
            let changes = read_changes(document)?;
            take(Changelog { identity, changes })?;
        } else {
            document.skip()?;
        }
        Ok(true)
    })
}

fn read_changes<R: BufRead>(document: &mut Document<R>) -> Result<Vec<Change>, MetadataError> {
    let mut changes = Vec::new();
    while let Step::Open(element) = document.step()? {
        if element.name() != "changelog" {
            document.skip()?;
            continue;
        }
        let attributes = element.attributes()?;
        let author = attributes.get("author").unwrap_or_default().to_owned();
        let date = number(attributes.get("date").unwrap_or("0"), "moment in seconds")?;
        changes.push(Change { author, date, text: document.text()? });
        check_length(changes.len())?;
    }
    Ok(changes)
}
