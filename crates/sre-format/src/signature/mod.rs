//! Signatures over `sre.json` and over trust files: two for each key, and both must hold.
//!
//! `signatures/<key id>.sig` is the plain ECDSA signature of the signed file's bytes, which
//! `openssl dgst -sha256 -verify` checks. `signatures/<key id>.sigstore.json` is a Sigstore
//! bundle v0.3 around a DSSE envelope, which `cosign verify-blob` checks. Beside them
//! `signatures/<key id>.pub` carries the public key itself: it is believed by nobody until a
//! person has compared its fingerprint.
//!
//! A [`Statement`] and the [`envelope`] around it are functions of what is signed, so the
//! verifier makes them again and compares bytes: no field of a stranger's JSON is interpreted.
//! Private keys are absent on purpose: they are touched in `sre-bundle` only, which asks
//! [`SigningRequest`] for the bytes to sign and hands the signatures back.
//!
//! Specification: `docs/format.md`, "Signatures"; DSSE v1.0.2 `protocol.md`; in-toto Statement v1;
//! `sigstore_bundle.proto` v0.3.

pub mod envelope;
mod file;
mod fingerprint;
mod pair;
mod public_key;
mod request;
mod statement;

pub use file::{Form, SignatureFile, StrangeSignatureFile};
pub use fingerprint::{Fingerprint, ParseFingerprintError};
pub use pair::{Half, Pair, PairError};
pub use public_key::{KeyId, ParseKeyIdError, PublicKey, PublicKeyError, WrongSignature};
pub use request::SigningRequest;
pub use statement::{BundleFacts, IMAGE_PREDICATE, Statement, TABLE_NAME, TRUST_FILE_NAME};
