//! A repository of our own over the packages that are carried.
//!
//! ```text
//! dists/SUITE/Release                        what is signed
//! dists/SUITE/COMPONENT/binary-ARCH/Packages and the same packed
//! pool/b/bash_5.2.15-2+b2_amd64.deb          the packages, byte for byte
//! ```
//!
//! The same packages and the same description give the same bytes. There is no `Valid-Until`: behind
//! an air gap nobody can renew it. Digests are SHA-256 alone. Nothing is there under the name of its
//! digest: that helps where a repository changes while it is read, and this one never changes.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write as _};

use sre_format::{Digest, Timestamp};

use crate::date;
use crate::error::MetadataError;
use crate::package::Package;
use crate::paragraph::Paragraphs;

/// How the repository is called and dated.
#[derive(Clone, Debug)]
pub struct Description {
    /// Who publishes it.
    pub origin: String,
    /// What it is.
    pub label: String,
    /// The name of the suite, which `sources.list` names.
    pub suite: String,
    /// The one component, such as `main`.
    pub component: String,
    /// When it was made.
    pub date: Timestamp,
    /// The architectures of the hosts.
    pub architectures: BTreeSet<String>,
}

/// The files of a repository that are not packages.
#[derive(Clone, Debug)]
pub struct Metadata {
    /// The path of `Release`; signatures stand beside it as `InRelease` and `Release.gpg`.
    pub release_path: String,
    /// The text of `Release`.
    pub release: String,
    /// The indexes by their path below the repository.
    pub indexes: BTreeMap<String, Vec<u8>>,
}

/// A package as our index lists it.
#[derive(Clone, Debug)]
pub struct Listed {
    package: Package,
    record: String,
}

/// The fields that a record keeps: what apt decides by, and what people look for. The rest stands in the
/// package itself.
const KEPT: [&str; 21] = [
    "Package",
    "Version",
    "Architecture",
    "Multi-Arch",
    "Essential",
    "Protected",
    "Important",
    "Priority",
    "Section",
    "Source",
    "Installed-Size",
    "Pre-Depends",
    "Depends",
    "Recommends",
    "Suggests",
    "Enhances",
    "Conflicts",
    "Breaks",
    "Replaces",
    "Provides",
    "Description",
];
/// The longest name of a file in a ustar archive, in bytes.
const MAX_FILE_NAME: usize = 100;
/// The level of `xz`: indexes of bundles are small, and higher levels only ask for memory.
const XZ_LEVEL: u32 = 6;

/// Gives the path of a package in our repository.
#[must_use]
pub fn pool_path(package: &Package) -> String {
    let (name, version) = (package.name(), package.version().without_epoch());
    let letter: String = name.chars().take(1).map(|letter| letter.to_ascii_lowercase()).collect();
    let file = format!("{name}_{version}_{}.deb", package.architecture());
    // `~` and `+` are legal everywhere, a colon is not on exFAT; few versions have one after the epoch.
    if file.len() > MAX_FILE_NAME || file.contains(':') {
        return pool_path_by_digest(package.sha256());
    }
    format!("pool/{letter}/{file}")
}

/// Gives the path of a package whose name is not fit for a file, or is that of another one already.
#[must_use]
pub fn pool_path_by_digest(digest: Digest) -> String {
    format!("pool/by-digest/{}.deb", digest.hex())
}

/// Gives what our index says of a package, but for place, size and digest: the fields that decide how it is
/// installed, as upstream has them.
#[must_use]
pub fn record(package: &Package) -> String {
    let mut text = String::new();
    for kept in KEPT {
        if let Some(value) = package.field(kept) {
            // Of a description the first line is what lists show.
            let first = value.lines().next().unwrap_or_default();
            field(&mut text, kept, if kept == "Description" { first } else { value });
        }
    }
    text
}

impl Listed {
    /// Lists a package of upstream at its place in our repository.
    pub fn of(package: &Package) -> Result<Self, MetadataError> {
        Self::read(&record(package), &pool_path(package), package.size(), package.sha256())
    }

    /// Reads what [`record`] gave, for a file at a place.
    pub fn read(
        record: &str,
        path: &str,
        size: u64,
        sha256: Digest,
    ) -> Result<Self, MetadataError> {
        let mut text = record.to_owned();
        field(&mut text, "Filename", path);
        field(&mut text, "Size", &size.to_string());
        field(&mut text, "SHA256", &sha256.hex());
        let mut paragraphs = Paragraphs::new(format!("the record of {path}"), text.as_bytes());
        let first = paragraphs.next()?;
        let first = first.ok_or_else(|| paragraphs.wrong("it is empty".to_owned()))?;
        // Provisions for other architectures are none of ours to judge.
        let package = Package::read(first, "all").map_err(|reason| paragraphs.wrong(reason))?;
        if paragraphs.next()?.is_some() {
            return Err(paragraphs.wrong("it has more than one paragraph".to_owned()));
        }
        Ok(Self { package, record: text })
    }
}

/// Writes the files of a repository that are not packages.
pub fn write(description: &Description, packages: &[Listed]) -> io::Result<Metadata> {
    let folder = format!("dists/{}", description.suite);
    let (mut indexes, mut listed) = (BTreeMap::new(), BTreeMap::new());
    for architecture in &description.architectures {
        let plain = index(packages, architecture);
        let below = format!("{}/binary-{architecture}", description.component);
        let forms = [("", plain.clone()), (".gz", gzip(&plain)?), (".xz", xz(&plain)?)];
        for (ending, bytes) in forms {
            let path = format!("{below}/Packages{ending}");
            listed.insert(path.clone(), (Digest::of(&bytes), bytes.len()));
            indexes.insert(format!("{folder}/{path}"), bytes);
        }
    }
    let release = release(description, &listed);
    Ok(Metadata { release_path: format!("{folder}/Release"), release, indexes })
}

