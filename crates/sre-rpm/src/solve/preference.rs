//! The plan that dnf's policy would make, without ever going back.
//!
//! libsolv decides what it must before it decides where it can choose, so that a choice is often made
//! already by something else. The plan does the same. It may fail where a solver would go back;
//! then the search takes it as what is preferred.

use std::collections::{HashSet, VecDeque};

use super::clause::Clause;
use super::dead_ends::DeadEnds;
use super::world::World;
use super::{SolveError, WeakDependencies};
use crate::catalog::PackageId;

/// Packages in the order in which they were chosen.
#[derive(Clone, Debug, Default)]
pub(super) struct Chosen {
    order: Vec<PackageId>,
    members: HashSet<PackageId>,
}

/// Tells whether everything holds that a package says.
fn world_holds(world: &World<'_>, id: PackageId, chosen: &Chosen) -> Result<bool, SolveError> {
    let rules = world.rules(id)?;
    Ok(rules.iter().all(|rule| rule.clause.holds(|other| chosen.contains(other))))
}

impl Chosen {
    pub(super) fn contains(&self, id: PackageId) -> bool {
        self.members.contains(&id)
    }

    pub(super) fn insert(&mut self, id: PackageId) -> bool {
        let is_new = self.members.insert(id);
        if is_new {
            self.order.push(id);
        }
        is_new
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = PackageId> + '_ {
        self.order.iter().copied()
    }

    pub(super) fn len(&self) -> usize {
        self.order.len()
    }
}

/// Adds to a set what clauses want and what that needs in turn.
pub(super) fn plan<'c>(
    world: &World<'_>,
    start: &Chosen,
    clauses: impl IntoIterator<Item = &'c Clause>,
    dead: &DeadEnds,
) -> Result<Chosen, SolveError> {
    let mut planner = Planner::over(world, start, dead)?;
    planner.pending.extend(clauses.into_iter().cloned());
    planner.run()?;
    Ok(planner.chosen)
}

/// A plan that grows.
#[derive(Clone)]
pub(super) struct Planner<'w, 'a> {
    world: &'w World<'a>,
    pub(super) chosen: Chosen,
    forbidden: HashSet<PackageId>,
    /// What chosen packages recommend: of a choice, this is taken.
    recommended: HashSet<PackageId>,
    /// Clauses not yet looked at.
    pending: VecDeque<Clause>,
    /// Clauses whose conditions may still come true.
    conditional: Vec<Clause>,
    /// Clauses that leave a choice between names.
    open: VecDeque<Clause>,
}

impl<'w, 'a> Planner<'w, 'a> {
    /// Makes the plan that has these packages and looks at what they need next.
    pub(super) fn over(
        world: &'w World<'a>,
        start: &Chosen,
        dead: &DeadEnds,
    ) -> Result<Self, SolveError> {
        let mut planner = Self {
            world,
            chosen: Chosen::default(),
            forbidden: dead.keys().copied().collect(),
            recommended: HashSet::new(),
            pending: VecDeque::new(),
            conditional: Vec::new(),
            open: VecDeque::new(),
        };
        for id in start.iter() {
            planner.add(id)?;
        }
        Ok(planner)
    }

    /// Gives the plan with one thing more; nothing when that does not fit in as far as can be seen from here.
    pub(super) fn with(&self, clause: &Clause) -> Result<Option<Self>, SolveError> {
        let mut next = self.clone();
        next.pending.push_back(clause.clone());
        next.run()?;
        let is_there = |id| next.chosen.contains(id);
        let mut holds = clause.holds(is_there);
        for id in next.chosen.iter().skip(self.chosen.len()) {
            holds = holds && world_holds(self.world, id, &next.chosen)?;
        }
        Ok(holds.then_some(next))
    }

    /// Tells whether something that a clause wants could be added at all, the plan being decided.
    pub(super) fn can_meet(&self, clause: &Clause) -> Result<bool, SolveError> {
        Ok(!self.candidates(clause)?.is_empty())
    }

