//! Tools written in Python: their packages from the Python index, in a folder of their own.

use crate::programs::Program;
use anyhow::Result;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use super::built::build_once;

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PythonTool {
    /// The package of the index, and what it is called here.
    #[serde(rename = "package")]
    pub(crate) name: String,
    version: String,
    /// Those of its programs that tests use.
    programs: Vec<String>,
}

impl PythonTool {
    /// Installs the package beside a script for each program that starts it with them; no other Python sees it.
    pub(crate) fn install(&self, tools: &Path) -> Result<()> {
        let programs: Vec<_> = self.programs.iter().collect();
        build_once(tools, &self.name, &self.version, &programs, |folder| {
            Program::new("python3")
                .arguments(["-m", "pip", "install", "--quiet", "--no-cache-dir"])
                .arguments(["--disable-pip-version-check", "--root-user-action=ignore", "--target"])
                .arguments([folder.join("packages").as_os_str()])
                .arguments([format!("{}=={}", self.name, self.version)])
                .run()?;
            self.programs.iter().try_for_each(|program| write_script(folder, program))
        })
    }
}

/// Writes the script that starts a program.
///
/// The folder is renamed when it is whole, so the script finds the packages from its own place.
fn write_script(folder: &Path, program: &str) -> Result<()> {
    let script = format!(
        "#!/bin/sh\nset -eu\nhome=$(dirname \"$(readlink -f \"$0\")\")\n\
         export PYTHONPATH=\"$home/packages\"\nexec python3 \"$home/packages/bin/{program}\" \"$@\"\n"
    );
    let path = folder.join(program);
    fs::write(&path, script)?;
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755))?;
    Ok(())
}
