//! What a header says that a package needs and offers, compared with the metadata.
//!
//! Metadata leaves things out on purpose: `rpmlib(...)`, what a package provides itself, all but the highest
//! of the C library's symbol versions, duplicates. It must not invent what a package offers, nor hide what
//! it needs, conflicts with or replaces: a closure would be built on it in vain.

use std::collections::HashSet;

use super::header::damaged;
use super::{PackageError, PackageHead};
use crate::dependency::{Capability, Constraint, Relation};
use crate::evr::{Evr, EvrParts};
use crate::metadata::{EntryKind, Package};

/// Tags of names, flags and versions.
struct Tags {
    kind: EntryKind,
    names: u32,
    flags: u32,
    versions: u32,
}

const PROVIDES: Tags = Tags { kind: EntryKind::Provides, names: 1047, flags: 1112, versions: 1113 };
const REQUIRES: Tags = Tags { kind: EntryKind::Requires, names: 1049, flags: 1048, versions: 1050 };
const CONFLICTS: Tags =
    Tags { kind: EntryKind::Conflicts, names: 1054, flags: 1053, versions: 1055 };
const OBSOLETES: Tags =
    Tags { kind: EntryKind::Obsoletes, names: 1090, flags: 1114, versions: 1115 };

const LESS: u32 = 1 << 1;
const GREATER: u32 = 1 << 2;
const EQUAL: u32 = 1 << 3;

pub(super) fn check(file: &PackageHead, package: &Package) -> Result<(), PackageError> {
    let lie = |difference: String| PackageError::Lie { package: file.nevra().clone(), difference };
    let offered = read(file, &PROVIDES)?;
    let said: Vec<&Capability> = package.capabilities(EntryKind::Provides).collect();
    if let Some(invented) = said.iter().find(|one| !offered.contains(**one)) {
        return Err(lie(format!("it does not provide {invented}")));
    }
    for tags in [REQUIRES, CONFLICTS, OBSOLETES] {
        let said: HashSet<&Capability> = package.capabilities(tags.kind).collect();
        let own = read(file, &tags)?;
        let is_hidden = |one: &&Capability| {
            !said.contains(*one)
                && (tags.kind != EntryKind::Requires || !may_be_left_out(one, &offered, package))
        };
        if let Some(hidden) = own.iter().find(is_hidden) {
            return Err(lie(format!("it also {} {hidden}", word(tags.kind))));
        }
    }
    Ok(())
}

fn word(kind: EntryKind) -> &'static str {
    match kind {
        EntryKind::Conflicts => "conflicts with",
        EntryKind::Obsoletes => "obsoletes",
        _ => "requires",
    }
}

/// Tells whether createrepo leaves out something that a package requires.
fn may_be_left_out(wanted: &Capability, offered: &HashSet<Capability>, package: &Package) -> bool {
    let has_libc = || {
        let mut required = package.capabilities(EntryKind::Requires);
        required.any(|one| one.name.starts_with("libc.so.6"))
    };
    wanted.name.starts_with("rpmlib(")
        || offered.contains(wanted)
        || offered.iter().any(|one| wanted.is_satisfied_by(one))
        || package.files.iter().any(|file| file.path == wanted.name)
        || (wanted.name.starts_with("libc.so.6") && has_libc())
}

fn read(file: &PackageHead, tags: &Tags) -> Result<HashSet<Capability>, PackageError> {
    let names = file.header.strings(tags.names)?.unwrap_or_default();
    let flags = file.header.numbers(tags.flags)?.unwrap_or_default();
    let versions = file.header.strings(tags.versions)?.unwrap_or_default();
    if names.len() != flags.len() || names.len() != versions.len() {
        return Err(damaged("its lists of dependencies have different lengths"));
    }
    let rows = names.into_iter().zip(flags).zip(versions);
    Ok(rows.map(|((name, flags), version)| capability(name, flags, version)).collect())
}

fn capability(name: &str, flags: u32, version: &str) -> Capability {
    let relation = match flags & (LESS | GREATER | EQUAL) {
        LESS => Some(Relation::Less),
        GREATER => Some(Relation::Greater),
        EQUAL => Some(Relation::Equal),
        both if both == LESS | EQUAL => Some(Relation::LessOrEqual),
        both if both == GREATER | EQUAL => Some(Relation::GreaterOrEqual),
        _ => None,
    };
    let parts = EvrParts::split(version);
    let constraint = relation.filter(|_| !version.is_empty()).map(|relation| Constraint {
        relation,
        evr: Evr {
            epoch: parts.epoch,
            version: parts.version.to_owned(),
            release: parts.release.map(str::to_owned),
        },
    });
    Capability { name: name.to_owned(), constraint }
}
