//! The plan as a folder: an inventory that `ansible-playbook` takes, and the files that it places.

use std::fs::{self, DirBuilder, File, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::Path;

use sre_format::bundle::VerifiedBundle;
use sre_site::Site;
use sre_steps::{Readers, write_atomically};

use super::inventory::{
    AGENT_TOKEN, FILES, Inventory, KNOWN_HOSTS, PINNED_HOSTS, SERVER_TOKEN, key_place, place,
};
use super::machines::machines;
use super::modules::MODULES;
use super::pins::pinned_hosts;
use super::public_key::public_key;
use super::tokens::keep_token;
use super::{HostPlan, HostPlanError};
use crate::host::provider_lock;

/// Marks a folder as ours.
const MARK: &str = ".sre-site";
/// The name of the inventory.
pub const INVENTORY: &str = "inventory.json";
/// The folder that OpenTofu works in.
pub const TOFU: &str = "tofu";
/// The variables of a site in it; OpenTofu reads a file of such a name by itself.
const VARIABLES: &str = "site.auto.tfvars.json";
/// The lock file of providers, under the name that OpenTofu looks for.
const PROVIDER_LOCK: &str = ".terraform.lock.hcl";

/// Writes a plan into a folder, for its owner alone; tokens that are there already stay.
pub fn write(
    plan: &HostPlan,
    site: &Site,
    bundle: &VerifiedBundle,
    folder: &Path,
    site_folder: &Path,
    authority: Option<&Path>,
) -> Result<(), HostPlanError> {
    let folder = &absolute(folder)?;
    let site_folder = &absolute(site_folder)?;
    let authority = authority.map(absolute).transpose()?;
    let authority = authority.as_deref();
    if folder.to_str().is_none_or(|path| path.contains(['"', '$', '\n'])) {
        return Err(HostPlanError::Path { path: folder.clone() });
    }
    if let Some(path) = authority {
        File::open(path).map_err(failed(path))?;
    }
    keep_private(folder)?;
    let inventory = Inventory { site, plan, folder, site_folder, authority };
    remove_others(plan, folder)?;
    for host in &plan.hosts {
        for file in &host.files {
            put(&folder.join(place(&host.name, file)), file.content.as_bytes())?;
        }
    }
    for key in plan.release.repositories.iter().flat_map(|repository| &repository.keys) {
        if let Some(entry) = bundle.entry(key) {
            put(&folder.join(key_place(key)), &bundle.read_whole(entry)?)?;
        }
    }
    for token in [SERVER_TOKEN, AGENT_TOKEN] {
        let path = folder.join(token);
        make_folder_of(&path)?;
        keep_token(&path).map_err(failed(&path))?;
    }
    put_machines(site, bundle, &folder.join(TOFU), site_folder)?;
    put(&folder.join(PINNED_HOSTS), pinned_hosts(site).as_bytes())?;
    put_if_missing(&folder.join(KNOWN_HOSTS), b"")?;
    put(&folder.join(INVENTORY), inventory.render().as_bytes())
}

/// Writes what OpenTofu makes machines of. A site that no longer has a Proxmox leaves none to it; what else is
/// in its folder, such as its state and variables of the operator's own, is not ours.
fn put_machines(
    site: &Site,
    bundle: &VerifiedBundle,
    folder: &Path,
    site_folder: &Path,
) -> Result<(), HostPlanError> {
    let variables = folder.join(VARIABLES);
    let Some(machines) = machines(site, |key| public_key(&site_folder.join(key)))? else {
        return remove_if_there(&variables);
    };
    for (path, text) in MODULES {
        put(&folder.join(path), text.as_bytes())?;
    }
    if let Some(lock) = provider_lock(bundle) {
        put(&folder.join(PROVIDER_LOCK), &bundle.read_whole(lock)?)?;
    }
    put(&variables, format!("{:#}\n", serde_json::json!(machines)).as_bytes())
}

fn remove_if_there(path: &Path) -> Result<(), HostPlanError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed(path)(error)),
        _ => Ok(()),
    }
}

/// Makes the folder, or closes one that is ours already to everybody else. One with files of somebody else is
/// refused: what does not belong to the site is removed from ours.
pub(super) fn keep_private(folder: &Path) -> Result<(), HostPlanError> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(failed(folder))?;
    let mark = folder.join(MARK);
    if !mark.exists() {
        if fs::read_dir(folder).map_err(failed(folder))?.next().is_some() {
            return Err(HostPlanError::Foreign { path: folder.to_owned() });
        }
        put(&mark, b"This folder is written by sre-install.\n")?;
    }
    fs::set_permissions(folder, Permissions::from_mode(0o700)).map_err(failed(folder))
}

/// Removes the files of hosts that the site no longer has.
fn remove_others(plan: &HostPlan, folder: &Path) -> Result<(), HostPlanError> {
    let files = folder.join(FILES);
    let Ok(found) = fs::read_dir(&files) else { return Ok(()) };
    for entry in found {
        let path = entry.map_err(failed(&files))?.path();
        let name = path.file_name().unwrap_or_default();
        if !plan.hosts.iter().any(|host| *name == *host.name) {
            fs::remove_dir_all(&path).map_err(failed(&path))?;
        }
    }
    Ok(())
}

fn absolute(path: &Path) -> Result<std::path::PathBuf, HostPlanError> {
    std::path::absolute(path).map_err(failed(path))
}

/// Keys that somebody has pinned stay.
pub(super) fn put_if_missing(path: &Path, bytes: &[u8]) -> Result<(), HostPlanError> {
    if path.exists() { Ok(()) } else { put(path, bytes) }
}

pub(super) fn put(path: &Path, bytes: &[u8]) -> Result<(), HostPlanError> {
    make_folder_of(path)?;
    // What has not changed keeps its time, so that nobody takes it for new.
    if fs::read(path).is_ok_and(|found| found == bytes) {
        return Ok(());
    }
    write_atomically(path, bytes, Readers::Owner).map_err(failed(path))
}

fn make_folder_of(path: &Path) -> Result<(), HostPlanError> {
    let Some(folder) = path.parent() else { return Ok(()) };
    DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(failed(folder))
}

fn failed(path: &Path) -> impl Fn(io::Error) -> HostPlanError {
    let path = path.to_owned();
    move |source| HostPlanError::File { path: path.clone(), source }
}
