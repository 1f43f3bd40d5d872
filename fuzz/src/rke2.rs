//! The configuration of RKE2 that sites and programs write.

use sre_rke2::check::{Member, check, check_site};

use crate::text;

/// Reads a `config.yaml` as servers and agents do, and as an addition of a site.
#[must_use]
pub fn config(bytes: &[u8]) -> bool {
    let text = text(bytes);
    for problem in check_site("90-site.yaml", text, Member::Agent) {
        // Every problem has a place that can be shown.
        assert!(problem.line_and_column() >= (1, 1));
    }
    check("config.yaml", text, Member::Server).is_empty() && !text.is_empty()
}
