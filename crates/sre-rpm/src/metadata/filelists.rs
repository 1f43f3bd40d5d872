//! The file lists: every path of every package.

use std::collections::HashSet;
use std::io::BufRead;

use super::packages::each_package;
use super::primary::{absolute_path, check_length};
use super::xml::{Attributes, Document, Step};
use super::{File, FileKind, MetadataError};

/// The files of one package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileList {
    /// The identity of the package: the hexadecimal digits of its checksum.
    pub identity: String,
    /// The name of the package.
    pub name: String,
    /// Its paths.
    pub files: Vec<File>,
}

/// Reads all file lists, one package after the other, and hands each to `take`.
///
/// `wants` is asked for each package by its identity; the files of others are passed over, which is faster.
pub fn read_filelists(
    reader: impl BufRead,
    mut wants: impl FnMut(&str) -> bool,
    mut take: impl FnMut(FileList) -> Result<(), MetadataError>,
) -> Result<(), MetadataError> {
    each_package(reader, "filelists", |attributes, document| {
        let (identity, name) = identity(attributes)?;
        if wants(&identity) {
            let files = read_files(document)?;
            take(FileList { identity, name, files })?;
        } else {
            document.skip()?;
        }
        Ok(true)
    })
}

/// Looks for paths in all file lists, and gives each one found with the identity of its package.
pub(crate) fn find_files(
    reader: impl BufRead,
    wanted: &HashSet<&str>,
    mut take: impl FnMut(&str, &str),
) -> Result<(), MetadataError> {
    let mut path = String::new();
    each_package(reader, "filelists", |attributes, document| {
        let (identity, _) = identity(attributes)?;
        while let Step::Open(element) = document.step()? {
            if element.name() == "file" {
                document.text_into(&mut path)?;
                if wanted.contains(path.as_str()) {
                    take(&identity, &path);
                }
            } else {
                document.skip()?;
            }
        }
        Ok(true)
    })
}

pub(super) fn identity(attributes: &Attributes) -> Result<(String, String), MetadataError> {
    let identity = attributes.want("package", "pkgid")?.to_owned();
    Ok((identity, attributes.get("name").unwrap_or_default().to_owned()))
}

fn read_files<R: BufRead>(document: &mut Document<R>) -> Result<Vec<File>, MetadataError> {
    let mut files = Vec::new();
    while let Step::Open(element) = document.step()? {
        if element.name() != "file" {
            document.skip()?;
            continue;
        }
        let mut kind = FileKind::File;
        element.each_attribute(|name, value| {
            if name == "type" {
                kind = FileKind::of_word(Some(&value));
            }
            Ok(())
        })?;
        files.push(File { path: absolute_path(document.text()?)?, kind });
        check_length(files.len())?;
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_the_files_of_wanted_packages_only() {
        let text = "<filelists xmlns=\"http://linux.duke.edu/metadata/filelists\" packages=\"2\">\
            <package pkgid=\"aa\" name=\"a\" arch=\"noarch\"><version epoch=\"0\" ver=\"1\" rel=\"1\"/>\
            <file>/a&amp;b</file><file type=\"dir\">/d</file></package>\
            <package pkgid=\"bb\" name=\"b\"><file>no path, but nobody looks</file></package></filelists>";
        let mut lists = Vec::new();
        read_filelists(
            text.as_bytes(),
            |identity| identity == "aa",
            |list| {
                lists.push(list);
                Ok(())
            },
        )
        .unwrap();
        assert_eq!(lists.len(), 1);
        assert_eq!(lists[0].files[0], File { path: "/a&b".to_owned(), kind: FileKind::File });
        assert_eq!(lists[0].files[1].kind, FileKind::Folder);
        assert!(read_filelists(text.as_bytes(), |_| true, |_| Ok(())).is_err());
    }
}
