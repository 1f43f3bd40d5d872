//! Finds the set: the plan if it holds, otherwise what the solver makes of it, then what is recommended.

use std::collections::HashSet;

use resolvo::{Problem, Solver, UnsolvableOrCancelled};

use super::check::first_fault;
use super::dead_ends::{DeadEnds, dead_ends};
use super::encoding::Encoding;
use super::preference::{Chosen, plan};
use super::reduce::reduce;
use super::weak::{WeakWish, weak_wishes};
use super::wishes::{Wish, Wishes};
use super::world::World;
use super::{Note, SolveError, WeakDependencies, explain};
use crate::catalog::PackageId;

/// What was found.
pub(super) struct Found {
    pub(super) chosen: Chosen,
    pub(super) notes: Vec<Note>,
}

/// Finds a consistent set for all wishes.
pub(super) fn search(
    world: &World<'_>,
    wishes: &Wishes,
    weak: WeakDependencies,
) -> Result<Found, SolveError> {
    let wishes = &wishes.wishes;
    let Some(chosen) = solve(world, &Chosen::default(), wishes)? else {
        return Err(SolveError::Unsolvable { problems: explain::problems(world, wishes)? });
    };
    let chosen = reduce(world, wishes, chosen)?;
    let found = add_weak(world, chosen, weak)?;
    match first_fault(world, wishes, &found.chosen)? {
        None => Ok(found),
        Some(reason) => Err(SolveError::Unproven { reason }),
    }
}

/// Solves on top of what is decided; nothing when there is no solution.
pub(super) fn solve(
    world: &World<'_>,
    decided: &Chosen,
    wishes: &[Wish],
) -> Result<Option<Chosen>, SolveError> {
    let clauses = || wishes.iter().map(|wish| &wish.clause);
    let mut planned = plan(world, decided, clauses(), &DeadEnds::new())?;
    if first_fault(world, wishes, &planned)?.is_some() {
        // A second time without the packages that only look as if they could be installed.
        planned = plan(world, decided, clauses(), &dead_ends(world, wishes)?)?;
    }
    if first_fault(world, wishes, &planned)?.is_none() {
        return Ok(Some(planned));
    }
    let encoding = Encoding::new(world, &planned);
    let mut all: Vec<Wish> = decided.iter().map(Wish::decided).collect();
    all.extend_from_slice(wishes);
    let known = encoding.dependencies(all.iter().map(|wish| &wish.clause));
    let problem = Problem::new().requirements(known.requirements).constraints(known.constrains);
    let mut solver = Solver::new(encoding);
    let outcome = solver.solve(problem);
    if let Some(failure) = solver.provider().take_failure() {
        return Err(failure);
    }
    match outcome {
        Ok(solvables) => {
            let mut chosen = Chosen::default();
            for id in solvables.into_iter().filter_map(|one| solver.provider().package(one)) {
                chosen.insert(id);
            }
            reduce(world, &all, chosen).map(Some)
        }
        Err(UnsolvableOrCancelled::Unsolvable(_)) => Ok(None),
        Err(UnsolvableOrCancelled::Cancelled(_)) => Err(SolveError::TooComplex),
    }
}

/// Adds what is recommended, round by round, as far as it fits to what is there.
fn add_weak(
    world: &World<'_>,
    mut chosen: Chosen,
    weak: WeakDependencies,
) -> Result<Found, SolveError> {
    let mut notes = Vec::new();
    let mut refused: HashSet<(PackageId, String)> = HashSet::new();
    loop {
        let wishes = weak_wishes(world, &chosen, weak, &refused)?;
        if wishes.is_empty() {
            return Ok(Found { chosen, notes });
        }
        for WeakWish { clause, package, text, .. } in wishes {
            if clause.holds(|id| chosen.contains(id)) {
                continue;
            }
            let wish = Wish { label: text.clone(), clause };
            if let Some(more) = solve(world, &chosen, &[wish])? {
                chosen = more;
            } else {
                let name = world.catalog.nevra(package).to_string();
                notes.push(Note::WeakLeftOut { package: name, wish: text.clone() });
                refused.insert((package, text));
            }
        }
    }
}
