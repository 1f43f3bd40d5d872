//! Packages of Debian: asks which are missing and installs them without starting their services.

use crate::programs::Program;
use anyhow::{Context as _, Result, bail};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

/// While this file says 101, no package starts a service; Debian's documented switch.
const SERVICE_POLICY: &str = "/usr/sbin/policy-rc.d";

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Packages {
    packages: Vec<String>,
}

impl Packages {
    pub(crate) fn install(&self) -> Result<()> {
        let missing: Vec<&str> =
            self.packages.iter().map(String::as_str).filter(|name| !is_installed(name)).collect();
        if missing.is_empty() {
            return Ok(());
        }
        println!("Debian packages to install: {}", missing.join(" "));
        if !Path::new("/usr/bin/apt-get").exists() {
            bail!("this is no Debian; install by hand: {}", missing.join(" "));
        }
        if !rustix::process::geteuid().is_root() {
            bail!("run as root: apt-get install --no-install-recommends {}", missing.join(" "));
        }
        let _quiet = NoServices::begin()?;
        // A stale list of packages names files that the mirrors no longer have, so it is renewed first.
        apt_get().arguments(["update", "-qq"]).run()?;
        apt_get()
            .arguments(["install", "-qq", "-y", "--no-install-recommends"])
            .arguments(missing)
            .output()
            .map(drop)
    }
}

fn is_installed(package: &str) -> bool {
    Program::new("dpkg-query")
        .arguments(["-W", "-f=${db:Status-Status}", package])
        .output()
        .is_ok_and(|status| status == "installed")
}

fn apt_get() -> Program {
    Program::new("apt-get").environment("DEBIAN_FRONTEND", "noninteractive")
}

/// Keeps packages from starting services as long as it lives; leaves a policy that is there already alone.
struct NoServices {
    ours: Option<PathBuf>,
}

impl NoServices {
    fn begin() -> Result<Self> {
        let path = PathBuf::from(SERVICE_POLICY);
        if path.exists() {
            return Ok(Self { ours: None });
        }
        fs::write(&path, "#!/bin/sh\nexit 101\n")
            .and_then(|()| fs::set_permissions(&path, fs::Permissions::from_mode(0o755)))
            .with_context(|| format!("cannot write {SERVICE_POLICY}"))?;
        Ok(Self { ours: Some(path) })
    }
}

impl Drop for NoServices {
    fn drop(&mut self) {
        if let Some(path) = &self.ours
            && let Err(error) = fs::remove_file(path)
        {
            eprintln!("warning: cannot remove {}: {error}", path.display());
        }
    }
}
