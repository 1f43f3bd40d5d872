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
    pub(crate) name: String,
    package: String,
    version: String,
}

impl PythonTool {
    /// Installs the package beside a script that starts the program with it; no other Python sees it.
    pub(crate) fn install(&self, tools: &Path) -> Result<()> {
        build_once(tools, &self.name, &self.version, |folder| {
            Program::new("python3")
                .arguments(["-m", "pip", "install", "--quiet", "--no-cache-dir"])
                .arguments(["--disable-pip-version-check", "--root-user-action=ignore", "--target"])
                .arguments([folder.join("packages").as_os_str()])
                .arguments([format!("{}=={}", self.package, self.version)])
                .run()?;
            // The folder is renamed when it is whole, so the script finds it from its own place.
            let script = format!(
                "#!/bin/sh\nset -eu\nhome=$(dirname \"$(readlink -f \"$0\")\")\n\
                 export PYTHONPATH=\"$home/packages\"\nexec python3 \"$home/packages/bin/{}\" \"$@\"\n",
                self.name
            );
            let path = folder.join(&self.name);
            fs::write(&path, script)?;
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755))?;
            Ok(())
        })
    }
}
