//! Why signatures do not suffice.

use crate::signature::{KeyId, PairError, StrangeSignatureFile};
use crate::{Explain, Fault};

/// Says why the signatures of a file do not suffice.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TrustError {
    /// There are none at all.
    #[error("nobody has signed it")]
    Unsigned,
    /// Only keys signed it that the trust does not list.
    #[error("it is signed by unknown keys only: {}", list(.keys))]
    UnknownKeys {
        /// Ids of the keys, as the names of their files claim.
        keys: Vec<KeyId>,
    },
    /// Keys signed it that are revoked, and no others that count.
    #[error("it is signed by revoked keys: {}", list(.keys))]
    Revoked {
        /// Ids of the revoked keys.
        keys: Vec<KeyId>,
    },
    /// Fewer keys signed it than the trust file asks for.
    #[error("{} of the {needed} needed keys signed it: {}", .valid.len(), list(.valid))]
    BelowThreshold {
        /// The threshold of the trust file.
        needed: usize,
        /// Ids of the keys whose signatures hold.
        valid: Vec<KeyId>,
    },
    /// A trusted key's signatures are not both right.
    #[error(transparent)]
    Pair(#[from] PairError),
    /// The signature region holds something else than signatures.
    #[error(transparent)]
    StrangeFile(#[from] StrangeSignatureFile),
    /// The signature region holds the same name twice.
    #[error("`signatures/{name}` is there twice")]
    Twice {
        /// Name of the file.
        name: String,
    },
}

impl Explain for TrustError {
    fn fault(&self) -> Fault {
        match self {
            Self::StrangeFile(_) | Self::Twice { .. } => Fault::Integrity,
            _ => Fault::Trust,
        }
    }

    fn hint(&self) -> Option<String> {
        let text = match self {
            Self::Unsigned => {
                "ask whoever made it for a signed one; who has a key signs it with `sre-bundle sign FILE --key site.key`"
            }
            Self::UnknownKeys { .. } => {
                "give the key of whoever made the bundle with `--key`; compare what `sre-install trust show \
                 --key FILE` prints with the fingerprint on paper"
            }
            Self::Revoked { .. } => "ask whoever made the bundle for one signed with a current key",
            Self::BelowThreshold { .. } => {
                "the missing holders sign with `sre-bundle sign FILE --key THEIR.key`"
            }
            Self::Pair(PairError::Lone { .. }) => {
                "somebody took away or altered one signature: do not use this copy, fetch the file again"
            }
            Self::Pair(_) | Self::StrangeFile(_) | Self::Twice { .. } => {
                "do not use this copy, fetch the file again"
            }
        };
        Some(text.to_owned())
    }
}

/// Names keys as the paper has them, and as files are called.
fn list(keys: &[KeyId]) -> String {
    if keys.is_empty() {
        return "none".to_owned();
    }
    let named = keys.iter().map(|key| format!("{} (id {key})", key.fingerprint()));
    named.collect::<Vec<_>>().join(", ")
}
