//! Kernel settings without which RKE2 refuses to start under `profile: cis`.

use std::fmt::Write as _;

/// The file; in the order of names it comes late, but `/etc/sysctl.conf` may win over it.
pub const SYSCTL: &str = "/etc/sysctl.d/60-rke2-cis.conf";

/// The settings that RKE2 compares at each start, exactly (`pkg/cli/cmds/profile_linux.go`).
pub const KERNEL_SETTINGS: [(&str, u32); 4] = [
    ("vm.panic_on_oom", 0),
    ("vm.overcommit_memory", 1),
    ("kernel.panic", 10),
    ("kernel.panic_on_oops", 1),
];

/// Renders the file.
#[must_use]
pub fn sysctl() -> String {
    let mut text =
        "# Written by sre-install: RKE2 stops under `profile: cis` when one differs.\n".to_owned();
    for (name, value) in KERNEL_SETTINGS {
        _ = writeln!(text, "{name} = {value}");
    }
    text
}
