//! The clauses in the terms of resolvo.
//!
//! resolvo knows names of which at most one version is taken, requirements ("one of these versions") under
//! conditions, and constraints ("of this name only these"). Here every package is a name of its own with one
//! version, and what shares a name in rpm forbids each other by constraints. That is because of
//! conditions: resolvo reads "not this version" as "another version of that name", which is wrong where the
//! name may be absent altogether; with one version a name is there or not.
//!
//! A clause that wants something is a requirement, and one that forbids is a constraint. Under conditions it
//! becomes a requirement of what is wanted or of an auxiliary package which forbids a condition.

use std::any::Any;
use std::cell::RefCell;
use std::fmt::Display;

use resolvo::{
    Candidates, Condition, ConditionId, ConditionalRequirement, DenseIndex, Dependencies,
    DependencyProvider, Interner, KnownDependencies, NameId, Requirement, SolvableId, SolverCache,
    StringId, VersionSetId, VersionSetUnionId,
};

use super::SolveError;
use super::clause::{Choices, Clause};
use super::preference::Chosen;
use super::world::World;
use crate::catalog::PackageId;
use crate::limits::MAX_ALTERNATIVES;

/// What resolvo asks.
pub(super) struct Encoding<'w, 'a> {
    world: &'w World<'a>,
    plan: &'w Chosen,
    tables: RefCell<Tables>,
}

/// What resolvo names by numbers, filled as it goes.
#[derive(Default)]
struct Tables {
    unions: Vec<Vec<VersionSetId>>,
    /// Packages that exist for the solver only: being there, each forbids what it holds.
    auxiliaries: Vec<Choices>,
    failure: Option<SolveError>,
}

/// What a set of versions admits of the one version of its name.
enum Admits {
    It,
    Nothing,
}

impl<'w, 'a> Encoding<'w, 'a> {
    pub(super) fn new(world: &'w World<'a>, plan: &'w Chosen) -> Self {
        Self { world, plan, tables: RefCell::default() }
    }

    /// Turns clauses into what resolvo takes as the dependencies of a package, or of the request.
    pub(super) fn dependencies<'c>(
        &self,
        clauses: impl Iterator<Item = &'c Clause>,
    ) -> KnownDependencies {
        let mut known = KnownDependencies::default();
        for clause in clauses {
            if let Err(failure) = self.encode(clause, &mut known) {
                self.fail(failure);
            }
        }
        known
    }

    /// Gives the package of a solvable; nothing for an auxiliary one.
    pub(super) fn package(&self, solvable: SolvableId) -> Option<PackageId> {
        let index = solvable.to_index();
        let id = u32::try_from(index).ok()?;
        (index < self.world.catalog.len()).then_some(PackageId(id))
    }

    /// Gives the error that a dependency led to while the solver was running.
    pub(super) fn take_failure(&self) -> Option<SolveError> {
        self.tables.borrow_mut().failure.take()
    }

    fn fail(&self, failure: SolveError) {
        self.tables.borrow_mut().failure.get_or_insert(failure);
    }

    fn encode(&self, clause: &Clause, known: &mut KnownDependencies) -> Result<(), SolveError> {
        match clause.conditions.as_slice() {
            [forbidden] if clause.wanted.is_empty() => {
                known
                    .constrains
                    .extend(forbidden.iter().map(|id| set(index(*id), &Admits::Nothing)));
            }
            [] => known.requirements.push(self.requirement(&clause.wanted).into()),
            conditions => known.requirements.push(self.implication(conditions, &clause.wanted)?),
        }
        Ok(())
    }

    /// Makes a requirement of one of these, those of the plan first.
    fn requirement(&self, wanted: &[PackageId]) -> Requirement {
        if wanted.is_empty() {
            // Of an auxiliary package, the version that it does not have.
            let nobody = self.add_auxiliary(Choices::from([]));
            return Requirement::Single(set(nobody, &Admits::Nothing));
        }
        let (planned, rest): (Vec<PackageId>, Vec<PackageId>) =
            wanted.iter().copied().partition(|id| self.plan.contains(*id));
        let all = planned.into_iter().chain(rest);
        let sets = all.map(|id| set(index(id), &Admits::It)).collect();
        let mut tables = self.tables.borrow_mut();
        tables.unions.push(sets);
        Requirement::Union(VersionSetUnionId::from_index(tables.unions.len() - 1))
    }

    /// Makes a requirement of one of these, or of something that forbids a whole condition.
    ///
    /// resolvo has conditional requirements, too, but takes one up when it first sees its condition fulfilled,
    /// and sometimes too late: its answers then lack what the condition wants.
    fn implication(
        &self,
        conditions: &[Choices],
        wanted: &[PackageId],
    ) -> Result<ConditionalRequirement, SolveError> {
        let forbidden: usize = conditions.iter().map(|members| members.len()).sum();
        if forbidden > MAX_ALTERNATIVES {
            return Err(SolveError::TooComplex);
        }
        let is_planned = |id: &PackageId| self.plan.contains(*id);
        let (likely, unlikely): (Vec<&Choices>, Vec<&Choices>) =
            conditions.iter().partition(|members| !members.iter().any(is_planned));
        let nobody = |members: &Choices| set(self.add_auxiliary(members.clone()), &Admits::It);
        let mut sets: Vec<VersionSetId> = likely.into_iter().map(nobody).collect();
        let (planned, rest): (Vec<PackageId>, Vec<PackageId>) =
            wanted.iter().partition(|id| is_planned(id));
        sets.extend(planned.into_iter().chain(rest).map(|id| set(index(id), &Admits::It)));
        sets.extend(unlikely.into_iter().map(nobody));
        let mut tables = self.tables.borrow_mut();
        tables.unions.push(sets);
        let union = VersionSetUnionId::from_index(tables.unions.len() - 1);
        Ok(Requirement::Union(union).into())
    }

    fn add_auxiliary(&self, forbidden: Choices) -> usize {
        let mut tables = self.tables.borrow_mut();
        tables.auxiliaries.push(forbidden);
        self.world.catalog.len() + tables.auxiliaries.len() - 1
    }

    fn known(&self, solvable: SolvableId) -> Result<KnownDependencies, SolveError> {
        let forbid = |id: PackageId| set(index(id), &Admits::Nothing);
        let Some(id) = self.package(solvable) else {
            let at = solvable.to_index() - self.world.catalog.len();
            let forbidden = self.tables.borrow().auxiliaries[at].clone();
            let constrains = forbidden.iter().map(|id| forbid(*id)).collect();
            return Ok(KnownDependencies { constrains, ..KnownDependencies::default() });
        };
        let rules = self.world.rules(id)?;
        let mut known = self.dependencies(rules.iter().map(|rule| &rule.clause));
        known.constrains.extend(self.world.rivals(id).map(forbid));
        Ok(known)
    }
}

