//! Whose signatures count, and which serial may follow which.
//!
//! [`Trust`] is what an operator has decided to believe: single public keys, or [`TrustFile`]s
//! with keys, a threshold and revoked ids. [`Trust::check_table`] answers with [`Signers`] or says
//! what is missing. A trust file is followed by its next version when both the old and the new
//! set of keys have signed it ([`TrustFile::rotate`]); a bundle by one of a higher serial
//! ([`SerialRecord::admit`]).
//!
//! Deliberately absent: times and expiry. Clocks behind an air gap are wrong, and a bundle must
//! install the same way in ten years; what is no longer to be believed is revoked by id.
//!
//! Specification: `docs/trust.md`; the rules follow TUF's root role
//! (`tuf-spec.md`, "Update the root role") without its expiry.

mod check;
mod error;
mod file;
mod read;
mod serial;
mod stored;
#[cfg(test)]
mod tests;

pub use check::{Signer, Signers, Trust};
pub use error::TrustError;
pub use file::{RevokedKey, TrustFile, TrustFileError, TrustedKey};
pub use read::{ReadTrustError, read_public_key};
pub use serial::{Admission, OlderSerials, SerialError, SerialRecord};
pub use stored::StoredTrustFile;
