//! The words of the search: what packages are called there, and what they ask for.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::fmt::Display;

use resolvo::{
    Candidates, Condition, ConditionId, Dependencies, DependencyProvider, Interner,
    KnownDependencies, NameId, Requirement, SolvableId, SolverCache, StringId, VersionSetId,
    VersionSetUnionId,
};

use super::groups::{Group, Library};
use super::pool::Item;
use crate::relation::Atom;

/// A thing that may or may not be granted; it stands among the packages as one of its own.
#[derive(Clone, Debug)]
pub(super) struct Wish {
    pub(super) group: Group,
    /// Whether its refusal is a choice as well, for wishes that are decided before packages are.
    pub(super) can_be_refused: bool,
}

/// Answers the questions of the search.
pub(super) struct Provider<'a> {
    library: &'a Library<'a>,
    wishes: Vec<Wish>,
    words: RefCell<Words>,
    rounds: Cell<u64>,
}

#[derive(Default)]
struct Words {
    names: Vec<Name>,
    ids: HashMap<Box<str>, u32>,
    wishes: HashMap<u32, u32>,
    sets: Vec<Set>,
    unions: Vec<Vec<VersionSetId>>,
    requirements: HashMap<String, Requirement>,
    exclusions: HashMap<(u32, Vec<u32>), VersionSetId>,
    strings: Vec<String>,
}

#[derive(Clone)]
enum Name {
    Package(Box<str>),
    Wish(u32),
}

/// Some of the things with one name.
struct Set {
    name: u32,
    /// Sorted.
    members: Vec<u32>,
    inverted: bool,
    shown: String,
}

/// How often the search may look at its clauses, so that it ends whatever it is given. Closures of real
/// distributions take some thousands of rounds.
const MAX_ROUNDS: u64 = 2_000_000;

impl<'a> Provider<'a> {
    pub(super) fn new(library: &'a Library<'a>, wishes: Vec<Wish>) -> Self {
        Self { library, wishes, words: RefCell::default(), rounds: Cell::new(0) }
    }

    /// Gives the solvable of a granted wish.
    pub(super) fn granted(&self, wish: usize) -> SolvableId {
        SolvableId::from_raw(self.library.pool.len() + 2 * number(wish))
    }

    /// Gives the requirement that a wish is decided.
    pub(super) fn decided(&self, wish: usize) -> Requirement {
        let name = self.words.borrow_mut().wish(number(wish));
        let granted = self.granted(wish).into_raw();
        let members = vec![granted, granted + 1];
        let set = Set { name, members, inverted: false, shown: String::new() };
        Requirement::Single(self.words.borrow_mut().set(set))
    }

    /// Gives the package that a solvable stands for; none for wishes.
    pub(super) fn item(&self, solvable: SolvableId) -> Option<Item> {
        (solvable.into_raw() < self.library.pool.len()).then(|| Item(solvable.into_raw()))
    }

    /// Puts a need into words.
    pub(super) fn requirement(&self, group: &Group) -> Requirement {
        let mut words = self.words.borrow_mut();
        if let Some(requirement) = words.requirements.get(&group.shown) {
            return *requirement;
        }
        let mut sets = Vec::new();
        for run in group.items.chunk_by(|one, other| self.name(*one) == self.name(*other)) {
            let Some(first) = run.first() else { continue };
            let name = self.name(*first);
            let mut members: Vec<u32> = run.iter().map(|item| item.0).collect();
            members.sort_unstable();
            let (id, shown) = (words.package(name), shown(group, name));
            sets.push(words.set(Set { name: id, members, inverted: false, shown }));
        }
        if sets.is_empty() {
            // Nobody provides it; the search has to be told so under some name.
            let name = group.atoms.first().map_or("", |atom| &*atom.name);
            let (id, shown) = (words.package(name), shown(group, name));
            sets.push(words.set(Set { name: id, members: Vec::new(), inverted: false, shown }));
        }
        let requirement = if let [set] = sets[..] {
            Requirement::Single(set)
        } else {
            words.unions.push(sets);
            Requirement::Union(VersionSetUnionId(number(words.unions.len() - 1)))
        };
        words.requirements.insert(group.shown.clone(), requirement);
        requirement
    }

    /// Puts an exclusion into words: of each name that it touches, only the other packages may come.
    fn exclusions(&self, group: &Group) -> Vec<VersionSetId> {
        let mut by_name = std::collections::BTreeMap::<&str, Vec<u32>>::new();
        for item in &group.items {
            by_name.entry(self.name(*item)).or_default().push(item.0);
        }
        let mut words = self.words.borrow_mut();
        let sets = by_name.into_iter().map(|(name, mut members)| {
            members.sort_unstable();
            let id = words.package(name);
            if let Some(set) = words.exclusions.get(&(id, members.clone())) {
                return *set;
            }
            let key = (id, members.clone());
            let shown = format!("other than `{}`", group.shown);
            let set = words.set(Set { name: id, members, inverted: true, shown });
            words.exclusions.insert(key, set);
            set
        });
        sets.collect()
    }

    fn name(&self, item: Item) -> &'a str {
        self.library.pool.name(item)
    }

    fn wish_of(&self, solvable: SolvableId) -> (u32, bool) {
        let place = solvable.into_raw() - self.library.pool.len();
        (place / 2, place.is_multiple_of(2))
    }

    fn dependencies_of_item(&self, item: Item) -> Dependencies {
        match self.library.relations(item) {
            Ok(relations) => Dependencies::Known(KnownDependencies {
                requirements: relations
                    .needs
                    .iter()
                    .map(|one| self.requirement(one).into())
                    .collect(),
                constrains: relations
                    .excludes
                    .iter()
                    .flat_map(|one| self.exclusions(one))
                    .collect(),
            }),
            Err(error) => {
                let mut words = self.words.borrow_mut();
                words.strings.push(error.to_string());
                Dependencies::Unknown(StringId(number(words.strings.len() - 1)))
            }
        }
    }
}

