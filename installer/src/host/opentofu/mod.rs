//! OpenTofu, out of the bundle: it has Proxmox make the machines of a site.
//!
//! [`OpenTofu::of_bundle`] unpacks the program and its provider; [`Workspace`] is a folder that it works in,
//! with whom to believe and by which token. When this program is gone, however that happens, it comes to its
//! own end within minutes and writes down what it has made; the next run waits for it.

mod error;
mod told;
mod workspace;

pub use error::OpenTofuError;
pub use told::{Changes, Diagnostic, Tofu};
pub use workspace::{Access, Workspace};

use std::path::{Path, PathBuf};

use sre_format::bundle::{Entry, VerifiedBundle};

use super::unpacked::{UnpackError, copy, folder_of};

/// The folder of the bundle that is laid out as a mirror of providers.
const PROVIDERS: &str = "tofu/providers/";
/// The part of a lock file that belongs to the provider which our modules pin.
const LOCK: &str = "tofu/locks/registry.opentofu.org/bpg/proxmox_0.111.1.lock.hcl";

/// An OpenTofu that can be run, with the providers beside it.
#[derive(Clone, Debug)]
pub struct OpenTofu {
    program: PathBuf,
    providers: PathBuf,
}

impl OpenTofu {
    /// Takes the bundle's: unpacks it below `state` unless it is there.
    pub fn of_bundle(bundle: &VerifiedBundle, state: &Path) -> Result<Self, OpenTofuError> {
        let missing = || OpenTofuError::NotCarried { what: "OpenTofu" };
        let path = format!("tools/{}/tofu", platform().ok_or_else(missing)?);
        let program = bundle.entry(&path).ok_or_else(missing)?;
        let providers = providers(bundle)?;
        let all = providers.iter().copied().chain([program]);
        let names: Vec<_> = all.map(|entry| format!("{} {}", entry.digest, entry.path)).collect();
        let folder = folder_of(&state.join("tofu"), &names, |folder| {
            copy(bundle, program, &folder.join("tofu"), 0o700)?;
            providers.iter().try_for_each(|entry| {
                let inside = entry.path.as_str().trim_start_matches("tofu/");
                copy(bundle, entry, &folder.join(inside), 0o600)
            })?;
            Ok::<_, UnpackError>(())
        })?;
        Ok(Self { program: folder.join("tofu"), providers: folder.join("providers") })
    }

    /// Gives where the program is, for who wants to run it by hand.
    #[must_use]
    pub fn program(&self) -> &Path {
        &self.program
    }
}

/// Finds the lock file that names the provider of the bundle, by which OpenTofu refuses any other.
#[must_use]
pub fn provider_lock(bundle: &VerifiedBundle) -> Option<&Entry> {
    bundle.entry(LOCK)
}

/// Finds all providers, where there is the one that our modules pin.
fn providers(bundle: &VerifiedBundle) -> Result<Vec<&Entry>, OpenTofuError> {
    let entries = bundle.table().entries.iter();
    let found: Vec<_> =
        entries.filter(|entry| entry.path.as_str().starts_with(PROVIDERS)).collect();
    if found.is_empty() || provider_lock(bundle).is_none() {
        return Err(OpenTofuError::NotCarried { what: "provider of Proxmox" });
    }
    Ok(found)
}

/// Names this machine as the bundle's folders of tools do.
fn platform() -> Option<&'static str> {
    match std::env::consts::ARCH {
        "x86_64" => Some("linux-amd64"),
        "aarch64" => Some("linux-arm64"),
        _ => None,
    }
}
