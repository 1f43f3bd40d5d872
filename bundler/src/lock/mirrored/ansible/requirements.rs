//! What `ansible-galaxy` and `pip` are told beyond the gap.

use sre_format::bundle::ParsePathError;
use sre_format::lock::{LockedFileSet, PlacedFile, SetKind};

use super::{contents, set_of_files};
use crate::lock::ResolveError;

/// The name of the set that holds both files.
const NAME: &str = "requirements";

/// Makes `requirements.yml`, and `requirements.txt` where there are wheels.
pub(super) fn of(sets: &[LockedFileSet]) -> Result<LockedFileSet, ResolveError> {
    let (mut collections, mut roles, mut wheels) = (Vec::new(), Vec::new(), Vec::new());
    let mut sets: Vec<_> = sets.iter().collect();
    sets.sort_by(|one, other| one.name.cmp(&other.name));
    for set in sets {
        match set.name.split_once(':') {
            Some(("role", name)) => roles.push((name, set)),
            Some((_, name)) => wheels.push((name, set)),
            None => collections.push(set),
        }
    }
    let mut lines = vec!["---".to_owned()];
    lines.push(if collections.is_empty() { "collections: []" } else { "collections:" }.to_owned());
    for set in collections {
        let archives = set.files.iter().map(inside);
        lines.extend(
            archives.flat_map(|path| [format!("  - name: {path}"), "    type: file".into()]),
        );
    }
    lines.push(if roles.is_empty() { "roles: []" } else { "roles:" }.to_owned());
    for (name, set) in roles {
        let archives = set.files.iter().map(inside);
        lines.extend(
            archives.flat_map(|path| [format!("  - src: {path}"), format!("    name: {name}")]),
        );
    }
    let mut files = vec![file("requirements.yml", "application/yaml", lines)?];
    if !wheels.is_empty() {
        let lines = wheels.into_iter().map(|(name, set)| {
            let sums = set.files.iter().map(|file| format!(" --hash={}", file.digest));
            format!("{name}=={}{}", set.version, sums.collect::<String>())
        });
        files.push(file("requirements.txt", "text/plain", lines.collect())?);
    }
    Ok(set_of_files(NAME, "", files, Vec::new()))
}

/// Gives the path of a file as seen from the folder of the requirements.
fn inside(file: &PlacedFile) -> &str {
    let path = file.path.as_str();
    path.strip_prefix(SetKind::Ansible.folder()).unwrap_or(path).trim_start_matches('/')
}

fn file(name: &str, media_type: &str, lines: Vec<String>) -> Result<PlacedFile, ResolveError> {
    let path = format!("{}/{name}", SetKind::Ansible.folder()).parse();
    let path = path.map_err(|error: ParsePathError| contents(NAME, error.to_string()))?;
    Ok(PlacedFile::of_lines(path, media_type, lines))
}
