//! What can go wrong with a key that signs.

use sre_format::{Explain, Fault};

use crate::error::VerifyError;
use crate::policy::Refusal;

/// Says why a private key cannot be used; never holds anything secret.
#[derive(Debug, thiserror::Error)]
pub enum SigningError {
    /// The file is no OpenPGP private key, or is damaged.
    #[error("{name} is no OpenPGP private key: {reason}")]
    Unreadable {
        /// The file.
        name: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The passphrase does not open the key.
    #[error("the passphrase does not open the key in {name}")]
    WrongPassphrase {
        /// The file.
        name: String,
    },
    /// No key of the file may sign.
    #[error("no key in {name} can sign repositories: {refusal}")]
    Unfit {
        /// The file.
        name: String,
        /// Why its last key may not.
        refusal: Refusal,
    },
    /// The key is of a kind whose signatures differ each time.
    #[error("no key in {name} is an RSA key")]
    NotRsa {
        /// The file.
        name: String,
    },
    /// A text that cannot be signed in the clear without a change.
    #[error("a text cannot be signed in the clear: {reason}")]
    Text {
        /// What stands in the way.
        reason: &'static str,
    },
    /// A time that OpenPGP cannot write.
    #[error("OpenPGP cannot write the time {time}")]
    Time {
        /// The time.
        time: sre_format::Timestamp,
    },
    /// Making a key or a signature failed.
    #[error("cannot make an OpenPGP {what}: {reason}")]
    Making {
        /// A key or a signature.
        what: &'static str,
        /// What the library said.
        reason: String,
    },
    /// A signature that was just made does not hold.
    #[error("a signature that was just made does not hold")]
    Check(#[source] VerifyError),
}

impl SigningError {
    pub(super) fn making(what: &'static str) -> impl Fn(pgp::errors::Error) -> Self {
        move |error| Self::Making { what, reason: error.to_string() }
    }
}

impl Explain for SigningError {
    fn fault(&self) -> Fault {
        match self {
            Self::Unreadable { .. } | Self::Unfit { .. } | Self::NotRsa { .. } => Fault::Input,
            Self::WrongPassphrase { .. } => Fault::Trust,
            Self::Text { .. } | Self::Time { .. } | Self::Making { .. } | Self::Check(_) => {
                Fault::Defect
            }
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Unreadable { .. } | Self::Unfit { .. } | Self::NotRsa { .. } => {
                Some("`sre-bundle keygen --out site` makes a key that can".to_owned())
            }
            _ => None,
        }
    }
}