fn index(packages: &[Listed], architecture: &str) -> Vec<u8> {
    let fits = |one: &&Listed| [architecture, "all"].contains(&one.package.architecture());
    let mut packages: Vec<&Listed> = packages.iter().filter(fits).collect();
    packages.sort_by(|one, other| {
        let order = (one.package.name(), one.package.version(), one.package.file());
        order.cmp(&(other.package.name(), other.package.version(), other.package.file()))
    });
    packages.iter().flat_map(|one| [one.record.as_bytes(), b"\n"].concat()).collect()
}

fn field(text: &mut String, name: &str, value: &str) {
    let joint = if value.is_empty() || value.starts_with('\n') { "" } else { " " };
    for part in [name, ":", joint, value, "\n"] {
        text.push_str(part);
    }
}

fn release(description: &Description, listed: &BTreeMap<String, (Digest, usize)>) -> String {
    let architectures: Vec<&str> = description.architectures.iter().map(String::as_str).collect();
    let mut text = String::new();
    field(&mut text, "Origin", &description.origin);
    field(&mut text, "Label", &description.label);
    field(&mut text, "Suite", &description.suite);
    field(&mut text, "Codename", &description.suite);
    field(&mut text, "Date", &date::format(description.date));
    field(&mut text, "Architectures", &architectures.join(" "));
    field(&mut text, "Components", &description.component);
    let lines = listed
        .iter()
        .map(|(path, (digest, size))| format!("\n {} {size:>16} {path}", digest.hex()));
    field(&mut text, "SHA256", &lines.collect::<String>());
    text
}

fn gzip(plain: &[u8]) -> io::Result<Vec<u8>> {
    // Neither time nor name: the same bytes each time.
    let mut packed = flate2::GzBuilder::new().write(Vec::new(), flate2::Compression::best());
    packed.write_all(plain)?;
    packed.finish()
}

fn xz(plain: &[u8]) -> io::Result<Vec<u8>> {
    let options = lzma_rust2::XzOptions::with_preset(XZ_LEVEL);
    let mut packed = lzma_rust2::XzWriter::new(Vec::new(), options)?;
    packed.write_all(plain)?;
    packed.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Release, Universe};

    fn universe() -> Universe {
        let paragraph = |name: &str, version: &str| {
            format!(
                "Package: {name}\nVersion: {version}\nArchitecture: amd64\nDescription: x\n y\nMD5sum: 1\n\
                 Filename: pool/{name}.deb\nSize: 5\nSHA256: {}\n\n",
                "1".repeat(64)
            )
        };
        let index = paragraph("b", "1:1.0~rc1+x-1") + &paragraph("a", "2");
        let mut universe = Universe::new("amd64");
        assert!(universe.add("Packages", index.as_bytes(), 500).unwrap().is_empty());
        universe
    }

    fn listed(universe: &Universe) -> Vec<Listed> {
        universe.packages().map(|package| Listed::of(package).unwrap()).collect()
    }

    fn description() -> Description {
        Description {
            origin: "SRE".to_owned(),
            label: "carried".to_owned(),
            suite: "bookworm".to_owned(),
            component: "main".to_owned(),
            date: "2026-01-31T12:00:00Z".parse().unwrap(),
            architectures: ["amd64".to_owned()].into(),
        }
    }

    #[test]
    fn reads_what_it_writes() {
        let universe = universe();
        let metadata = write(&description(), &listed(&universe)).unwrap();
        let release = Release::parse("Release", metadata.release.as_bytes()).unwrap();
        assert_eq!(release.date, Some(description().date));
        for index in release.indexes(Some("main"), "amd64") {
            let bytes = &metadata.indexes[&format!("dists/bookworm/{}", index.path)];
            assert_eq!((Digest::of(bytes), bytes.len() as u64), (index.sha256, index.size));
            let mut again = Universe::new("amd64");
            assert!(again.add("Packages", &bytes[..], 500).unwrap().is_empty());
            let files: Vec<_> = again.packages().map(Package::file).collect();
            assert_eq!(files, ["pool/a/a_2_amd64.deb", "pool/b/b_1.0~rc1+x-1_amd64.deb"]);
            assert_eq!(again.packages().next().unwrap().field("Description"), Some("x"));
            assert_eq!(again.packages().next().unwrap().field("MD5sum"), None);
        }
    }

    #[test]
    fn refuses_a_record_that_says_more_than_one_thing() {
        let digest = Digest::of(b"x");
        for record in
            ["", "Package: a\n", "Package: a\nVersion: 1\nArchitecture: all\n\nPackage: b\n"]
        {
            assert!(Listed::read(record, "pool/a.deb", 1, digest).is_err(), "{record}");
        }
        let good = "Package: a\nVersion: 1\nArchitecture: all\n";
        assert!(Listed::read(good, "../a.deb", 1, digest).is_err());
        Listed::read(good, "pool/a.deb", 1, digest).unwrap();
    }

    #[test]
    fn the_same_packages_in_any_order_give_the_same_bytes() {
        let universe = universe();
        let mut packages = listed(&universe);
        let one = write(&description(), &packages).unwrap();
        packages.reverse();
        let other = write(&description(), &packages).unwrap();
        assert_eq!((one.release, one.indexes), (other.release, other.indexes));
    }
}
