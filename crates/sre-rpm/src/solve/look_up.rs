//! Which paths must be looked up in file lists before a request can be solved.

use std::collections::{BTreeSet, HashSet};

use super::scope::Scope;
use super::world::World;
use super::{Request, SolveError, wishes};
use crate::catalog::{Catalog, EntryRecord, PackageId, Text};
use crate::dependency::Dependency;
use crate::metadata::{EntryKind, is_listed_in_primary};

/// Gives the paths that something within reach of the request depends on, and that primary metadata does
/// not list; when there are none, file lists need not be fetched at all.
///
/// What they give may bring more within reach, so this is asked again until nothing new is wanted.
pub fn paths_to_look_up(
    catalog: &Catalog,
    request: &Request,
) -> Result<BTreeSet<String>, SolveError> {
    let scope = Scope::of(catalog, request)?;
    let world = World::new(catalog, request, &scope)?;
    let mut found = BTreeSet::new();
    // A wish for a path that only file lists know is no error yet; once they told, its owner leads on.
    let mut request = request.clone();
    request.packages.retain(|wish| {
        let name = &wish.capability().name;
        note_path(name, &mut found);
        let known = catalog.find_text(name).map(|text| world.index.providers(text, None));
        !found.contains(name) || known.is_some_and(|owners| !owners.is_empty())
    });
    let wishes = wishes::wishes(&world, &request, &scope)?;
    let mut open: Vec<PackageId> = Vec::new();
    let mut seen = HashSet::new();
    for wish in &wishes.wishes {
        open.extend(wish.clause.wanted.iter());
    }
    let (forward, backward) = request.weak.kinds();
    // Any package may supplement something, so the paths of all supplements count.
    for (id, package) in catalog.all() {
        if backward.iter().any(|kind| !catalog.entries(package, *kind).is_empty()) {
            open.push(id);
        }
    }
    let mut reach =
        Reach { world: &world, weak: forward, followed: HashSet::new(), noted: HashSet::new() };
    while let Some(id) = open.pop() {
        if seen.insert(id) {
            reach.note_paths(id, &mut found);
            reach.follow(id, &mut open)?;
        }
    }
    Ok(found)
}

/// What was looked at already: thousands of packages require the same few things.
struct Reach<'a> {
    world: &'a World<'a>,
    weak: &'a [EntryKind],
    followed: HashSet<EntryRecord>,
    noted: HashSet<Text>,
}

impl Reach<'_> {
    /// Adds every package that this one could bring in.
    fn follow(&mut self, id: PackageId, open: &mut Vec<PackageId>) -> Result<(), SolveError> {
        let package = self.world.catalog.package(id);
        for kind in self.weak.iter().chain([&EntryKind::Requires]) {
            for entry in self.world.catalog.entries(package, *kind) {
                if !self.followed.insert(*entry) {
                    continue;
                }
                for clause in self.world.wish(id, entry)? {
                    open.extend(clause.wanted.iter());
                    open.extend(clause.conditions.iter().flat_map(|set| set.iter()));
                }
            }
        }
        Ok(())
    }

    fn note_paths(&mut self, id: PackageId, found: &mut BTreeSet<String>) {
        let package = self.world.catalog.package(id);
        for (kind, _) in EntryKind::NAMES {
            if matches!(kind, EntryKind::Provides | EntryKind::Obsoletes) {
                continue;
            }
            for entry in self.world.catalog.entries(package, kind) {
                if !self.noted.insert(entry.name) {
                    continue;
                }
                let text = self.world.catalog.text(entry.name);
                if !text.starts_with('(') {
                    note_path(text, found);
                } else if let Ok(dependency) = text.parse::<Dependency>() {
                    for capability in dependency.capabilities() {
                        note_path(&capability.name, found);
                    }
                }
            }
        }
    }
}

fn note_path(name: &str, found: &mut BTreeSet<String>) {
    if name.starts_with('/') && !is_listed_in_primary(name) {
        found.insert(name.to_owned());
    }
}
