//! Drops what nothing in the set needs.
//!
//! A solver that goes back leaves packages in the set that were chosen for something it later gave up.

use super::SolveError;
use super::check::first_fault;
use super::clause::Clause;
use super::preference::Chosen;
use super::wishes::Wish;
use super::world::World;
use crate::catalog::PackageId;

/// The most packages of a set that is searched for what it can do without.
const MAX_SHRUNK: usize = 500;

/// Gives the part of a set that the wishes need; the set itself when the part does not hold.
pub(super) fn reduce(
    world: &World<'_>,
    wishes: &[Wish],
    chosen: Chosen,
) -> Result<Chosen, SolveError> {
    let kept = needed(world, wishes, &chosen)?;
    Ok(if first_fault(world, wishes, &kept)?.is_none() { kept } else { chosen })
}

/// Leaves out what the rest can do without, one package after the other: what a solver settled on may hold
/// two ways to meet a need. Large sets, in which that costs much and saves little, stay as they are.
pub(super) fn shrink(
    world: &World<'_>,
    wishes: &[Wish],
    mut chosen: Chosen,
) -> Result<Chosen, SolveError> {
    if chosen.len() > MAX_SHRUNK {
        return Ok(chosen);
    }
    for id in chosen.iter().collect::<Vec<_>>().into_iter().rev() {
        let mut others = Chosen::default();
        for other in chosen.iter().filter(|other| *other != id) {
            others.insert(other);
        }
        let part = needed(world, wishes, &others)?;
        if part.len() < chosen.len() && first_fault(world, wishes, &part)?.is_none() {
            chosen = part;
        }
    }
    Ok(chosen)
}

/// Gives the part of a set that wishes lead to.
fn needed(world: &World<'_>, wishes: &[Wish], chosen: &Chosen) -> Result<Chosen, SolveError> {
    let mut sweep = Sweep { world, chosen, kept: Chosen::default() };
    for wish in wishes {
        sweep.keep_if_alone(&wish.clause)?;
    }
    loop {
        let before = sweep.kept.len();
        for wish in wishes {
            sweep.keep_native(&wish.clause)?;
            sweep.keep_one(&wish.clause)?;
        }
        for id in sweep.kept.iter().collect::<Vec<_>>() {
            for rule in world.rules(id)?.iter() {
                sweep.keep_one(&rule.clause)?;
            }
        }
        if sweep.kept.len() == before {
            break;
        }
    }
    Ok(sweep.kept)
}

struct Sweep<'s, 'a> {
    world: &'s World<'a>,
    chosen: &'s Chosen,
    kept: Chosen,
}

impl Sweep<'_, '_> {
    /// Keeps the only package of the set that satisfies a clause, and what it needs alone in turn.
    fn keep_if_alone(&mut self, clause: &Clause) -> Result<(), SolveError> {
        let mut open = vec![clause.clone()];
        while let Some(clause) = open.pop() {
            if clause.holds(|id| self.kept.contains(id)) {
                continue;
            }
            let [only] = self.present(&clause)[..] else { continue };
            self.kept.insert(only);
            open.extend(self.world.rules(only)?.iter().map(|rule| rule.clause.clone()));
        }
        Ok(())
    }

    /// Keeps a package that satisfies a clause, unless the clause holds already.
    fn keep_one(&mut self, clause: &Clause) -> Result<(), SolveError> {
        if clause.holds(|id| self.kept.contains(id)) {
            return Ok(());
        }
        if let Some(first) = self.present(clause).first() {
            self.kept.insert(*first);
            for rule in self.world.rules(*first)?.iter() {
                self.keep_if_alone(&rule.clause)?;
            }
        }
        Ok(())
    }

    /// Keeps the package for the machine's own width that a wish brought in, although one for another
    /// width, which something else wants, has the same name.
    fn keep_native(&mut self, clause: &Clause) -> Result<(), SolveError> {
        let Some(first) = self.present(clause).first().copied() else { return Ok(()) };
        let suitability = |id: PackageId| self.world.suitability(id);
        let mut wanted = clause.wanted.iter().copied();
        if clause.applies(|id| self.kept.contains(id))
            && !wanted.any(|id| self.kept.contains(id) && suitability(id) <= suitability(first))
        {
            self.keep_one(&Clause::one_of(std::rc::Rc::new([first])))?;
        }
        Ok(())
    }

    fn present(&self, clause: &Clause) -> Vec<PackageId> {
        clause.wanted.iter().copied().filter(|id| self.chosen.contains(*id)).collect()
    }
}
