//! Owners and modes of RKE2's files (V-254564), as one table.
//!
//! RKE2 makes several of its folders anew at each start, with mode 0755; setting modes once is
//! undone by the next restart. So a script that is made from the table runs after each start and
//! every quarter of an hour: [`script()`] renders it, [`units()`] what calls it.

mod markdown;
mod script;
mod units;

pub use markdown::table;
pub use script::script;
pub use units::{Unit, units};

use crate::paths;

/// What a row speaks of; symbolic links are neither, and left alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Folders.
    Folder,
    /// Regular files.
    File,
}

/// One row: whatever matches has this owner and mode.
#[derive(Clone, Copy, Debug)]
pub struct Mode {
    /// The folder that is searched, without following links.
    pub base: &'static str,
    /// The path below it; a star stands for any name, and there are as many levels as are written.
    pub below: &'static str,
    /// What must be of this mode.
    pub kind: Kind,
    /// The mode; none where only the owner counts.
    pub mode: Option<u16>,
    /// Why, where the rule's text alone does not say.
    pub why: &'static str,
}

/// The owner of everything in the table, user and group.
pub const OWNER: &str = "root:root";

const CONFIG: &str = "/etc/rancher/rke2";

/// The table; the text of V2R3, and decisions where it cannot be followed literally.
pub const MODES: &[Mode] = &[
    file(CONFIG, "*", 0o600, ""),
    file(CONFIG, "config.yaml.d/*", 0o600, "RKE2 reads these as well; the rule forgets them"),
    owner(paths::DATA, "*", Kind::Folder),
    owner(paths::DATA, "*", Kind::File),
    owner(paths::DATA, "agent/*", Kind::Folder),
    owner(paths::DATA, "agent/*", Kind::File),
    owner(paths::DATA, "server/*", Kind::Folder),
    owner(paths::DATA, "server/*", Kind::File),
    file(paths::DATA, "agent/*.kubeconfig", 0o640, "the least strict that passes"),
    file(paths::DATA, "agent/*.crt", 0o600, ""),
    file(paths::DATA, "agent/*.key", 0o600, ""),
    folder(paths::DATA, "agent/pod-manifests", 0o700, ""),
    folder(paths::DATA, "agent/etc", 0o700, ""),
    folder(paths::DATA, "data", 0o750, ""),
    folder(paths::DATA, "data/*", 0o750, "0640, as the rule has it for files, would lock folders"),
    file(paths::DATA, "data/*", 0o640, ""),
    file(paths::DATA, "data/*/bin/*", 0o750, "`bin` is a link to the newest of these folders"),
    folder(paths::DATA, "server/cred", 0o700, ""),
    folder(paths::DATA, "server/db", 0o700, "server/db/etcd below it belongs to etcd"),
    folder(paths::DATA, "server/tls", 0o700, ""),
    folder(paths::DATA, "server/manifests", 0o750, "V1R3 wanted 0751"),
    folder(paths::DATA, "server/logs", 0o750, ""),
    file(paths::DATA, "server/token", 0o600, ""),
    file(paths::DATA, "server/agent-token", 0o600, "as the token; the rule forgets it"),
];

const fn file(base: &'static str, below: &'static str, mode: u16, why: &'static str) -> Mode {
    Mode { base, below, kind: Kind::File, mode: Some(mode), why }
}

const fn folder(base: &'static str, below: &'static str, mode: u16, why: &'static str) -> Mode {
    Mode { base, below, kind: Kind::Folder, mode: Some(mode), why }
}

const fn owner(base: &'static str, below: &'static str, kind: Kind) -> Mode {
    Mode { base, below, kind, mode: None, why: "" }
}
