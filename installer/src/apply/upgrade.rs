//! Which step leads from the release that hosts have to the one that the bundle brings.

use sre_rke2::order::UpgradeError;
use sre_rke2::version::{Version, skew};

use super::hosts::ask_all;
use super::{ApplyError, Work};
use crate::site::HostPlanError;

/// Asks for the release that a host has, if any.
const INSTALLED: &str = "if [ -x /usr/local/bin/rke2 ]; then /usr/local/bin/rke2 --version; fi";

/// Refuses a step that RKE2 does not support on any host, before the first one is touched.
pub(super) async fn refuse_wrong_step(work: &Work) -> Result<(), ApplyError> {
    let wanted = work.plan().release().version.parse().map_err(HostPlanError::from)?;
    for (node, answer) in ask_all(work, &work.site().nodes, INSTALLED).await? {
        // Who does not answer is named by the playbook.
        let Some(found) = answer.ok().as_deref().and_then(version_in) else { continue };
        skew(&found, &wanted).map_err(|source| UpgradeError { node, source })?;
    }
    Ok(())
}

/// Finds the version in `rke2 version v1.35.7+rke2r1 (4f8a...)`.
fn version_in(said: &str) -> Option<Version> {
    let line = said.lines().find_map(|line| line.strip_prefix("rke2 version "))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_found_in_what_rke2_says_of_itself() {
        let said = "rke2 version v1.35.7+rke2r1 (0a1b2c)\ngo version go1.24.1 X:boringcrypto\n";
        assert_eq!(version_in(said), "v1.35.7+rke2r1".parse().ok());
        assert_eq!(version_in(""), None);
        assert_eq!(version_in("sh: rke2: Permission denied"), None);
    }
}