    pub(super) fn run(&mut self) -> Result<(), SolveError> {
        loop {
            if let Some(clause) = self.pending.pop_front() {
                self.consider(clause)?;
            } else if let Some(clause) = self.awakened() {
                self.decide_or_postpone(clause)?;
            } else if let Some(clause) = self.open.pop_front() {
                let candidates = self.candidates(&clause)?;
                if let Some(id) = self.preferred(&candidates)? {
                    self.add(id)?;
                }
            } else {
                return Ok(());
            }
        }
    }

    fn consider(&mut self, clause: Clause) -> Result<(), SolveError> {
        match (clause.conditions.as_slice(), clause.wanted.is_empty()) {
            ([], _) => self.decide_or_postpone(clause)?,
            ([forbidden], true) => self.forbidden.extend(forbidden.iter()),
            (_, true) => {}
            (_, false) => self.conditional.push(clause),
        }
        Ok(())
    }

    /// Takes out a conditional clause that applies by now and does not hold.
    fn awakened(&mut self) -> Option<Clause> {
        let chosen = &self.chosen;
        let at = self.conditional.iter().position(|clause| {
            clause.applies(|id| chosen.contains(id)) && !clause.holds(|id| chosen.contains(id))
        })?;
        let clause = self.conditional.swap_remove(at);
        Some(Clause::one_of(clause.wanted))
    }

    fn decide_or_postpone(&mut self, clause: Clause) -> Result<(), SolveError> {
        let candidates = self.candidates(&clause)?;
        let Some(first) = candidates.first().copied() else { return Ok(()) };
        if candidates.iter().all(|id| self.is_no_choice(first, *id)) {
            self.add(first)
        } else {
            self.open.push_back(clause);
            Ok(())
        }
    }

    /// Tells whether a candidate is only there for when the first one does not fit.
    fn is_no_choice(&self, first: PackageId, other: PackageId) -> bool {
        let name = |id: PackageId| self.world.catalog.package(id).name;
        name(first) == name(other) || !super::order::are_alike(self.world, first, other)
    }

    /// Takes the first candidate that something chosen recommends, or that supplements something chosen;
    /// else the first.
    fn preferred(&self, candidates: &[PackageId]) -> Result<Option<PackageId>, SolveError> {
        let Some(first) = candidates.first().copied() else { return Ok(None) };
        if self.world.weak == WeakDependencies::None {
            return Ok(Some(first));
        }
        for id in
            candidates.iter().copied().filter(|id| super::order::are_alike(self.world, first, *id))
        {
            let is_wanted = self.recommended.contains(&id)
                || self.world.supplements(id, |other| self.chosen.contains(other))?;
            if is_wanted && !self.world.is_outdated(id) {
                return Ok(Some(id));
            }
        }
        Ok(Some(first))
    }

    /// Gives what could satisfy a clause: nothing when it holds already or cannot be met from here.
    fn candidates(&self, clause: &Clause) -> Result<Vec<PackageId>, SolveError> {
        if clause.wanted.iter().any(|id| self.chosen.contains(*id)) {
            return Ok(Vec::new());
        }
        let mut found = Vec::new();
        for id in clause.wanted.iter() {
            if !self.forbidden.contains(id) && self.is_compatible(*id)? {
                found.push(*id);
            }
        }
        Ok(found)
    }

    /// Tells whether a package forbids nothing that is chosen and needs nothing that nobody provides.
    fn is_compatible(&self, id: PackageId) -> Result<bool, SolveError> {
        for rule in self.world.rules(id)?.iter() {
            let is_refused =
                match (rule.clause.conditions.as_slice(), rule.clause.wanted.is_empty()) {
                    ([], true) => true,
                    ([forbidden], true) => {
                        forbidden.iter().any(|other| self.chosen.contains(*other))
                    }
                    ([], false) => {
                        rule.clause.wanted.iter().all(|other| self.forbidden.contains(other))
                    }
                    _ => false,
                };
            if is_refused {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn add(&mut self, id: PackageId) -> Result<(), SolveError> {
        if self.chosen.insert(id) {
            self.forbidden.extend(self.world.rivals(id));
            let rules = self.world.rules(id)?;
            self.pending.extend(rules.iter().map(|rule| rule.clause.clone()));
            if self.world.weak != WeakDependencies::None {
                self.recommended.extend(self.world.recommends(id)?);
            }
        }
        Ok(())
    }
}
