//! A package file, checked against what is said of it.
//!
//! [`PackageFile::read`] goes through the file once: it takes the headers apart, and computes the checksums
//! of the payload and of the whole. Then
//!
//! 1. [`check_identity`](PackageFile::check_identity) compares with the metadata of the repository: size,
//!    checksum, full name;
//! 2. [`check_dependencies`](PackageFile::check_dependencies) finds metadata that lies about what a package
//!    needs or offers, on which a closure would be built in vain;
//! 3. [`verify`](PackageFile::verify) wants a signature of a key that is believed over the header, and the
//!    payload that the header names.
//!
//! [`PackageHead`] is the part of this that needs no payload, for who wants to know before a package is
//! fetched whole.
//!
//! A header is parsed here and not by the `rpm` crate, because it is looked at before anything vouches for
//! it: the crate takes offsets and counts of a header at their word (an offset outside ends the
//! program, a count reserves up to 32 GiB).

mod dependencies;
mod error;
mod file;
mod header;

pub use error::PackageError;
pub use file::{PackageFile, PackageHead};
