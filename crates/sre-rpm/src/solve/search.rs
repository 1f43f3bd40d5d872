//! Finds the set: the plan if it holds, otherwise what the solver makes of it, then what is recommended.

use std::collections::HashSet;

use resolvo::{Problem, Solver, UnsolvableOrCancelled};

use super::check::first_fault;
use super::dead_ends::{DeadEnds, dead_ends};
use super::encoding::Encoding;
use super::preference::{Chosen, Planner, plan};
use super::reduce::{reduce, shrink};
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
    let clauses = wishes.iter().map(|wish| &wish.clause);
    let planned = plan(world, decided, clauses, &DeadEnds::new())?;
    if first_fault(world, wishes, &planned)?.is_none() {
        return Ok(Some(planned));
    }
    // A second time without the packages that only look as if they could be installed.
    solve_without(world, decided, wishes, &dead_ends(world, wishes)?)
}

/// Solves on top of what is decided, knowing which packages no set can hold.
pub(super) fn solve_without(
    world: &World<'_>,
    decided: &Chosen,
    wishes: &[Wish],
    dead: &DeadEnds,
) -> Result<Option<Chosen>, SolveError> {
    let planned = plan(world, decided, wishes.iter().map(|wish| &wish.clause), dead)?;
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
            let chosen = reduce(world, &all, chosen)?;
            shrink(world, &all, chosen).map(Some)
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
        let mut round = Round::over(world, &chosen)?;
        for wish in &wishes {
            round.add(wish)?;
        }
        // One proof for all of the round; only if something slipped through, one for each wish.
        if first_fault(world, &[], round.chosen())?.is_some() {
            round = Round { is_careful: true, ..Round::over(world, &chosen)? };
            for wish in &wishes {
                round.add(wish)?;
            }
        }
        chosen = round.chosen().clone();
        for wish in wishes.into_iter().zip(round.fits).filter(|(_, fits)| !fits).map(|(it, _)| it) {
            notes.push(left_out(world, &wish));
            refused.insert((wish.package, wish.text));
        }
    }
}

/// One round of weak wishes on top of what is there.
struct Round<'w, 'a> {
    world: &'w World<'a>,
    planner: Planner<'w, 'a>,
    /// For each wish, whether it fits.
    fits: Vec<bool>,
    /// Whether each step is proven over everything, which takes long.
    is_careful: bool,
}

impl<'w, 'a> Round<'w, 'a> {
    fn over(world: &'w World<'a>, chosen: &Chosen) -> Result<Self, SolveError> {
        let mut planner = Planner::over(world, chosen, &DeadEnds::new())?;
        planner.run()?;
        Ok(Self { world, planner, fits: Vec::new(), is_careful: false })
    }

    fn chosen(&self) -> &Chosen {
        &self.planner.chosen
    }

    fn add(&mut self, wish: &WeakWish) -> Result<(), SolveError> {
        let fits = wish.clause.holds(|id| self.chosen().contains(id)) || self.fit(wish)?;
        self.fits.push(fits);
        Ok(())
    }

    fn fit(&mut self, wish: &WeakWish) -> Result<bool, SolveError> {
        if !self.planner.can_meet(&wish.clause)? {
            return Ok(false);
        }
        if !self.is_careful
            && let Some(next) = self.planner.with(&wish.clause)?
        {
            self.planner = next;
            return Ok(true);
        }
        let wishes = [Wish { label: wish.text.clone(), clause: wish.clause.clone() }];
        let Some(more) = solve(self.world, self.chosen(), &wishes)? else { return Ok(false) };
        self.planner = Self::over(self.world, &more)?.planner;
        Ok(true)
    }
}

fn left_out(world: &World<'_>, wish: &WeakWish) -> Note {
    let (package, text) = (world.catalog.nevra(wish.package).to_string(), wish.text.clone());
    if wish.is_supplement {
        Note::SupplementLeftOut { package, wish: text }
    } else {
        Note::WeakLeftOut { package, wish: text }
    }
}
