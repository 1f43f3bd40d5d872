//! What can be wrong with keyrings and signatures.

use std::fmt::{Display, Write as _};

use sre_format::{Explain, Fault};

use crate::fingerprint::{Fingerprint, KeyName};
use crate::limits::{
    MAX_CERTIFICATES, MAX_CLEAR_SIGNED, MAX_KEYRING, MAX_SIGNATURES, MAX_SIGNATURES_FILE,
};
use crate::policy::RefusedSignature;

/// Says why a file of public keys cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyringError {
    /// It is larger than any keyring.
    #[error("{name} is larger than {} MiB, the most that a keyring may have", MAX_KEYRING >> 20)]
    TooLarge {
        /// The file.
        name: String,
    },
    /// It has too many keys.
    #[error("{name} has more than {MAX_CERTIFICATES} keys")]
    TooMany {
        /// The file.
        name: String,
    },
    /// It is no file of public keys, or is damaged.
    #[error("{name} is no file of OpenPGP public keys: {reason}")]
    Unreadable {
        /// The file.
        name: String,
        /// What is wrong with it.
        reason: String,
    },
    /// It lacks a key that it was said to have.
    #[error("{name} has no key {missing}; it has {}", list(.known))]
    Missing {
        /// The file.
        name: String,
        /// The key that it lacks.
        missing: Fingerprint,
        /// The keys that it has.
        known: Vec<Fingerprint>,
    },
}

/// Says why nobody known vouches for a document.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The file of signatures is larger than any.
    #[error("the file of signatures is larger than {} KiB", MAX_SIGNATURES_FILE >> 10)]
    TooLarge,
    /// The clear-signed document is larger than any.
    #[error("the signed document is larger than {} MiB", MAX_CLEAR_SIGNED >> 20)]
    DocumentTooLarge,
    /// There are too many signatures.
    #[error("there are more than {MAX_SIGNATURES} signatures")]
    TooMany,
    /// The signature cannot be read.
    #[error("the signature cannot be read: {reason}")]
    Unreadable {
        /// What is wrong with it.
        reason: String,
    },
    /// The document is not signed in the clear, or not only.
    #[error("this is no clear-signed document: {reason}")]
    NotClearSigned {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// There is no signature at all.
    #[error("there is no signature")]
    None,
    /// Only keys that nobody named have signed.
    #[error("it is signed by {}, and the known keys are {}", list(.signers), list(.known))]
    Unknown {
        /// The keys that the signatures name.
        signers: Vec<KeyName>,
        /// The keys that would be believed.
        known: Vec<Fingerprint>,
    },
    /// Known keys have signed, and no signature is believed.
    #[error("{}", refusals(.refused))]
    Refused {
        /// The signatures.
        refused: Vec<RefusedSignature>,
    },
    /// A known key is named, and the bytes are not what it signed.
    #[error("the signature of key {key} is wrong: the bytes are not what was signed")]
    Wrong {
        /// The key.
        key: KeyName,
    },
    /// The document cannot be read.
    #[error("cannot read the signed document")]
    Read(#[source] std::io::Error),
}

fn list(names: &[impl Display]) -> String {
    let names: Vec<_> = names.iter().map(ToString::to_string).collect();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

fn refusals(refused: &[RefusedSignature]) -> String {
    let mut text = String::new();
    for one in refused {
        let joint = if text.is_empty() { "" } else { "; " };
        // Writing to a string does not fail.
        write!(text, "{joint}the signature of key {} is refused: {}", one.key, one.refusal).ok();
    }
    text
}

impl Explain for KeyringError {
    fn fault(&self) -> Fault {
        Fault::Input
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Unreadable { .. } => Some(
                "it must hold public keys, armored or binary, as `gpg --export` writes them"
                    .to_owned(),
            ),
            Self::Missing { .. } => {
                Some("compare the fingerprint with the one that the publisher shows".to_owned())
            }
            Self::TooLarge { .. } | Self::TooMany { .. } => None,
        }
    }
}

impl Explain for VerifyError {
    fn fault(&self) -> Fault {
        match self {
            Self::Read(error) => Fault::of_io(error),
            _ => Fault::Trust,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Unknown { .. } => Some(
                "if the publisher has a new key, get it, compare its fingerprint over another way and name it"
                    .to_owned(),
            ),
            Self::Refused { .. } => {
                Some("ask the publisher for a newer key or signature".to_owned())
            }
            _ => None,
        }
    }
}