/// Gives the number of the solvable of a package, which is also the number of its name.
fn index(id: PackageId) -> usize {
    id.0 as usize
}

/// Gives the set that admits the one version of a name, or none.
fn set(name: usize, admits: &Admits) -> VersionSetId {
    VersionSetId::from_index(match admits {
        Admits::It => 2 * name,
        Admits::Nothing => 2 * name + 1,
    })
}

impl Interner for Encoding<'_, '_> {
    type NameId = NameId;
    type SolvableId = SolvableId;

    fn display_solvable(&self, solvable: SolvableId) -> impl Display + '_ {
        self.package(solvable)
            .map_or_else(|| "a condition".to_owned(), |id| self.world.catalog.nevra(id).to_string())
    }

    fn display_name(&self, name: NameId) -> impl Display + '_ {
        name.to_index()
    }

    fn display_version_set(&self, set: VersionSetId) -> impl Display + '_ {
        set.to_index()
    }

    fn display_string(&self, string: StringId) -> impl Display + '_ {
        string.to_index()
    }

    fn version_set_name(&self, set: VersionSetId) -> NameId {
        NameId::from_index(set.to_index() / 2)
    }

    fn solvable_name(&self, solvable: SolvableId) -> NameId {
        NameId::from_index(solvable.to_index())
    }

    fn version_sets_in_union(
        &self,
        union: VersionSetUnionId,
    ) -> impl Iterator<Item = VersionSetId> {
        self.tables.borrow().unions[union.to_index()].clone().into_iter()
    }

    fn resolve_condition(&self, condition: ConditionId) -> Condition {
        // No requirement has one.
        Condition::Requirement(VersionSetId::from_index(condition.to_index()))
    }
}

impl DependencyProvider for Encoding<'_, '_> {
    async fn filter_candidates(
        &self,
        candidates: &[SolvableId],
        set: VersionSetId,
        inverse: bool,
    ) -> Vec<SolvableId> {
        let admits_it = set.to_index().is_multiple_of(2);
        if admits_it == inverse { Vec::new() } else { candidates.to_vec() }
    }

    async fn get_candidates(&self, name: NameId) -> Option<Candidates> {
        let candidates = vec![SolvableId::from_index(name.to_index())];
        Some(Candidates { candidates, ..Candidates::default() })
    }

    async fn sort_candidates(&self, _: &SolverCache<Self>, _: &mut [SolvableId]) {
        // One version needs no order; that of names is the order of sets in a union.
    }

    async fn get_dependencies(&self, solvable: SolvableId) -> Dependencies {
        match self.known(solvable) {
            Ok(known) => Dependencies::Known(known),
            Err(failure) => {
                self.fail(failure);
                Dependencies::Known(KnownDependencies::default())
            }
        }
    }

    fn should_cancel_with_value(&self) -> Option<Box<dyn Any>> {
        let has_failed = self.tables.borrow().failure.is_some();
        has_failed.then(|| Box::new(()) as Box<dyn Any>)
    }
}
