//! The disconnected side: from one signed file to registries that serve it.
//!
//! * The command line: [`Cli`], and one file for each verb under `commands/`
//! * Whom this machine believes: [`trust`]
//! * From a path to a bundle that may be read: [`opening`]
//! * From a bundle into a registry: [`seed`]
//! * From a bundle to clients: [`serve`]
//! * From a site and a bundle to what each host gets: [`site`]
//! * What must be mended before anything is changed: [`preflight`]
//! * From a site and a bundle to a cluster, phase by phase: [`apply`]
//! * The world outside, behind one door: [`host`]
//! * Doors to private parsers, for the fuzzer alone: [`fuzzing`]
//!
//! Deliberately absent: everything that needs an upstream, which is `sre-bundle`'s. This program
//! contacts nothing that its command line or the site does not name.

pub mod apply;
mod commands;
pub mod fuzzing;
pub mod host;
pub mod opening;
pub mod preflight;
pub mod seed;
pub mod serve;
pub mod site;
pub mod trust;

pub use commands::Cli;
