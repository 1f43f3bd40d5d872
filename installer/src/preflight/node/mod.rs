//! What a node said, judged: pure functions, one for each check.

pub(super) mod access;
pub(super) mod cluster;
pub(super) mod disks;
pub(super) mod kernel;
pub(super) mod keys;
pub(super) mod machine;
pub(super) mod network;
pub(super) mod services;
pub(super) mod system;

#[cfg(test)]
pub(super) mod example;

use std::collections::BTreeSet;

use sre_site::{Node, Site};

use super::facts::Facts;
use crate::host::SshError;
use crate::site::{ListeningPort, PackageKind};

/// How a visit to a node went.
pub(in crate::preflight) struct Called {
    /// Whether the user logged in.
    pub login: Result<(), SshError>,
    /// Whether the user became root.
    pub root: Result<(), NoRoot>,
    /// The user who logs in.
    pub user: String,
    /// What was told, or why nothing was.
    pub facts: Result<Facts, String>,
    /// Between which two seconds since 1970, by the clock of the admin host, it was told.
    pub told: (i64, i64),
}

/// Why a user is not root.
pub(in crate::preflight) enum NoRoot {
    /// It was tried and refused.
    Refused(SshError),
    /// It could not be tried.
    Untried(String),
}

/// What the bundle needs on a node.
#[derive(Clone, Debug)]
pub(in crate::preflight) struct Needs<'a> {
    /// The archives of images, by name and bytes.
    pub images: Vec<(String, u64)>,
    /// Bytes of the archive of the program.
    pub program: u64,
    /// The SHA-256 of that archive, in hexadecimal.
    pub program_digest: String,
    /// Kinds of the repositories of packages that it has.
    pub packages: Vec<PackageKind>,
    /// Names of the packages in repositories for `dnf`.
    pub rpms: &'a BTreeSet<String>,
    /// Ports that something will listen to.
    pub ports: Vec<ListeningPort>,
}

/// A node among the others, with what it said.
pub(in crate::preflight) struct Subject<'a> {
    pub site: &'a Site,
    pub node: &'a Node,
    pub facts: &'a Facts,
    /// What the bundle needs; none when bundle and site do not fit together.
    pub needs: Option<&'a Needs<'a>>,
    /// The digest by which the agents' token of this site is known, once it was made.
    pub token: Option<&'a str>,
    /// The keys by which the node and its user know each other.
    pub keys: &'a keys::Keys,
    /// Between which two seconds it was told.
    pub told: (i64, i64),
    /// All nodes that said something, this one among them.
    pub all: &'a [(&'a Node, &'a Facts)],
}

/// The families of systems that are hardened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::preflight) enum Family {
    RedHat,
    Debian,
}

impl Subject<'_> {
    /// Gives the family of the node's system, if it is one that is hardened.
    pub(in crate::preflight) fn family(&self) -> Option<Family> {
        match self.facts.one("system")? {
            "rocky" | "almalinux" | "rhel" => Some(Family::RedHat),
            "debian" | "ubuntu" => Some(Family::Debian),
            _ => None,
        }
    }

    /// Says whether the script ran as root there.
    pub(in crate::preflight) fn is_root(&self) -> bool {
        self.facts.one("uid") == Some("0")
    }
}
