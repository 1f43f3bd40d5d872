//! The key pair for repository metadata, and what it signs.
//!
//! RSA with PKCS #1 v1.5 and SHA-256: every `gpg`, `rpm` and `apt` checks it, the ones in FIPS mode
//! included, and the same key, bytes and time give the same signature. Every signature is checked with
//! the public key, under the same policy as those of strangers, before it is given out.

mod error;
mod generate;
mod key;
mod locked;
mod sign;

pub use error::SigningError;
pub use key::SigningKey;
pub use locked::LockedKey;
