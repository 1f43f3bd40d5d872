//! Release keys: making, reading and using them.
//!
//! This is the only module of the workspace that holds private keys. It reads PKCS#8 and SEC1 PEM,
//! plain or encrypted, and the encrypted keys of `cosign`; or it asks an external program to sign,
//! so that a key may stay in an HSM or on a smart card ([`SignerCommand`]). Every signature is
//! checked with the public key before it is used. Signatures of local keys are deterministic
//! (RFC 6979): the same key and the same bytes give the same bundle.
//!
//! Metadata of package repositories is signed with OpenPGP ([`read_repository_key`]), since `dnf` and `apt`
//! know nothing else.
//!
//! Private numbers, decrypted documents and passphrases are wiped from memory when dropped.
//! Deliberately absent: key stores and agents. A signer command reaches all of them.

mod command;
mod cosign;
mod derivation;
mod error;
mod generate;
mod options;
mod passphrase;
mod private;
mod release;
mod repository;

pub use command::SignerCommand;
pub use error::KeyError;
pub use generate::{Encryption, GeneratedKey, GeneratedKeys, Pair, generate};
pub use options::KeyOptions;
pub use passphrase::{Passphrase, PassphraseSource};
pub use private::PrivateKey;
pub use release::{ReleaseKey, sign, sign_table};
pub use repository::read_repository_key;

pub(crate) use command::to_der;
