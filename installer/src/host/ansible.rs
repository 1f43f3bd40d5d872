//! Ansible out of the bundle: its wheels, unpacked once, and the Python that runs them.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use sre_format::bundle::{Entry, VerifiedBundle};
use sre_format::{Explain, Fault};

use super::unpacked::{UnpackError, copy, folder_of};
use super::wheel::{PythonVersion, Wheel};

/// The folder of wheels inside a bundle.
const WHEELS: &str = "ansible/wheels/";
/// The package that brings `ansible-playbook`.
const CORE: &str = "ansible_core";
/// The oldest Python that is asked for when no wheel says which.
const OLDEST: PythonVersion = PythonVersion { major: 3, minor: 10 };

/// Says why Ansible cannot be run.
#[derive(Debug, thiserror::Error)]
pub enum AnsibleError {
    /// The bundle has no wheel of it for this machine.
    #[error("the bundle carries no Ansible for this machine")]
    NotCarried,
    /// No Python of the version that the wheels are built for is in `PATH`.
    #[error("this machine has no Python {version}, for which the bundle carries Ansible")]
    NoPython {
        /// The version.
        version: PythonVersion,
    },
    /// A wheel cannot be taken out of the bundle.
    #[error("cannot unpack Ansible")]
    Unpacked(#[from] UnpackError),
    /// It cannot be started, or cannot be listened to.
    #[error("cannot run Ansible")]
    Run(#[source] io::Error),
    /// Python could not unpack a wheel.
    #[error("Python could not unpack {}: {reason}", .path.display())]
    Unpack {
        /// The wheel.
        path: PathBuf,
        /// What Python said.
        reason: String,
    },
}

impl Explain for AnsibleError {
    fn fault(&self) -> Fault {
        match self {
            Self::NotCarried => Fault::Input,
            Self::NoPython { .. } | Self::Unpack { .. } => Fault::Site,
            Self::Unpacked(error) => error.fault(),
            Self::Run(source) => Fault::of_io(source),
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::NotCarried => Some(
                "carry `ansible-core` and what it needs under `[ansible.python]` of the manifest, or name \
                 an `ansible-playbook` of this machine with `--ansible-playbook FILE`"
                    .into(),
            ),
            Self::NoPython { version } => Some(format!(
                "install the package `python{version}` on this machine, for example from the bundle's own \
                 repository, or name an `ansible-playbook` with `--ansible-playbook FILE`"
            )),
            Self::Unpacked(error) => error.hint(),
            Self::Run(source) => sre_format::file_hint(source),
            Self::Unpack { .. } => None,
        }
    }
}

/// An `ansible-playbook` that can be run.
#[derive(Clone, Debug)]
pub struct Ansible {
    /// The program with its first arguments.
    pub(super) words: Vec<OsString>,
    /// The folder that Python finds packages in, where they come from the bundle.
    pub(super) packages: Option<PathBuf>,
}

impl Ansible {
    /// Takes an `ansible-playbook` of this machine.
    #[must_use]
    pub fn of_machine(program: &Path) -> Self {
        Self { words: vec![program.into()], packages: None }
    }

    /// Finds the Python of this machine that runs the Ansible of a bundle; nothing is unpacked.
    pub fn python_of(bundle: &VerifiedBundle) -> Result<PathBuf, AnsibleError> {
        python_for(&wheels(bundle))
    }

    /// Takes the bundle's: unpacks its wheels below `state` unless they are there, and finds their Python.
    pub fn of_bundle(bundle: &VerifiedBundle, state: &Path) -> Result<Self, AnsibleError> {
        let wheels = wheels(bundle);
        let python = python_for(&wheels)?;
        let packages = unpacked(bundle, &wheels, state, &python)?;
        let words = [python.as_os_str(), "-m".as_ref(), "ansible".as_ref(), "playbook".as_ref()];
        Ok(Self { words: words.map(Into::into).into(), packages: Some(packages) })
    }
}

/// Finds the wheels that run on this machine.
fn wheels(bundle: &VerifiedBundle) -> Vec<(Wheel, &Entry)> {
    let entries = bundle.table().entries.iter();
    let named = entries.filter_map(|entry| {
        let name = entry.path.as_str().strip_prefix(WHEELS)?;
        Some((Wheel::parse(name)?, entry))
    });
    named.filter(|(wheel, _)| wheel.runs_on(std::env::consts::ARCH)).collect()
}

/// Finds the Python for wheels, among which Ansible must be.
fn python_for(wheels: &[(Wheel, &Entry)]) -> Result<PathBuf, AnsibleError> {
    if !wheels.iter().any(|(wheel, _)| wheel.package == CORE) {
        return Err(AnsibleError::NotCarried);
    }
    find_python(wheels.iter().filter_map(|(wheel, _)| wheel.built_for()).max())
}

/// Finds the Python of a version, or any that is new enough where none is.
fn find_python(version: Option<PythonVersion>) -> Result<PathBuf, AnsibleError> {
    let exact = version.map(|version| format!("python{version}"));
    let names = exact.into_iter().chain(["python3".to_owned()]);
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let folders: Vec<_> = std::env::split_paths(&folders).collect();
    let programs = names.flat_map(|name| folders.iter().map(move |folder| folder.join(&name)));
    let suits = |found: PythonVersion| version.map_or(found >= OLDEST, |wanted| found == wanted);
    programs
        .into_iter()
        .find(|program| version_of(program).is_some_and(suits))
        .ok_or(AnsibleError::NoPython { version: version.unwrap_or(OLDEST) })
}

#[expect(clippy::disallowed_methods, reason = "a Python itself knows its version best")]
fn version_of(python: &Path) -> Option<PythonVersion> {
    if !python.is_file() {
        return None;
    }
    let program = "import sys; print('%d.%d' % sys.version_info[:2])";
    let said = Command::new(python).args(["-I", "-c", program]).stdin(Stdio::null()).output();
    String::from_utf8(said.ok()?.stdout).ok()?.trim().parse().ok()
}

/// Unpacks the wheels into a folder that is named for all of them and their Python.
fn unpacked(
    bundle: &VerifiedBundle,
    wheels: &[(Wheel, &Entry)],
    state: &Path,
    python: &Path,
) -> Result<PathBuf, AnsibleError> {
    let mut names: Vec<_> = wheels.iter().map(|(_, entry)| entry.digest.to_string()).collect();
    names.sort();
    names.push(python.display().to_string());
    folder_of(&state.join("ansible"), &names, |folder| {
        wheels.iter().try_for_each(|(_, entry)| unpack(bundle, entry, folder, python))
    })
}

#[expect(clippy::disallowed_methods, reason = "Python unpacks its own wheels")]
fn unpack(
    bundle: &VerifiedBundle,
    entry: &Entry,
    folder: &Path,
    python: &Path,
) -> Result<(), AnsibleError> {
    let wheel = folder.join("wheel.zip");
    copy(bundle, entry, &wheel, 0o600)?;
    let failed = UnpackError::write(&wheel);
    let mut command = Command::new(python);
    command.args(["-I", "-m", "zipfile", "-e"]).arg(&wheel).arg(folder);
    let said = command.stdin(Stdio::null()).output().map_err(&failed)?;
    if !said.status.success() {
        let reason = String::from_utf8_lossy(&said.stderr).trim().to_owned();
        return Err(AnsibleError::Unpack { path: entry.path.to_string().into(), reason });
    }
    Ok(fs::remove_file(&wheel).map_err(failed)?)
}
