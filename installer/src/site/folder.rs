//! Where this machine keeps what belongs to a site: inventory, files of hosts, tokens, keys of hosts.

use std::path::PathBuf;

use sre_site::Site;
use sre_steps::StateDirectory;

/// The folder of the state directory that has a folder for each site.
const SITES: &str = "sites";

/// Gives the folder of a site, where no other one is named.
#[must_use]
pub fn folder_of(state: &StateDirectory, site: &Site) -> PathBuf {
    state.path().join(SITES).join(site.place.name.as_str())
}
