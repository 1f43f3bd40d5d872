//! Kinds of keys: what SSH servers of hardened hosts accept.
//!
//! Hardening gives hosts of Red Hat's family the system-wide policy FIPS, under which their SSH server takes no
//! ed25519, neither of people nor for itself. Whoever has only such a key is locked out from then on.

use sre_site::words::{Fips, Profile};
use sre_site::{Hardening, Site};

use super::SshNode;

/// The kinds of host keys that are left, as `ssh` names them.
pub(super) const ACCEPTED: &str =
    "ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521,rsa-sha2-512,rsa-sha2-256";

/// Says whether hardening makes hosts of Red Hat's family refuse ed25519.
#[must_use]
pub fn refuses_ed25519(hardening: &Hardening) -> bool {
    // The profile `baseline` leaves the policy of the system alone.
    hardening.profile != Profile::Baseline && hardening.fips != Fips::Off
}

/// Says whether a kind, by any of the names that OpenSSH has for it, is ed25519.
#[must_use]
pub fn is_ed25519(kind: &str) -> bool {
    kind.to_ascii_lowercase().contains("ed25519")
}

impl SshNode {
    /// Has the first visit pin no key that the host refuses to show once it is hardened as the site says.
    #[must_use]
    pub fn of_site(self, site: &Site) -> Self {
        Self { without_ed25519: refuses_ed25519(&site.hardening), ..self }
    }
}
