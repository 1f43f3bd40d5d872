//! The folder of a site: what Ansible is given, and the digests that tell whether it is still the same.

use std::fs;
use std::path::{Path, PathBuf};

use sre_format::Digest;

use super::seed_server::SeedServer;
use super::{ApplyError, Work};
use crate::host::{playbooks_digest, write_playbooks};
use crate::site;

/// The folder of our playbooks inside.
pub(super) const ANSIBLE: &str = "ansible";
/// The inventory inside.
pub(super) const INVENTORY: &str = site::INVENTORY;

/// The folder with all files of a site.
pub(super) struct SiteFiles {
    folder: PathBuf,
    /// Our playbooks, the inventory, and what is trusted: the seed server's authority, keys of repositories.
    pub hardening: Digest,
    /// The files of every node, its tokens included.
    pub cluster: Digest,
    /// What OpenTofu makes machines of, where the site has a Proxmox.
    pub machines: Option<Digest>,
}

impl SiteFiles {
    /// Gives the folder.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }
}

/// Writes the folder; what has not changed keeps its time, tokens stay.
pub(super) fn write(work: &Work, server: &SeedServer) -> Result<SiteFiles, ApplyError> {
    let folder = work.folder().to_owned();
    let authority = server.authority.as_deref();
    site::write(work.plan(), work.site(), work.bundle(), &folder, work.site_folder(), authority)?;
    let ansible = folder.join(ANSIBLE);
    write_playbooks(&ansible)
        .map_err(|source| ApplyError::File { path: ansible.clone(), source })?;
    let inventory = read(&folder.join(INVENTORY))?;
    let trusted = authority.map_or_else(|| Ok(Vec::new()), read)?;
    let keys = whole(&folder.join(site::KEYS))?;
    let hardening = [playbooks_digest().to_string().into_bytes(), inventory, trusted, keys];
    // Receipts may be read by everybody, and a file may hold a password that somebody could guess: the
    // tokens come first, which nobody can.
    let files = [whole(&folder.join(site::SECRETS))?, whole(&folder.join(site::FILES))?];
    Ok(SiteFiles {
        folder,
        hardening: Digest::of(&hardening.concat()),
        cluster: Digest::of(&files.concat()),
        machines: work.site().proxmox.as_ref().map(|_| machines(work)).transpose()?,
    })
}

/// Gives the digest of all that OpenTofu reads: our modules, and variables, the operator's own included.
fn machines(work: &Work) -> Result<Digest, ApplyError> {
    let folder = work.folder().join(site::TOFU);
    let failed = |source| ApplyError::File { path: folder.clone(), source };
    let mut paths = Vec::new();
    for entry in fs::read_dir(&folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let ending = path.extension().unwrap_or_default();
        if path.is_file() && ["tf", "tfvars", "json", "hcl"].iter().any(|ours| ending == *ours) {
            paths.push(path);
        }
    }
    paths.sort();
    let mut bytes = whole(&folder.join("modules"))?;
    for path in paths {
        bytes.extend(format!("{}\n", path.display()).into_bytes());
        bytes.extend(read(&path)?);
    }
    Ok(Digest::of(&bytes))
}

fn read(path: &Path) -> Result<Vec<u8>, ApplyError> {
    fs::read(path).map_err(|source| ApplyError::File { path: path.to_owned(), source })
}

/// Gives paths and bytes of all files below a folder, in the order of their paths.
fn whole(folder: &Path) -> Result<Vec<u8>, ApplyError> {
    let failed = |source| ApplyError::File { path: folder.to_owned(), source };
    let Ok(entries) = fs::read_dir(folder) else { return Ok(Vec::new()) };
    let mut paths = Vec::new();
    for entry in entries {
        paths.push(entry.map_err(failed)?.path());
    }
    paths.sort();
    let mut bytes = Vec::new();
    for path in paths {
        let content = if path.is_dir() { whole(&path)? } else { read(&path)? };
        bytes.extend(format!("{} {}\n", path.display(), content.len()).into_bytes());
        bytes.extend(content);
    }
    Ok(bytes)
}
