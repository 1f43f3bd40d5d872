//! What fapolicyd must let run; archives of RKE2 bring no rules, packages would.

use crate::paths;

/// The file; rules of a lower number come first, and the STIG's last word is in a 9x file.
pub const FAPOLICYD_RULES: &str = "/etc/fapolicyd/rules.d/80-rke2.rules";

/// Folders from which RKE2, its plugins and containers run (those of RKE2's own rules).
const FOLDERS: [&str; 4] = ["/var/lib/rancher/", "/opt/cni/", "/run/k3s/", "/var/lib/kubelet/"];

/// Programs of an installation from archives, which no package made trusted, and our script.
const PROGRAMS: [&str; 2] = ["/usr/local/bin/rke2", paths::MODES_SCRIPT];

/// Renders the rules.
#[must_use]
pub fn fapolicyd_rules() -> String {
    let mut text = "# Written by sre-install: what RKE2 from archives runs.\n".to_owned();
    for folder in FOLDERS {
        text.extend(["allow perm=any all : dir=", folder, "\n"]);
    }
    for program in PROGRAMS {
        text.extend(["allow perm=any all : path=", program, "\n"]);
    }
    text
}
