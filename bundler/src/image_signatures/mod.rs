//! Signatures of the carried images, charts and folders, by the keys that sign the bundle.
//!
//! Each root and each carried child of an index gets two, for whoever decides beyond the gap what may
//! run: `sha256-<hex>.sig` with a simple signing payload (cosign up to version 2, older admission
//! controllers), and a Sigstore bundle v0.3 that refers to it (cosign 3). All digests that are signed
//! stand in the lock, so the signatures are made before the bundle is laid out, and are entries as any
//! other. They are named in `oci/signatures.json` alone: `oci/index.json` and the content digest stay the
//! same whoever signs, and `serve` and `seed` put the two indexes together.
//!
//! Where upstream has a `.sig` of its own, ours holds its signatures, too, because a tag names one thing.
//!
//! Deliberately absent: transparency logs, which nobody beyond the gap can ask, and signatures of what is a
//! signature or an attestation itself.

mod error;
mod kept;
mod make;
mod sigstore;
mod simple;
mod subjects;

pub use error::ImageSignatureError;
pub use make::{MadeBlob, MadeSignatures, sign_images};
