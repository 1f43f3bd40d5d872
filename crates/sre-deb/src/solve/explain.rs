//! Finds the need that nobody meets, if that is what stands in the way.

use std::collections::{BTreeMap, BTreeSet};

use super::error::{Missing, SolveError};
use super::groups::{Group, Library};
use super::pool::Item;

/// Makes an error of a search that failed; `conflict` is what the search says itself.
pub(super) fn explain(library: &Library<'_>, roots: &[&Group], conflict: String) -> SolveError {
    let blocked = blocked(library, roots);
    let root = roots.iter().find(|group| group.items.iter().all(|item| blocked.contains(item)));
    let missing = root.and_then(|group| chain(library, group, &blocked));
    missing.map_or(SolveError::Conflict { explanation: conflict }, SolveError::Missing)
}

/// Finds the packages that cannot be installed whatever else is: one of their needs has no answer, or only
/// such answers.
fn blocked(library: &Library<'_>, roots: &[&Group]) -> BTreeSet<Item> {
    let mut needs: BTreeMap<Item, Vec<Vec<Item>>> = BTreeMap::new();
    let mut open: Vec<Item> = roots.iter().flat_map(|group| group.items.clone()).collect();
    let mut blocked = BTreeSet::new();
    while let Some(item) = open.pop() {
        if needs.contains_key(&item) {
            continue;
        }
        let groups = if let Ok(relations) = library.relations(item) {
            relations.needs.iter().map(|group| group.items.clone()).collect()
        } else {
            blocked.insert(item);
            Vec::new()
        };
        open.extend(groups.iter().flatten());
        needs.insert(item, groups);
    }
    loop {
        let before = blocked.len();
        for (item, groups) in &needs {
            if groups.iter().any(|group| group.iter().all(|one| blocked.contains(one))) {
                blocked.insert(*item);
            }
        }
        if blocked.len() == before {
            return blocked;
        }
    }
}

/// Follows blocked packages down to a need without any answer.
fn chain(library: &Library<'_>, root: &Group, blocked: &BTreeSet<Item>) -> Option<Missing> {
    let mut chain = Vec::new();
    let mut seen = BTreeSet::new();
    let mut item = *root.items.first()?;
    while seen.insert(item) {
        chain.push(library.pool.shown(item));
        let relations = match library.relations(item) {
            Ok(relations) => relations,
            Err(error) => {
                return Some(Missing { chain, needs: error.to_string(), offered: Vec::new() });
            }
        };
        let is_blocked = |group: &&Group| group.items.iter().all(|one| blocked.contains(one));
        let mut groups: Vec<&Group> = relations.needs.iter().filter(is_blocked).collect();
        // The shortest way: a need without any answer, if this package has one.
        groups.sort_by_key(|group| group.items.len());
        let group = *groups.first()?;
        if let Some(next) = group.items.iter().find(|one| !seen.contains(one)) {
            item = *next;
        } else {
            let offered = group.atoms.iter().flat_map(|atom| {
                let named = library.pool.universe.named(&atom.name).iter();
                named.map(|id| library.pool.universe.package(*id).version().clone())
            });
            let (offered, needs) = (offered.collect(), group.shown.clone());
            return Some(Missing { chain, needs, offered });
        }
    }
    None
}
