//! OpenPGP: signatures of upstreams, checked strictly, and our own over repository metadata.
//!
//! * [`Keyring`]: public keys that a person chose to believe, from one file or several.
//! * [`Keyring::verify_detached`], [`Keyring::verify_clear_signed`]: who signed bytes; the answer of
//!   the second is the signed text and nothing that stood around it.
//! * [`Refusal`]: the policy. Weak hashes and keys, expired, revoked and unbound keys are refused,
//!   whatever other programs think of them.
//! * `signing` (a feature of that name, for the connected side alone): a key pair for repository
//!   metadata, and signatures that are the same for the same bytes.
//!
//! What is believed comes from the arguments alone: no key server, no trust database, no clock. The
//! packets are read by rPGP; armor, clear-signed text and all judgement are here.
//! Deliberately absent: encryption, trust in keys through other keys, and revocation by a third key
//! (RFC 9580 advises against it).

mod armor;
mod certificate;
mod clear_signed;
mod error;
mod fingerprint;
mod keyring;
mod limits;
mod moment;
mod packets;
mod policy;
#[cfg(feature = "signing")]
pub mod signing;
mod verify;

pub use clear_signed::SignedText;
pub use error::{KeyringError, VerifyError};
pub use fingerprint::{Fingerprint, KeyName, ParseFingerprintError};
pub use keyring::{GoodSignature, Keyring};
pub use policy::{Refusal, RefusedSignature};
