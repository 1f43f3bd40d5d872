//! The connected side: from a manifest to one signed file.
//!
//! * The command line: [`Cli`], and one file for each verb under `commands/`
//! * Keys that sign: [`keys`]
//!
//! Release keys are touched here only. Deliberately absent: everything that happens behind the
//! gap, which is `sre-install`'s.

mod commands;
pub mod keys;

pub use commands::Cli;
