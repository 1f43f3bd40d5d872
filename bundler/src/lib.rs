//! The connected side: from a manifest to one signed file.
//!
//! * The command line: [`Cli`], and one file for each verb under `commands/`
//! * Manifest and lock, and the upstreams that they speak of: [`inputs`]
//! * From manifest to lock: [`lock`]; what differs between two: [`diff`]; tags that moved: [`drift`];
//!   files of archives: [`archive`]; trees of this machine: [`folder`];
//!   commits: [`git`]; the proof that the lock is complete: [`check`]; newer versions: [`update`]
//! * Metadata of package repositories that the bundle writes itself: [`repositories`]
//! * The apt repository that a bundle carries: [`deb`]
//! * Keys of others, who signed what is fetched: [`publisher_keys`]
//! * Keys that sign: [`keys`]; signatures of images: [`image_signatures`]; signatures in a finished bundle: [`signing`]; the lines on paper: [`card`];
//!   who may sign: [`trust_files`]
//! * Doors to private parsers, for the fuzzer alone: [`fuzzing`]
//!
//! Release keys are touched here only. Deliberately absent: everything that happens behind the
//! gap, which is `sre-install`'s.

pub mod archive;
pub mod build;
pub mod card;
pub mod check;
mod commands;
pub mod contents;
pub mod deb;
pub mod diff;
pub mod drift;
pub mod fetch;
pub mod folder;
pub mod fuzzing;
pub mod git;
pub mod image_signatures;
pub mod inputs;
pub mod keys;
pub mod lock;
pub mod pack;
pub mod project;
pub mod publisher_keys;
pub mod repositories;
mod rpm;
pub mod signing;
pub mod trust_files;
pub mod update;

pub use commands::Cli;
