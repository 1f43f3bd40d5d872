//! Programs of the admin host that are only asked for their version.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use tokio::process::Command;

use super::child::{self, Limits};

/// A version is told at once and in one line.
const LIMITS: Limits = Limits { time: Duration::from_secs(10), output: 4096 };

/// The folders in which programs are looked for.
#[derive(Clone, Debug)]
pub struct Programs {
    path: OsString,
}

impl Programs {
    /// Takes the folders of `PATH`.
    #[must_use]
    pub fn of_environment() -> Self {
        Self::new(std::env::var_os("PATH").unwrap_or_default())
    }

    /// Takes folders as `PATH` has them.
    #[must_use]
    pub fn new(path: impl Into<OsString>) -> Self {
        Self { path: path.into() }
    }

    /// Finds a program.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<PathBuf> {
        std::env::split_paths(&self.path)
            .map(|folder| folder.join(name))
            .find(|path| path.is_file())
    }

    /// Starts a program with an argument and gives the first line that it says on either output.
    #[expect(clippy::disallowed_methods, reason = "only the program itself knows its version")]
    pub async fn version(&self, name: &str, argument: &str) -> Option<String> {
        let mut command = Command::new(self.find(name)?);
        command.arg(argument).env("LC_ALL", "C");
        let ended = child::run(command, &[], LIMITS).await.ok()?;
        let said = [ended.stdout, ended.stderr].concat();
        let line = String::from_utf8_lossy(&said).lines().next()?.trim().to_owned();
        (ended.code == Some(0) && !line.is_empty()).then_some(line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_program_tells_its_version_or_is_not_there() {
        let programs = Programs::of_environment();
        let version = programs.version("tar", "--version").await.unwrap();
        assert!(version.contains("tar"), "{version}");
        assert_eq!(programs.version("tar", "--no-such-option").await, None);
        assert_eq!(Programs::new("/nonexistent").find("tar"), None);
    }
}
