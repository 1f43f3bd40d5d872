//! What packages recommend, and what supplements them.

use std::collections::HashSet;
use std::rc::Rc;

use super::clause::Clause;
use super::preference::Chosen;
use super::world::World;
use super::{SolveError, WeakDependencies};
use crate::catalog::PackageId;
use crate::metadata::EntryKind;

/// Something that should be there if it fits.
pub(super) struct WeakWish {
    pub(super) clause: Clause,
    /// The package that wants it, or that would be added for others.
    pub(super) package: PackageId,
    pub(super) text: String,
    pub(super) is_supplement: bool,
}

/// Gives what the set still lacks, without what was refused before.
pub(super) fn weak_wishes(
    world: &World<'_>,
    chosen: &Chosen,
    weak: WeakDependencies,
    refused: &HashSet<(PackageId, String)>,
) -> Result<Vec<WeakWish>, SolveError> {
    let (forward, backward) = weak.kinds();
    let mut found = supplements(world, chosen, backward)?;
    // What the base system recommends was decided when it was installed.
    for id in chosen.iter().filter(|id| !world.is_assumed(*id)) {
        for kind in forward {
            for entry in world.catalog.entries(world.catalog.package(id), *kind) {
                for clause in world.wish(id, entry)? {
                    let text = world.shown(entry);
                    found.push(WeakWish { clause, package: id, text, is_supplement: false });
                }
            }
        }
    }
    let is_open = |wish: &WeakWish| {
        !wish.clause.wanted.is_empty()
            && (wish.is_supplement || !wish.clause.wanted.contains(&wish.package))
            && !wish.clause.holds(|id| chosen.contains(id))
            && !refused.contains(&(wish.package, wish.text.clone()))
    };
    found.retain(is_open);
    Ok(found)
}

/// Gives the packages that want to be added because of what is in the set.
fn supplements(
    world: &World<'_>,
    chosen: &Chosen,
    kinds: &[EntryKind],
) -> Result<Vec<WeakWish>, SolveError> {
    let mut found = Vec::new();
    let all = world.catalog.all();
    let supplementing = all.filter(|(_, package)| {
        kinds.iter().any(|kind| !world.catalog.entries(package, *kind).is_empty())
    });
    for (id, package) in supplementing {
        let is_there = |one| chosen.contains(one);
        // Of versions of one name only the newest is added by itself.
        let is_candidate = !is_there(id) && world.is_visible(id) && !world.is_outdated(id);
        if !is_candidate || world.rivals(id).any(is_there) {
            continue;
        }
        for entry in kinds.iter().flat_map(|kind| world.catalog.entries(package, *kind)) {
            let clauses = world.wish(id, entry)?;
            let is_met_by_base = !world.assumed.is_empty()
                && clauses.iter().all(|clause| clause.holds(|one| world.is_assumed(one)));
            if !is_met_by_base && clauses.iter().all(|clause| clause.holds(is_there)) {
                let clause = Clause::one_of(Rc::new([id]));
                let text = world.shown(entry);
                found.push(WeakWish { clause, package: id, text, is_supplement: true });
            }
        }
    }
    Ok(found)
}
