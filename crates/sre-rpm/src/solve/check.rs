//! Proves that a set holds, without the solver.

use super::SolveError;
use super::preference::Chosen;
use super::wishes::Wish;
use super::world::World;

/// Gives the first thing that does not hold; nothing when everything does.
pub(super) fn first_fault(
    world: &World<'_>,
    wishes: &[Wish],
    chosen: &Chosen,
) -> Result<Option<String>, SolveError> {
    let is_there = |id| chosen.contains(id);
    if let Some(wish) = wishes.iter().find(|wish| !wish.clause.holds(is_there)) {
        return Ok(Some(wish.label.clone()));
    }
    for id in chosen.iter() {
        for rule in world.rules(id)?.iter() {
            if !rule.clause.holds(is_there) {
                let package = world.catalog.nevra(id);
                let what = world.shown(&rule.entry);
                return Ok(Some(format!("{package} {:?} {what}", rule.kind)));
            }
        }
        if let Some(rival) = world.rivals(id).find(|rival| chosen.contains(*rival)) {
            let (one, two) = (world.catalog.nevra(id), world.catalog.nevra(rival));
            return Ok(Some(format!("{one} and {two} have one name")));
        }
    }
    Ok(None)
}
