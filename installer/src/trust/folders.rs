//! Keys in files and folders.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use sre_format::signature::PublicKey;
use sre_format::trust::Trust;
use sre_steps::{Readers, write_atomically};

use super::TrustSourceError;

/// The folders whose keys are believed.
#[derive(Clone, Debug)]
pub struct TrustFolders {
    folders: Vec<PathBuf>,
}

/// Where an administrator puts keys.
const SYSTEM_FOLDER: &str = "/etc/sre/trust.d";
/// Names another folder instead, such as in tests.
const VARIABLE: &str = "SRE_TRUST";
/// The permission by which everybody may write.
const WRITABLE_BY_ALL: u32 = 0o002;

impl TrustFolders {
    /// Takes the administrator's folder, and `trust.d` of a state directory when there is one.
    #[must_use]
    pub fn new(state: Option<&Path>) -> Self {
        let system = std::env::var_os(VARIABLE).filter(|folder| !folder.is_empty());
        let system = system.map_or_else(|| SYSTEM_FOLDER.into(), PathBuf::from);
        let own = state.map(|state| state.join("trust.d"));
        Self { folders: std::iter::once(system).chain(own).collect() }
    }

    /// Lists the folders, the administrator's first.
    pub(super) fn paths(&self) -> impl Iterator<Item = &Path> {
        self.folders.iter().map(PathBuf::as_path)
    }

    /// Reads every `*.pub`, `*.pem` and `*.toml`; a folder that is not there holds none.
    ///
    /// Where everybody may write, everybody could be believed: such a folder or file is an error.
    pub fn read(&self) -> Result<Trust, TrustSourceError> {
        let mut trust = Trust::default();
        for path in self.files()? {
            trust = trust.or(Trust::read(&path)?);
        }
        Ok(trust)
    }

    /// Lists those files.
    pub fn files(&self) -> Result<Vec<PathBuf>, TrustSourceError> {
        let mut files = Vec::new();
        for folder in &self.folders {
            files.extend(key_files(folder)?);
        }
        Ok(files)
    }

    /// Keeps a key whose fingerprint a person has compared, and says where.
    pub fn keep(&self, key: &PublicKey) -> Result<PathBuf, TrustSourceError> {
        let name = format!("{}.pub", key.id());
        let pem = key.to_pem();
        let mut last = None;
        for folder in &self.folders {
            let path = folder.join(&name);
            let kept = fs::create_dir_all(folder)
                .and_then(|()| write_atomically(&path, pem.as_bytes(), Readers::Everyone));
            match kept {
                Ok(()) => return Ok(path),
                Err(source) => last = Some(TrustSourceError::Keep { path, source }),
            }
        }
        Err(last.unwrap_or(TrustSourceError::NoKey))
    }
}

fn key_files(folder: &Path) -> Result<Vec<PathBuf>, TrustSourceError> {
    let failed = |source| TrustSourceError::Folder { path: folder.to_owned(), source };
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(failed)?,
    };
    refuse_writable_by_all(folder)?;
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry.map_err(failed)?.path();
        let extension = path.extension().and_then(|extension| extension.to_str());
        if matches!(extension, Some("pub" | "pem" | "toml")) {
            refuse_writable_by_all(&path)?;
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

fn refuse_writable_by_all(path: &Path) -> Result<(), TrustSourceError> {
    let metadata = fs::metadata(path)
        .map_err(|source| TrustSourceError::Folder { path: path.to_owned(), source })?;
    if metadata.permissions().mode() & WRITABLE_BY_ALL != 0 {
        return Err(TrustSourceError::WritableByAll { path: path.to_owned() });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PEM: &str = "-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEORcVI0ip4YDg+8naLNPbu70hNycq
GF9zbVY0S9825CnLaizPK5HEJs5ZdPfLYI8lsNIK5ZAQ0x6yhtSl6zkHow==
-----END PUBLIC KEY-----
";

    fn folders(folder: &Path) -> TrustFolders {
        TrustFolders { folders: vec![folder.join("system"), folder.join("own")] }
    }

    #[test]
    fn believes_what_it_has_kept() {
        let folder = tempfile::tempdir().unwrap();
        let folders = folders(folder.path());
        assert!(folders.read().unwrap().is_empty());
        let key = PublicKey::from_pem(PEM).unwrap();
        let path = folders.keep(&key).unwrap();
        assert!(path.starts_with(folder.path().join("system")));
        assert_eq!(folders.read().unwrap().keys().collect::<Vec<_>>(), [&key]);
    }

    #[test]
    fn keeps_a_key_elsewhere_when_the_first_folder_refuses() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("system"), "a file where a folder should be").unwrap();
        let folders = folders(folder.path());
        let path = folders.keep(&PublicKey::from_pem(PEM).unwrap()).unwrap();
        assert!(path.starts_with(folder.path().join("own")));
    }

    #[test]
    fn where_everybody_may_write_nobody_is_believed() {
        let folder = tempfile::tempdir().unwrap();
        let system = folder.path().join("system");
        fs::create_dir(&system).unwrap();
        fs::write(system.join("a.pub"), PEM).unwrap();
        for (path, safe) in [(system.join("a.pub"), 0o664), (system.clone(), 0o775)] {
            fs::set_permissions(&path, fs::Permissions::from_mode(safe | WRITABLE_BY_ALL)).unwrap();
            let error = folders(folder.path()).read().unwrap_err();
            assert!(matches!(error, TrustSourceError::WritableByAll { .. }), "{error}");
            fs::set_permissions(&path, fs::Permissions::from_mode(safe)).unwrap();
            assert_eq!(folders(folder.path()).read().unwrap().keys().count(), 1);
        }
    }

    #[test]
    fn a_key_that_cannot_be_used_is_never_skipped() {
        let folder = tempfile::tempdir().unwrap();
        let system = folder.path().join("system");
        fs::create_dir(&system).unwrap();
        fs::write(system.join("README"), "not read").unwrap();
        fs::write(system.join("a.pub"), PEM).unwrap();
        assert_eq!(folders(folder.path()).read().unwrap().keys().count(), 1);
        fs::write(system.join("b.pub"), "-----BEGIN PRIVATE KEY-----").unwrap();
        let error = folders(folder.path()).read().unwrap_err();
        assert!(matches!(error, TrustSourceError::File(_)));
    }
}
