//! The world outside of this program, behind one door: programs that are started, files of secrets.
//!
//! * Secrets of the site: [`SecretsOfTheSite`]
//! * Words of command lines: [`shell_word`]

mod secrets;
mod shell;

pub use secrets::SecretsOfTheSite;
pub use shell::shell_word;
