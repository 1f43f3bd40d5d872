//! The repository of a set: `deb/NAME/`, with a suite of the same name and the component `main`.

use sre_deb::repository::{Description, Listed, write};
use sre_format::Digest;
use sre_format::bundle::BundlePath;
use sre_format::lock::{LockedFileSet, Made, PlacedFile, PlacedOrigin, SetKind};

use super::error::DebError;
use crate::repositories::MadeFile;

/// The one component of our repositories.
const COMPONENT: &str = "main";
/// The word of the lock for what is made here.
const INDEX: &str = "index";

/// Gives the place of something in the repository of a set.
pub(crate) fn package_path(set: &str, path: &str) -> Result<BundlePath, DebError> {
    let whole = format!("{}/{set}/{path}", SetKind::Deb.folder());
    whole.parse().map_err(|source| DebError::Path { path: path.to_owned(), source })
}

/// Gives the architectures that a set of the lock has indexes for.
fn architectures(set: &LockedFileSet) -> Vec<String> {
    let architecture = |file: &PlacedFile| {
        let folder = file.path.as_str().strip_suffix("/Packages")?;
        Some(folder.rsplit_once("/binary-")?.1.to_owned())
    };
    set.files.iter().filter_map(architecture).collect()
}

/// Makes indexes and `Release` from the packages of a set and its version, which is the date.
pub(crate) fn metadata(
    set: &LockedFileSet,
    architectures: &[String],
) -> Result<Vec<MadeFile>, DebError> {
    let date = set.version.parse().map_err(|_| DebError::Date { set: set.name.clone() })?;
    let description = Description {
        origin: "SRE".to_owned(),
        label: set.name.clone(),
        suite: set.name.clone(),
        component: COMPONENT.to_owned(),
        date,
        architectures: architectures.iter().cloned().collect(),
    };
    let metadata = write(&description, &listed(set)?).map_err(DebError::Pack)?;
    let mut files = vec![made(set, &metadata.release_path, metadata.release.into_bytes())?];
    for (path, bytes) in metadata.indexes {
        files.push(made(set, &path, bytes)?);
    }
    Ok(files)
}

/// Makes the metadata of a set of the lock again, which must be what the lock names.
pub(crate) fn metadata_of(set: &LockedFileSet) -> Result<Vec<MadeFile>, DebError> {
    let files = metadata(set, &architectures(set))?;
    for file in &files {
        let found = Digest::of(&file.bytes);
        let locked = set.files.iter().find(|one| one.path == file.path).map(|one| one.digest);
        if locked != Some(found) {
            return Err(DebError::Differs { path: file.path.clone(), locked, found });
        }
    }
    Ok(files)
}

/// Gives the row of a file of metadata in the lock.
pub(crate) fn placed(file: &MadeFile) -> PlacedFile {
    PlacedFile {
        path: file.path.clone(),
        digest: Digest::of(&file.bytes),
        size: file.bytes.len() as u64,
        media_type: file.media_type.to_owned(),
        origin: PlacedOrigin::Made(Made { what: INDEX.to_owned(), from: Vec::new() }),
    }
}

fn listed(set: &LockedFileSet) -> Result<Vec<Listed>, DebError> {
    let folder = format!("{}/{}/", SetKind::Deb.folder(), set.name);
    let mut packages = Vec::new();
    for file in &set.files {
        if let PlacedOrigin::Package { record, .. } = &file.origin {
            let path = file.path.as_str();
            let path = path.strip_prefix(&folder).unwrap_or(path);
            let listed = Listed::read(record, path, file.size, file.digest);
            packages.push(listed.map_err(DebError::Record)?);
        }
    }
    Ok(packages)
}

fn made(set: &LockedFileSet, path: &str, bytes: Vec<u8>) -> Result<MadeFile, DebError> {
    let media_type = match path.rsplit_once('.').map(|(_, ending)| ending) {
        Some("gz") => "application/gzip",
        Some("xz") => "application/x-xz",
        _ => "text/plain",
    };
    Ok(MadeFile { path: package_path(&set.name, path)?, bytes, media_type })
}
