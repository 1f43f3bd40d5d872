//! The directory where a machine remembers what was done.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};
use sre_format::{Explain, Fault};

/// Where receipts, serials, trusted keys and the run lock are kept.
///
/// `--state DIR` or `SRE_STATE`, else `/var/lib/sre` for root, else `$XDG_STATE_HOME/sre`, else
/// `~/.local/state/sre`. The home folder is read from the environment alone: a static program
/// must not ask the C library for users.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateDirectory {
    path: PathBuf,
}

/// Says what went wrong with the state directory.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// Neither an option nor the environment says where it is.
    #[error("nothing says where the state directory is")]
    NoPlace,
    /// It cannot be made.
    #[error("cannot make the state directory {path}")]
    Make {
        /// The directory.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// Something in it cannot be read.
    #[error("cannot read {path}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// Something in it cannot be written.
    #[error("cannot write {path}")]
    Write {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// A receipt is not what this program writes.
    #[error("the receipt {path} cannot be understood")]
    Receipt {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: serde_json::Error,
    },
    /// Another run works with the same state.
    #[error("another run holds {path}")]
    Busy {
        /// The file that it locks.
        path: PathBuf,
    },
}

impl Explain for StateError {
    fn fault(&self) -> Fault {
        match self {
            Self::NoPlace => Fault::Usage,
            Self::Make { source, .. } | Self::Read { source, .. } | Self::Write { source, .. } => {
                Fault::of_io(source)
            }
            Self::Receipt { .. } | Self::Busy { .. } => Fault::Site,
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NoPlace => "give `--state DIR` or set SRE_STATE".into(),
            Self::Make { .. } | Self::Write { .. } => {
                "give another place with `--state DIR`".into()
            }
            Self::Busy { path } => {
                format!("wait until it ends; `fuser {}` tells which process it is", path.display())
            }
            Self::Receipt { path, .. } => format!("move {} away and run again", path.display()),
            Self::Read { path, .. } => {
                format!(
                    "let this user read {}, or give another place with `--state DIR`",
                    path.display()
                )
            }
        })
    }
}

/// Holds the right to be the one run; given back when dropped, or when the process dies.
#[derive(Debug)]
pub struct RunLock {
    _file: File,
}

impl StateDirectory {
    /// Finds the directory and makes it if it is missing.
    pub fn open(explicit: Option<&Path>) -> Result<Self, StateError> {
        let path = match explicit {
            Some(path) => path.to_owned(),
            None => default_place().ok_or(StateError::NoPlace)?,
        };
        std::fs::create_dir_all(&path)
            .map_err(|source| StateError::Make { path: path.clone(), source })?;
        Ok(Self { path })
    }

    /// Gives the directory itself.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Becomes the one run that works with this state; fails at once while another one does.
    pub fn lock(&self) -> Result<RunLock, StateError> {
        let path = self.path.join("run.lock");
        let failed = |source| StateError::Write { path: path.clone(), source };
        let mut options = File::options();
        let file = options.write(true).create(true).truncate(false).open(&path).map_err(failed)?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(RunLock { _file: file }),
            Err(rustix::io::Errno::WOULDBLOCK) => Err(StateError::Busy { path }),
            Err(error) => Err(failed(error.into())),
        }
    }
}

fn default_place() -> Option<PathBuf> {
    if rustix::process::geteuid().is_root() {
        return Some("/var/lib/sre".into());
    }
    let folder = |name| {
        std::env::var_os(name).map(PathBuf::from).filter(|path: &PathBuf| path.is_absolute())
    };
    folder("XDG_STATE_HOME")
        .or_else(|| folder("HOME").map(|home| home.join(".local/state")))
        .map(|state| state.join("sre"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lets_one_run_work_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let state = StateDirectory::open(Some(&folder.path().join("a/b"))).unwrap();
        let first = state.lock().unwrap();
        assert!(matches!(state.lock(), Err(StateError::Busy { .. })));
        drop(first);
        assert!(state.lock().is_ok());
    }
}
