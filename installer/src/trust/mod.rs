//! Whom this machine believes, and how it learns that.
//!
//! Keys come from `--key`, else from the folder `/etc/sre/trust.d` (and, for people who may not
//! write there, `trust.d` of the state directory). Where neither has a key, a person at a terminal
//! is asked for the whole fingerprint from the paper; nothing of it is shown before it matches a
//! public key that the bundle carries, and that key is kept afterwards ([`ask`], [`TrustFolders::keep`]).
//!
//! Deliberately absent: trust on first use. Nobody is believed because they came first.

pub mod ask;
mod error;
mod folders;
mod rotate;

pub use error::TrustSourceError;
pub use folders::TrustFolders;
pub use rotate::Rotated;
