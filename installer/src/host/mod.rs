//! The world outside of this program, behind one door: programs that are started, files of secrets.
//!
//! * Secrets of the site: [`SecretsOfTheSite`]

mod secrets;

pub use secrets::SecretsOfTheSite;
