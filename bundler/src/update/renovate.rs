//! Versions in the form in which Renovate's custom data sources want them
//! (<https://docs.renovatebot.com/modules/datasource/custom/>): a file for each input, with its releases.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::json;
use sre_format::{Explain, Fault};

use super::report::{Report, Update};

/// Says why the files cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write {}", .path.display())]
pub struct RenovateError {
    path: PathBuf,
    #[source]
    source: io::Error,
}

impl Explain for RenovateError {
    fn fault(&self) -> Fault {
        Fault::of_io(&self.source)
    }

    fn hint(&self) -> Option<String> {
        Some(match self.source.kind() {
            io::ErrorKind::AlreadyExists => {
                "leave one of the two out of the manifest for this".into()
            }
            _ => "name a folder in which this user may write".into(),
        })
    }
}

/// Writes `FOLDER/KIND/NAME.json` for every input whose versions are known.
pub fn write(report: &Report, folder: &Path) -> Result<(), RenovateError> {
    let mut written = BTreeMap::new();
    for update in &report.inputs {
        let path = folder.join(update.kind).join(format!("{}.json", file_name(&update.name)));
        let failed = |source| RenovateError { path: path.clone(), source };
        if let Some(other) = written.insert(path.clone(), &update.name)
            && *other != update.name
        {
            let both = format!("{other} and {} would both be this file", update.name);
            return Err(failed(io::Error::new(io::ErrorKind::AlreadyExists, both)));
        }
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).map_err(failed)?;
        }
        std::fs::write(&path, format!("{:#}\n", releases(update))).map_err(failed)?;
    }
    Ok(())
}

/// Lists what is pinned and what is newer; Renovate wants to find the pinned one, too.
fn releases(update: &Update) -> serde_json::Value {
    let current = std::iter::once(update.current.as_str());
    let versions = current.chain(update.newer().map(|(_, version)| version));
    json!({ "releases": versions.map(|version| json!({ "version": version })).collect::<Vec<_>>() })
}

/// Makes a name that is one file whatever the input is called: no folders, no drives.
fn file_name(name: &str) -> String {
    let name = name.split_once("://").map_or(name, |(_, rest)| rest);
    let fits = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    name.chars().map(|c| if fits(c) { c } else { '_' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_inputs_become_names_of_files() {
        assert_eq!(file_name("docker.io/grafana/loki"), "docker.io_grafana_loki");
        assert_eq!(file_name("oci://127.0.0.1:5000/charts/demo"), "127.0.0.1_5000_charts_demo");
        assert_eq!(file_name("../../etc/passwd"), ".._.._etc_passwd");
    }

    #[test]
    fn two_inputs_never_share_a_file() {
        let versions = |name: &str| Update::of("image", name.to_owned(), "1.0.0".to_owned(), &[]);
        let report =
            |names: [&str; 2]| Report { inputs: names.map(versions).to_vec(), ..Report::default() };
        let folder = tempfile::tempdir().unwrap();
        write(&report(["a.io/b", "a.io/c"]), folder.path()).unwrap();
        assert_eq!(folder.path().join("image").read_dir().unwrap().count(), 2);
        let error = write(&report(["a.io/b/c", "a.io/b_c"]), folder.path()).unwrap_err();
        assert_eq!(error.source.to_string(), "a.io/b/c and a.io/b_c would both be this file");
    }
}
