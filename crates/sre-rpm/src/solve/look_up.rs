//! Which paths must be looked up in file lists before a request can be solved.

use std::collections::{BTreeSet, HashSet};

use super::scope::Scope;
use super::world::World;
use super::{Request, SolveError, wishes};
use crate::catalog::{Catalog, PackageId};
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
    while let Some(id) = open.pop() {
        if seen.insert(id) {
            note_paths(&world, id, &mut found);
            open.extend(neighbours(&world, id, forward)?);
        }
    }
    Ok(found)
}

/// Gives every package that this one could bring in.
fn neighbours(
    world: &World<'_>,
    id: PackageId,
    weak: &[EntryKind],
) -> Result<Vec<PackageId>, SolveError> {
    let package = world.catalog.package(id);
    let mut found = Vec::new();
    for kind in weak.iter().chain([&EntryKind::Requires]) {
        for entry in world.catalog.entries(package, *kind) {
            for clause in world.wish(id, entry)? {
                found.extend(clause.wanted.iter());
                found.extend(clause.conditions.iter().flat_map(|set| set.iter()));
            }
        }
    }
    Ok(found)
}

fn note_paths(world: &World<'_>, id: PackageId, found: &mut BTreeSet<String>) {
    let package = world.catalog.package(id);
    for (kind, _) in EntryKind::NAMES {
        if matches!(kind, EntryKind::Provides | EntryKind::Obsoletes) {
            continue;
        }
        for entry in world.catalog.entries(package, kind) {
            let text = world.catalog.text(entry.name);
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

fn note_path(name: &str, found: &mut BTreeSet<String>) {
    if name.starts_with('/') && !is_listed_in_primary(name) {
        found.insert(name.to_owned());
    }
}
