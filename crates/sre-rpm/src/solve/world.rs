//! The packages in sight, and what each of them says as clauses.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use super::clause::{self, Choices, Clause, Providers, Sense};
use super::scope::Scope;
use super::{Request, SolveError, WeakDependencies, order};
use crate::architecture::Suitability;
use crate::catalog::{Catalog, EntryRecord, Index, PackageId, PackageRecord, Text};
use crate::dependency::{Capability, Dependency};
use crate::metadata::EntryKind;
use crate::nevra::Nevra;

/// Packages that provide one of these are installed beside each other instead of updated.
const SIDE_BY_SIDE: [&str; 5] = [
    "installonlypkg(kernel)",
    "installonlypkg(kernel-module)",
    "installonlypkg(vm)",
    "multiversion(kernel)",
    "kernel",
];

/// All that the search needs to know.
pub(super) struct World<'a> {
    pub(super) catalog: &'a Catalog,
    pub(super) index: Index<'a>,
    pub(super) weak: WeakDependencies,
    /// Base packages, in the order of the request.
    pub(super) assumed: Vec<PackageId>,
    is_assumed: HashSet<PackageId>,
    assumed_capabilities: Vec<Capability>,
    side_by_side: Vec<Text>,
    plain: RefCell<HashMap<EntryRecord, Option<Choices>>>,
    rules: RefCell<HashMap<PackageId, Rc<[Rule]>>>,
}

/// Something that holds when a package is in the set.
#[derive(Clone, Debug)]
pub(super) struct Rule {
    pub(super) clause: Clause,
    pub(super) kind: EntryKind,
    pub(super) entry: EntryRecord,
}

impl<'a> World<'a> {
    pub(super) fn new(
        catalog: &'a Catalog,
        request: &Request,
        scope: &Scope<'_>,
    ) -> Result<Self, SolveError> {
        let index = Index::build(catalog, |id| scope.is_visible(id));
        let side_by_side = SIDE_BY_SIDE.iter().filter_map(|name| catalog.find_text(name)).collect();
        let mut world = Self {
            catalog,
            index,
            weak: request.weak,
            assumed: Vec::new(),
            is_assumed: HashSet::new(),
            assumed_capabilities: Vec::new(),
            side_by_side,
            plain: RefCell::default(),
            rules: RefCell::default(),
        };
        for item in &request.base.items {
            world.assume(item)?;
        }
        Ok(world)
    }

    fn assume(&mut self, item: &str) -> Result<(), SolveError> {
        let no_match = || SolveError::NoMatch {
            wish: item.to_owned(),
            reason: Some("the base system names it".to_owned()),
        };
        let full_name = item.parse::<Nevra>().ok();
        let id = full_name
            .as_ref()
            .and_then(|nevra| self.exactly(nevra))
            .or_else(|| self.newest(self.catalog.find_text(item)?));
        match (id, full_name) {
            (Some(id), _) => {
                if self.is_assumed.insert(id) {
                    self.assumed.push(id);
                }
            }
            // A full name that the repositories lack still says which version is there.
            (None, Some(nevra)) => {
                let constraint = crate::dependency::Constraint {
                    relation: crate::dependency::Relation::Equal,
                    evr: nevra.evr,
                };
                let constraint = Some(constraint);
                self.assumed_capabilities.push(Capability { name: nevra.name, constraint });
            }
            (None, None) => self.assumed_capabilities.push(item.parse().map_err(|_| no_match())?),
        }
        Ok(())
    }

    /// Finds the package of a full name.
    fn exactly(&self, nevra: &Nevra) -> Option<PackageId> {
        let named = self.index.named(self.catalog.find_text(&nevra.name)?);
        named.iter().copied().find(|id| self.catalog.nevra(*id) == *nevra)
    }

    fn newest(&self, name: Text) -> Option<PackageId> {
        let mut named = self.index.named(name).to_vec();
        order::newest_first(self, &mut named);
        named.into_iter().min_by_key(|id| self.suitability(*id))
    }

    pub(super) fn is_assumed(&self, id: PackageId) -> bool {
        self.is_assumed.contains(&id)
    }

    pub(super) fn suitability(&self, id: PackageId) -> Suitability {
        let architecture = self.catalog.text(self.catalog.package(id).architecture);
        self.catalog.architecture().suits(architecture).unwrap_or(Suitability::Foreign(u8::MAX))
    }

    /// Tells whether there is a newer version of the same name and architecture.
    pub(super) fn is_outdated(&self, id: PackageId) -> bool {
        let package = self.catalog.package(id);
        let version = self.catalog.version(package);
        self.index.named(package.name).iter().any(|other| {
            let other = self.catalog.package(*other);
            other.architecture == package.architecture
                && self.catalog.version(other).compare(version).is_gt()
        })
    }

