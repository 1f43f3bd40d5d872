//! What is asked for, and the answer.

use std::collections::BTreeSet;

use crate::base::Base;
use crate::package::Package;
use crate::version::Version;

/// What is asked for.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// The packages that hosts will install, all of them on one host.
    pub wanted: Vec<Wanted>,
    /// Names of packages that must not come.
    pub excluded: BTreeSet<String>,
    /// Whether recommended packages come as well.
    pub recommends: Recommends,
    /// What is there already.
    pub base: Base,
}

/// A package that is asked for by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Its name; that of a virtual package where exactly one package provides it.
    pub name: String,
    /// Its version; the most preferred one where there is none.
    pub version: Option<Version>,
}

/// Whether recommended packages come as well.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Recommends {
    /// They do not.
    #[default]
    Ignored,
    /// They do, as far as they can be installed; apt's own default.
    Followed,
}

/// What has to be carried.
#[derive(Clone, Debug)]
pub struct Closure<'a> {
    /// The packages, in the order of their names.
    pub chosen: Vec<Chosen<'a>>,
    /// The names of packages of the base system that cannot stay beside them.
    pub removed: Vec<String>,
}

/// A package that has to be carried.
#[derive(Clone, Debug)]
pub struct Chosen<'a> {
    /// The package.
    pub package: &'a Package,
    /// The name of a package that needs it; none where it was asked for.
    pub needed_by: Option<String>,
}