impl Words {
    fn package(&mut self, name: &str) -> u32 {
        if let Some(id) = self.ids.get(name) {
            return *id;
        }
        let id = number(self.names.len());
        self.names.push(Name::Package(name.into()));
        self.ids.insert(name.into(), id);
        id
    }

    fn wish(&mut self, wish: u32) -> u32 {
        if let Some(id) = self.wishes.get(&wish) {
            return *id;
        }
        let id = number(self.names.len());
        self.names.push(Name::Wish(wish));
        self.wishes.insert(wish, id);
        id
    }

    fn set(&mut self, set: Set) -> VersionSetId {
        self.sets.push(set);
        VersionSetId(number(self.sets.len() - 1))
    }
}

/// Counts here stay far below what 32 bits hold: limits of what is read see to that.
fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

fn shown(group: &Group, name: &str) -> String {
    match group.atoms.iter().find(|atom| *atom.name == *name) {
        Some(Atom { constraint: None, .. }) => String::new(),
        Some(atom) => atom
            .to_string()
            .split_once(' ')
            .map_or(String::new(), |(_, version)| version.to_owned()),
        None => format!("for `{}`", group.shown),
    }
}

impl Interner for Provider<'_> {
    type NameId = NameId;
    type SolvableId = SolvableId;

    fn display_solvable(&self, solvable: SolvableId) -> impl Display + '_ {
        if let Some(item) = self.item(solvable) {
            self.library.pool.shown(item)
        } else {
            let (wish, _) = self.wish_of(solvable);
            self.wishes.get(wish as usize).map_or(String::new(), |wish| wish.group.shown.clone())
        }
    }

    fn display_name(&self, name: NameId) -> impl Display + '_ {
        match self.words.borrow().names.get(name.into_raw() as usize) {
            Some(Name::Package(name)) => name.to_string(),
            Some(Name::Wish(_)) | None => "a wish".to_owned(),
        }
    }

    fn display_version_set(&self, set: VersionSetId) -> impl Display + '_ {
        self.words.borrow().sets[set.0 as usize].shown.clone()
    }

    fn display_string(&self, string: StringId) -> impl Display + '_ {
        self.words.borrow().strings[string.0 as usize].clone()
    }

    fn version_set_name(&self, set: VersionSetId) -> NameId {
        NameId::from_raw(self.words.borrow().sets[set.0 as usize].name)
    }

    fn solvable_name(&self, solvable: SolvableId) -> NameId {
        let mut words = self.words.borrow_mut();
        NameId::from_raw(match self.item(solvable) {
            Some(item) => words.package(self.name(item)),
            None => words.wish(self.wish_of(solvable).0),
        })
    }

    fn version_sets_in_union(
        &self,
        union: VersionSetUnionId,
    ) -> impl Iterator<Item = VersionSetId> {
        self.words.borrow().unions[union.0 as usize].clone().into_iter()
    }

    fn resolve_condition(&self, _: ConditionId) -> Condition {
        unreachable!("relations of Debian have no conditions")
    }
}

impl DependencyProvider for Provider<'_> {
    async fn filter_candidates(
        &self,
        candidates: &[SolvableId],
        set: VersionSetId,
        inverse: bool,
    ) -> Vec<SolvableId> {
        let words = self.words.borrow();
        let set = &words.sets[set.0 as usize];
        let is_in = |one: &SolvableId| {
            (set.members.binary_search(&one.into_raw()).is_ok() != set.inverted) != inverse
        };
        candidates.iter().copied().filter(is_in).collect()
    }

    async fn get_candidates(&self, name: NameId) -> Option<Candidates> {
        let name = self.words.borrow().names.get(name.into_raw() as usize)?.clone();
        let candidates = match name {
            Name::Package(name) => {
                let items = self.library.pool.candidates(&name);
                items.into_iter().map(|item| SolvableId::from_raw(item.0)).collect()
            }
            Name::Wish(wish) => {
                let granted = self.granted(wish as usize);
                let refused = SolvableId::from_raw(granted.into_raw() + 1);
                let both = self.wishes.get(wish as usize)?.can_be_refused;
                if both { vec![granted, refused] } else { vec![granted] }
            }
        };
        Some(Candidates { candidates, ..Candidates::default() })
    }

    /// Candidates of one name are in the right order already: that of their numbers is not.
    async fn sort_candidates(&self, _: &SolverCache<Self>, solvables: &mut [SolvableId]) {
        let Some(item) = solvables.first().and_then(|one| self.item(*one)) else {
            solvables.sort_unstable();
            return;
        };
        let order = self.library.pool.candidates(self.name(item));
        solvables.sort_by_key(|one| order.iter().position(|item| item.0 == one.into_raw()));
    }

    async fn get_dependencies(&self, solvable: SolvableId) -> Dependencies {
        if let Some(item) = self.item(solvable) {
            return self.dependencies_of_item(item);
        }
        let (wish, is_granted) = self.wish_of(solvable);
        let wish = self.wishes.get(wish as usize).filter(|_| is_granted);
        let requirements = wish.map(|wish| self.requirement(&wish.group).into());
        Dependencies::Known(KnownDependencies {
            requirements: requirements.into_iter().collect(),
            constrains: Vec::new(),
        })
    }

    fn should_cancel_with_value(&self) -> Option<Box<dyn std::any::Any>> {
        self.rounds.set(self.rounds.get() + 1);
        (self.rounds.get() > MAX_ROUNDS).then(|| Box::new(()) as Box<dyn std::any::Any>)
    }
}
