//! The keys of hosts, as `ssh` reads them.

use std::path::Path;

use sre_site::{Node, Site};

use super::HostPlanError;
use super::inventory::{KNOWN_HOSTS, PINNED_HOSTS};
use super::write::{keep_private, put, put_if_missing};
use crate::host::HostKeys;

/// Writes the keys that the site file names into the folder of a site, made if it is missing, and gives where
/// all keys of hosts are.
pub fn pin_hosts(site: &Site, folder: &Path) -> Result<HostKeys, HostPlanError> {
    keep_private(folder)?;
    let (pinned, known) = (folder.join(PINNED_HOSTS), folder.join(KNOWN_HOSTS));
    put(&pinned, pinned_hosts(site).as_bytes())?;
    put_if_missing(&known, b"")?;
    Ok(HostKeys { pinned, known })
}

/// Gives the keys of hosts that the site file names.
pub(super) fn pinned_hosts(site: &Site) -> String {
    let line = |node: &Node| {
        let key = node.access.host_key.as_ref()?;
        let name = match node.access.port {
            22 => node.address.to_string(),
            port => format!("[{}]:{port}", node.address),
        };
        Some(format!("{name} {}\n", key.without_comment()))
    };
    site.nodes.iter().filter_map(line).collect()
}
