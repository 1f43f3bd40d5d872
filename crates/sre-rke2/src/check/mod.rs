//! A strict reader of `config.yaml`.
//!
//! RKE2 skips a key that it does not know, with a line in its log; a setting that somebody relies
//! on is then not there. Here, an unknown key is a problem, with the nearest known one. [`check()`]
//! reads any file for RKE2, [`check_site`] what a site adds to ours, which must not undo what the
//! STIG wants. [`KEYS`] is the table of keys.

mod keys;
mod reader;
mod site;
mod values;

#[cfg(test)]
mod tests;

pub use keys::{Form, KEYS, Key, Known};
pub use reader::check;
pub use site::check_site;

/// The part of RKE2 that reads the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Member {
    /// `rke2 server`.
    Server,
    /// `rke2 agent`.
    Agent,
}
