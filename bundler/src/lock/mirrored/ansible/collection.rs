//! What a collection says of itself: `MANIFEST.json`, and `FILES.json` with a sum of every file.
//!
//! `ansible-galaxy` believes both when it installs; what is wrong with them is found on the side
//! that can still get another archive.

use std::collections::{BTreeMap, BTreeSet};

use semver::Version;
use serde::Deserialize;
use sre_format::manifest::is_collection_word;
use sre_format::{Digest, VersionRange};

use crate::archive::{Listing, Member, resolve};

/// The file that says what a collection is.
const MANIFEST: &str = "MANIFEST.json";
/// The file that lists its files.
const FILES: &str = "FILES.json";

/// What a collection is.
#[derive(Debug)]
pub(super) struct Collection {
    /// Its name, `namespace.name`.
    pub name: String,
    /// Its version.
    pub version: Version,
    /// What it depends on.
    pub needs: Vec<(String, VersionRange)>,
}

#[derive(Deserialize)]
struct Manifest {
    collection_info: Info,
    file_manifest_file: Sum,
}

#[derive(Deserialize)]
struct Info {
    namespace: String,
    name: String,
    version: String,
    #[serde(default)]
    dependencies: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Files {
    files: Vec<Sum>,
}

#[derive(Deserialize)]
struct Sum {
    name: String,
    ftype: String,
    chksum_sha256: Option<String>,
}

/// Says which files of a collection are read.
pub(super) fn is_read(name: &str) -> bool {
    matches!(name, MANIFEST | FILES)
}

/// Checks that a collection holds exactly the files that it lists, and says what it is.
pub(super) fn check(listing: &Listing) -> Result<Collection, String> {
    let kept = |name: &str| {
        listing.kept.get(name).ok_or_else(|| format!("it has no {name}, so it is no collection"))
    };
    let manifest: Manifest = read(MANIFEST, kept(MANIFEST)?)?;
    let files = kept(FILES)?;
    let sums = &manifest.file_manifest_file;
    if sums.name != FILES || digest_of(sums)? != Digest::of(files) {
        return Err(format!("{MANIFEST} has another sum for {FILES}"));
    }
    let files: Files = read(FILES, files)?;
    check_files(listing, &files.files)?;
    let Info { namespace, name, version, dependencies } = manifest.collection_info;
    let name = collection_name(&format!("{namespace}.{name}"))?;
    let version = version.parse().map_err(|_| format!("`{}` is no version", shown(&version)))?;
    Ok(Collection { name, version, needs: read_needs(&dependencies)? })
}

/// Takes what a collection depends on as its documents have it.
pub(super) fn read_needs(
    needs: &BTreeMap<String, String>,
) -> Result<Vec<(String, VersionRange)>, String> {
    let need = |(name, range): (&String, &String)| {
        let range = range.parse().map_err(|error: sre_format::ParseVersionRangeError| {
            format!("of {}: {error}", shown(name))
        })?;
        Ok((collection_name(name)?, range))
    };
    needs.iter().map(need).collect()
}

fn collection_name(name: &str) -> Result<String, String> {
    let parts: Vec<_> = name.split('.').collect();
    if parts.len() == 2 && parts.iter().all(|part| is_collection_word(part)) {
        return Ok(name.to_owned());
    }
    Err(format!("`{}` is not the name of a collection", shown(name)))
}

fn check_files(listing: &Listing, files: &[Sum]) -> Result<(), String> {
    let mut listed = BTreeSet::new();
    for file in files {
        let name = file.name.as_str();
        listed.insert(name);
        match file.ftype.as_str() {
            // `ansible-galaxy` looks for the folder's own entry, except for that of the collection.
            "dir" if name == "." || is_folder(listing, name) => {}
            "dir" => {
                let shown = shown(name);
                return Err(format!("{FILES} lists the folder `{shown}`, which is not there"));
            }
            "file" => {
                let found = content(listing, name);
                let found = found.ok_or_else(|| {
                    format!("{FILES} lists `{}`, which is not there", shown(name))
                })?;
                if found != digest_of(file)? {
                    return Err(format!("{FILES} has another sum for `{}`", shown(name)));
                }
            }
            other => return Err(format!("{FILES} lists a `{}`", shown(other))),
        }
    }
    let is_more = |(name, member): &(&String, &Member)| {
        **member != Member::Folder && !is_read(name) && !listed.contains(name.as_str())
    };
    match listing.members.iter().find(is_more) {
        Some((name, _)) => Err(format!("{FILES} does not list `{}`", shown(name))),
        None => Ok(()),
    }
}

fn is_folder(listing: &Listing, name: &str) -> bool {
    matches!(listing.members.get(name), Some(Member::Folder | Member::Link(_)))
}

/// Gives the digest of a file, also where it is a link to one.
fn content(listing: &Listing, name: &str) -> Option<Digest> {
    match listing.members.get(name)? {
        Member::File(digest) => Some(*digest),
        Member::Link(target) => match listing.members.get(&resolve(name, target)?)? {
            Member::File(digest) => Some(*digest),
            _ => None,
        },
        Member::Folder => None,
    }
}

fn digest_of(sum: &Sum) -> Result<Digest, String> {
    let hex = sum.chksum_sha256.as_deref().unwrap_or_default();
    let digest = Digest::from_hex(&hex.to_ascii_lowercase());
    digest.map_err(|_| format!("there is no SHA-256 for `{}`", shown(&sum.name)))
}

fn read<'a, T: Deserialize<'a>>(name: &str, bytes: &'a [u8]) -> Result<T, String> {
    serde_json::from_slice(bytes).map_err(|error| format!("{name}: {}", shown(&error.to_string())))
}

/// Shows words that nobody here wrote.
pub(super) fn shown(text: &str) -> String {
    text.escape_debug().take(120).collect()
}
