//! The order of preference among packages, as dnf's policy has it.
//!
//! Repositories of higher priority come first, then the machine's own architecture, then the newest
//! version of each name; of different names, those that another one obsoletes or of which there is a newer
//! version elsewhere come later, and higher versions of what they have in common come first. Older
//! versions follow at the end, for when nothing newer fits.

use std::cmp::Ordering;
use std::collections::HashSet;

use super::clause::Choices;
use super::world::World;
use crate::catalog::{PackageId, Text};
use crate::metadata::EntryKind;

/// What a package is preferred by, before versions are looked at.
type Class = (bool, u32, crate::architecture::Suitability);

/// Puts packages that satisfy the same wish into order; `common` is the name of what they all provide.
pub(super) fn order(
    world: &World<'_>,
    mut packages: Vec<PackageId>,
    common: Option<Text>,
) -> Choices {
    packages.sort_unstable();
    packages.dedup();
    if packages.len() < 2 {
        return packages.into();
    }
    by_policy(world, &mut packages);
    let (mut best, rest) = split(world, &packages);
    if best.len() > 1 {
        let rivals: HashSet<PackageId> = best.iter().copied().collect();
        let keys: Vec<_> = best.iter().map(|id| demerits(world, *id, &rivals, common)).collect();
        let mut rows: Vec<_> = keys.into_iter().zip(best).collect();
        rows.sort_by(|(one, _), (two, _)| one.compare(two));
        best = rows.into_iter().map(|(_, id)| id).collect();
    }
    best.extend(rest);
    best.into()
}

/// Sorts by what dnf prefers, name by name.
pub(super) fn by_policy(world: &World<'_>, packages: &mut [PackageId]) {
    let name = |id: PackageId| world.catalog.package(id).name;
    packages.sort_by(|one, two| {
        class(world, *one)
            .cmp(&class(world, *two))
            .then_with(|| name(*one).cmp(&name(*two)))
            .then_with(|| compare(world, *two, *one))
            .then_with(|| repository(world, *one).cmp(&repository(world, *two)))
            .then_with(|| one.cmp(two))
    });
}

/// Tells whether nothing but name and version distinguishes two packages.
pub(super) fn are_alike(world: &World<'_>, one: PackageId, two: PackageId) -> bool {
    class(world, one) == class(world, two)
}

fn class(world: &World<'_>, id: PackageId) -> Class {
    let package = world.catalog.package(id);
    let priority = world.catalog.settings(package.repository).priority;
    (!world.is_assumed(id), priority, world.suitability(id))
}

fn repository(world: &World<'_>, id: PackageId) -> u16 {
    world.catalog.package(id).repository.0
}

fn compare(world: &World<'_>, one: PackageId, two: PackageId) -> Ordering {
    let version = |id: PackageId| world.catalog.version(world.catalog.package(id));
    version(one).compare(version(two))
}

/// Splits into the first package of each name in each class, and all others.
fn split(world: &World<'_>, sorted: &[PackageId]) -> (Vec<PackageId>, Vec<PackageId>) {
    let key = |id: PackageId| (class(world, id), world.catalog.package(id).name);
    let first = sorted.first().map(|id| class(world, *id));
    let (mut best, mut rest) = (Vec::new(), Vec::new());
    let mut previous = None;
    for id in sorted {
        let current = key(*id);
        if previous != Some(current) && Some(current.0) == first {
            best.push(*id);
        } else {
            rest.push(*id);
        }
        previous = Some(current);
    }
    (best, rest)
}

/// What speaks against the best package of a name, compared with the best of other names.
struct Demerits<'a> {
    is_obsoleted: bool,
    is_outdated: bool,
    /// The version of what all have in common.
    common: Option<crate::evr::EvrParts<'a>>,
    name: Text,
}

impl Demerits<'_> {
    fn compare(&self, other: &Self) -> Ordering {
        let common = match (self.common, other.common) {
            (Some(one), Some(two)) => two.compare(one),
            _ => Ordering::Equal,
        };
        (self.is_obsoleted, self.is_outdated)
            .cmp(&(other.is_obsoleted, other.is_outdated))
            .then(common)
            .then_with(|| self.name.cmp(&other.name))
    }
}

fn demerits<'a>(
    world: &World<'a>,
    id: PackageId,
    rivals: &HashSet<PackageId>,
    common: Option<Text>,
) -> Demerits<'a> {
    let package = world.catalog.package(id);
    let is_obsoleted = world.index.obsoleting(package.name).iter().any(|rival| {
        rivals.contains(rival) && world.obsoletes(*rival, id) && !world.obsoletes(id, *rival)
    });
    let provided = world.catalog.entries(package, EntryKind::Provides);
    let version = common.and_then(|name| {
        let entry = provided.iter().find(|entry| entry.name == name && entry.version.is_some())?;
        Some(world.index.range(entry)?.evr)
    });
    Demerits {
        is_obsoleted,
        is_outdated: world.is_outdated(id),
        common: version,
        name: package.name,
    }
}

/// Orders by version alone, newest first.
pub(super) fn newest_first(world: &World<'_>, packages: &mut [PackageId]) {
    packages.sort_by(|one, two| compare(world, *two, *one).then_with(|| one.cmp(two)));
}
