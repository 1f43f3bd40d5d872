//! The world outside of this program, behind one door: programs that are started, files of secrets.
//!
//! * Secrets of the site: [`SecretsOfTheSite`]
//! * Scripts on nodes: [`SshNode`]
//! * Programs of this machine: [`Programs`]
//! * Words of command lines: [`shell_word`]

mod child;
mod programs;
mod secrets;
mod shell;
mod ssh;

pub use programs::Programs;
pub use secrets::SecretsOfTheSite;
pub use shell::shell_word;
pub use ssh::{HostKeys, Rights, SshError, SshNode};
