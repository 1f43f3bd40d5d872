//! What the tests of RPM closures stand on.
//!
//! - [`Dice`] are numbers that look random and are the same in every run;
//! - [`random_packages`] makes a repository without building a single package;
//! - [`Folder`] writes repositories with our own writer and reads them as a stranger would;
//! - [`dnf`] lets the real dnf resolve requests, many in one process;
//! - [`family`] builds real packages with `rpmbuild`, and a [`Publisher`] signs and serves them;
//! - a [`desk`] is where they are locked and built into bundles.

pub mod desk;
mod dice;
pub mod dnf;
pub mod family;
mod folder;
mod publisher;
mod random;

pub use dice::Dice;
pub use folder::Folder;
pub use publisher::Publisher;
pub use random::{Shape, package, random_packages};