    /// Tells whether one package obsoletes another.
    pub(super) fn obsoletes(&self, one: PackageId, two: PackageId) -> bool {
        let name = self.catalog.package(two).name;
        let entries = self.catalog.entries(self.catalog.package(one), EntryKind::Obsoletes);
        let own = self.catalog.package(one).name;
        own != name
            && entries
                .iter()
                .filter(|entry| entry.name == name)
                .any(|entry| self.index.named_within(name, self.index.range(entry)).contains(&two))
    }

    /// Gives the packages that cannot be together with this one because they have its name.
    pub(super) fn rivals(&self, id: PackageId) -> impl Iterator<Item = PackageId> + '_ {
        let alone = !self.is_side_by_side(id);
        let named = self.index.named(self.catalog.package(id).name);
        named
            .iter()
            .copied()
            .filter(move |other| alone && *other != id && self.share_files(id, *other))
    }

    /// Tells whether two architectures of one name would meet in the same paths: only relatives of
    /// different width can be together.
    fn share_files(&self, one: PackageId, two: PackageId) -> bool {
        let text = |id: PackageId| self.catalog.text(self.catalog.package(id).architecture);
        let is_foreign = |id: PackageId| self.suitability(id) != Suitability::Native;
        is_foreign(one) == is_foreign(two) || text(one) == "noarch" || text(two) == "noarch"
    }

    /// Tells whether versions of a package are installed beside each other, as kernels are.
    pub(super) fn is_side_by_side(&self, id: PackageId) -> bool {
        let package = self.catalog.package(id);
        let provided = self.catalog.entries(package, EntryKind::Provides);
        self.side_by_side.contains(&package.name)
            || provided.iter().any(|entry| self.side_by_side.contains(&entry.name))
    }

    /// Gives everything that holds when a package is in the set.
    pub(super) fn rules(&self, id: PackageId) -> Result<Rc<[Rule]>, SolveError> {
        if let Some(known) = self.rules.borrow().get(&id) {
            return Ok(Rc::clone(known));
        }
        let package = self.catalog.package(id);
        let mut rules = Vec::new();
        let kinds = [EntryKind::Requires, EntryKind::Conflicts, EntryKind::Obsoletes];
        for kind in kinds {
            // What base packages require is taken for granted.
            if kind == EntryKind::Requires && self.is_assumed(id) {
                continue;
            }
            self.add_rules(id, package, kind, &mut rules)?;
        }
        let rules: Rc<[Rule]> = rules.into();
        self.rules.borrow_mut().insert(id, Rc::clone(&rules));
        Ok(rules)
    }

    fn add_rules(
        &self,
        id: PackageId,
        package: &PackageRecord,
        kind: EntryKind,
        rules: &mut Vec<Rule>,
    ) -> Result<(), SolveError> {
        let mut seen = HashSet::new();
        for entry in self.catalog.entries(package, kind) {
            if !seen.insert(entry) {
                continue;
            }
            let clauses = match kind {
                EntryKind::Obsoletes => self.obsoletion(package, entry),
                EntryKind::Conflicts => self.contrary(id, entry)?,
                _ => self.wish(id, entry)?,
            };
            // What a package provides itself is there as soon as it is.
            let open = clauses.into_iter().filter(|clause| !clause.wanted.contains(&id));
            rules.extend(open.map(|clause| Rule { clause, kind, entry: *entry }));
        }
        Ok(())
    }

    /// Tells whether a package is visible.
    pub(super) fn is_visible(&self, id: PackageId) -> bool {
        self.index.named(self.catalog.package(id).name).contains(&id)
    }

    /// Shows a capability as people write it.
    pub(super) fn shown(&self, entry: &EntryRecord) -> String {
        let name = self.catalog.text(entry.name);
        match entry.relation.zip(entry.version) {
            None => name.to_owned(),
            Some((relation, version)) => {
                let version = self.catalog.text(version);
                format!("{name} {relation} {}", version.strip_prefix("0:").unwrap_or(version))
            }
        }
    }

    /// Gives the clauses of something that a package requires or recommends.
    pub(super) fn wish(
        &self,
        id: PackageId,
        entry: &EntryRecord,
    ) -> Result<Vec<Clause>, SolveError> {
        let text = self.catalog.text(entry.name);
        if text.starts_with('(') {
            return clause::clauses(&self.parse(id, text)?, Sense::Holds, self);
        }
        // What rpm itself must be able to do; every rpm of today is.
        if text.starts_with("rpmlib(") {
            return Ok(Vec::new());
        }
        Ok(self.plain(entry).map(Clause::one_of).into_iter().collect())
    }

    /// Gives the packages that satisfy something a package recommends.
    pub(super) fn recommends(&self, id: PackageId) -> Result<Vec<PackageId>, SolveError> {
        let mut found = Vec::new();
        for entry in self.catalog.entries(self.catalog.package(id), EntryKind::Recommends) {
            for clause in self.wish(id, entry)? {
                found.extend(clause.wanted.iter());
            }
        }
        Ok(found)
    }

    /// Tells whether a package supplements a set.
    pub(super) fn supplements(
        &self,
        id: PackageId,
        is_there: impl Fn(PackageId) -> bool,
    ) -> Result<bool, SolveError> {
        for entry in self.catalog.entries(self.catalog.package(id), EntryKind::Supplements) {
            if self.wish(id, entry)?.iter().all(|clause| clause.holds(&is_there)) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Gives the clauses of something that a package conflicts with; never with itself.
    fn contrary(&self, id: PackageId, entry: &EntryRecord) -> Result<Vec<Clause>, SolveError> {
        let text = self.catalog.text(entry.name);
        let clauses = if text.starts_with('(') {
            clause::clauses(&self.parse(id, text)?, Sense::Fails, self)?
        } else {
            match self.plain(entry) {
                Some(choices) if choices.is_empty() => Vec::new(),
                Some(choices) => vec![Clause::none_of(choices)],
                // A conflict with a bare capability of the base system.
                None => vec![Clause::one_of(Rc::new([]))],
            }
        };
        Ok(clauses.into_iter().filter_map(|clause| without_self(clause, id)).collect())
    }

    fn obsoletion(&self, package: &PackageRecord, entry: &EntryRecord) -> Vec<Clause> {
        if entry.name == package.name {
            return Vec::new();
        }
        let found = self.index.named_within(entry.name, self.index.range(entry));
        if found.is_empty() { Vec::new() } else { vec![Clause::none_of(found.into())] }
    }

    fn parse(&self, id: PackageId, text: &str) -> Result<Dependency, SolveError> {
        let wrong =
            |source| SolveError::Dependency { package: self.catalog.nevra(id).to_string(), source };
        text.parse().map_err(wrong)
    }

    /// Gives the providers of a plain capability in order; nothing when the base system has it.
    fn plain(&self, entry: &EntryRecord) -> Option<Choices> {
        if let Some(known) = self.plain.borrow().get(entry) {
            return known.clone();
        }
        let found = (!self.base_has(entry)).then(|| {
            let found = self.index.providers(entry.name, self.index.range(entry));
            order::order(self, found, Some(entry.name))
        });
        self.plain.borrow_mut().insert(*entry, found.clone());
        found
    }

    fn base_has(&self, entry: &EntryRecord) -> bool {
        if self.assumed_capabilities.is_empty() {
            return false;
        }
        let name = self.catalog.text(entry.name);
        let range = self.index.range(entry);
        self.assumed_capabilities.iter().any(|offered| {
            offered.name == name
                && match (range, offered.range()) {
                    (Some(one), Some(two)) => crate::dependency::overlap(one, two),
                    _ => true,
                }
        })
    }
}

/// Takes a package out of what it conflicts with: it is there whenever the clause counts, so that
/// conditions which it meets itself are met, but it is no enemy of itself.
fn without_self(clause: Clause, id: PackageId) -> Option<Clause> {
    let (own, others): (Vec<Choices>, Vec<Choices>) =
        clause.conditions.into_iter().partition(|set| set.contains(&id));
    let conditions = if own.is_empty() || !others.is_empty() || !clause.wanted.is_empty() {
        others
    } else {
        let rest = own.iter().flat_map(|set| set.iter().copied()).filter(|one| *one != id);
        vec![rest.collect()]
    };
    let can_apply = conditions.iter().all(|set| !set.is_empty());
    can_apply.then_some(Clause { conditions, wanted: clause.wanted })
}

impl Providers for World<'_> {
    fn providers(&self, capability: &Capability) -> Option<Vec<PackageId>> {
        if self.assumed_capabilities.iter().any(|offered| capability.is_satisfied_by(offered)) {
            return None;
        }
        let name = self.catalog.find_text(&capability.name);
        Some(name.map(|name| self.index.providers(name, capability.range())).unwrap_or_default())
    }

    fn order(&self, packages: Vec<PackageId>) -> Choices {
        order::order(self, packages, None)
    }
}
