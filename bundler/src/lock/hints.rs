//! What to do next, where that takes more than a sentence.

use sre_format::Explain;
use sre_oci::transport::TransportError;

use super::ResolveError;

/// Files and chart repositories are asked as nobody, so a login would not help there.
pub(super) fn server_hint(error: &TransportError) -> Option<String> {
    if error.status().is_some_and(|status| matches!(status.as_u16(), 401 | 403)) {
        let text = "files, packages and chart repositories are fetched without a login: name a place that \
                    gives it to everybody, a `path`, or for a chart a registry";
        return Some(text.into());
    }
    error.hint()
}

/// Gives the hint of each error, those that say the same once.
pub(super) fn hints(errors: &[ResolveError]) -> Option<String> {
    let mut hints = Vec::new();
    for hint in errors.iter().filter_map(Explain::hint) {
        if !hints.contains(&hint) {
            hints.push(hint);
        }
    }
    (!hints.is_empty()).then(|| hints.join("; "))
}
