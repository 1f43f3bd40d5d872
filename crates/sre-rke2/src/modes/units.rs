//! The units that run the script.

use crate::paths;

/// A file of systemd.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    /// Where systemd finds it.
    pub path: &'static str,
    /// The text.
    pub content: String,
}

/// Renders the service, its timer, and what hooks it to RKE2's own services.
///
/// `ExecStartPost` runs when RKE2 says that it is ready; a failure there must not stop RKE2, so it
/// begins with a dash. The timer catches what RKE2 and people change later.
#[must_use]
pub fn units() -> Vec<Unit> {
    let after_start = format!(
        "# Written by sre-install: RKE2 makes folders anew at each start, with mode 0755.\n\
         [Service]\nExecStartPost=-{}\n",
        paths::MODES_SCRIPT
    );
    vec![
        Unit { path: "/etc/systemd/system/sre-rke2-modes.service", content: service() },
        Unit { path: "/etc/systemd/system/sre-rke2-modes.timer", content: timer() },
        Unit {
            path: "/etc/systemd/system/rke2-server.service.d/50-sre-modes.conf",
            content: after_start.clone(),
        },
        Unit {
            path: "/etc/systemd/system/rke2-agent.service.d/50-sre-modes.conf",
            content: after_start,
        },
    ]
}

fn service() -> String {
    format!(
        "# Written by sre-install.\n\
         [Unit]\n\
         Description=Owners and modes of RKE2's files (V-254564)\n\
         \n\
         [Service]\n\
         Type=oneshot\n\
         ExecStart={}\n\
         CapabilityBoundingSet=CAP_CHOWN CAP_FOWNER CAP_DAC_OVERRIDE CAP_DAC_READ_SEARCH CAP_FSETID\n\
         NoNewPrivileges=yes\n\
         PrivateNetwork=yes\n\
         ProtectHome=yes\n\
         ProtectSystem=strict\n\
         ReadWritePaths=-/etc/rancher -/var/lib/rancher\n",
        paths::MODES_SCRIPT
    )
}

fn timer() -> String {
    "# Written by sre-install.\n\
     [Unit]\n\
     Description=Owners and modes of RKE2's files, every quarter of an hour\n\
     \n\
     [Timer]\n\
     OnBootSec=5min\n\
     OnUnitActiveSec=15min\n\
     \n\
     [Install]\n\
     WantedBy=timers.target\n"
        .to_owned()
}
