//! The numbers of packages, and what they stand for.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::base::{Base, Present};
use crate::package::About;
use crate::universe::Universe;
use crate::version::Version;

/// From this priority on apt installs a version that is older than what is there (`apt_preferences(5)`).
const GOES_BACK: i32 = 1000;

/// A package that can be chosen: one that is offered, or one that is there.
///
/// Offered packages come first and have the numbers of the universe; those of the base system follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Item(pub(super) u32);

/// Everything that can be chosen.
pub(super) struct Pool<'a> {
    pub(super) universe: &'a Universe,
    excluded: &'a BTreeSet<String>,
    present: Vec<(&'a str, &'a Present)>,
    present_by_name: BTreeMap<&'a str, Item>,
    /// By every name that something there has or provides.
    present_under: HashMap<&'a str, Vec<Item>>,
}

/// What an item stands for.
#[derive(Clone, Copy)]
pub(super) enum Meaning<'a> {
    Offered(&'a About),
    Present(&'a str, &'a Present),
}

impl<'a> Pool<'a> {
    pub(super) fn new(
        universe: &'a Universe,
        base: &'a Base,
        excluded: &'a BTreeSet<String>,
    ) -> Self {
        let present: Vec<_> = base.present.iter().map(|(name, one)| (&**name, one)).collect();
        let mut present_by_name = BTreeMap::new();
        let mut present_under: HashMap<_, Vec<_>> = HashMap::new();
        for (at, (name, one)) in present.iter().enumerate() {
            let item = item_of_present(universe, at);
            present_by_name.insert(*name, item);
            present_under.entry(*name).or_default().push(item);
            let Present::Known(about) = one else { continue };
            for provided in &about.provides {
                present_under.entry(&provided.name).or_default().push(item);
            }
        }
        Self { universe, excluded, present, present_by_name, present_under }
    }

    pub(super) fn meaning(&self, item: Item) -> Meaning<'a> {
        match (item.0 as usize).checked_sub(self.universe.len()) {
            None => Meaning::Offered(&self.universe.package(item.0).about),
            Some(at) => {
                let (name, present) = self.present[at];
                Meaning::Present(name, present)
            }
        }
    }

    /// Gives everything that is known of an item.
    pub(super) fn about(&self, item: Item) -> Option<&'a About> {
        match self.meaning(item) {
            Meaning::Offered(about) => Some(about),
            Meaning::Present(_, Present::Known(about)) => Some(about),
            Meaning::Present(..) => None,
        }
    }

    pub(super) fn name(&self, item: Item) -> &'a str {
        match self.meaning(item) {
            Meaning::Offered(about) => &about.name,
            Meaning::Present(name, _) => name,
        }
    }

    pub(super) fn is_present(&self, item: Item) -> bool {
        item.0 as usize >= self.universe.len()
    }

    /// Shows an item as people know it.
    pub(super) fn shown(&self, item: Item) -> String {
        match self.meaning(item) {
            Meaning::Offered(about) => format!("{} {}", about.name, about.version),
            Meaning::Present(name, Present::Known(about)) => {
                format!("{name} {} of the base system", about.version)
            }
            Meaning::Present(name, Present::Version(version)) => {
                format!("{name} {version} of the base system")
            }
            Meaning::Present(name, Present::Name) => format!("{name} of the base system"),
        }
    }

    /// Gives what is there under a name.
    pub(super) fn present(&self, name: &str) -> Option<Item> {
        self.present_by_name.get(name).copied()
    }

    /// Gives what has or provides a name there.
    pub(super) fn present_under(&self, name: &str) -> &[Item] {
        self.present_under.get(name).map_or(&[], Vec::as_slice)
    }

    /// Gives everything that is there.
    pub(super) fn all_present(&self) -> impl Iterator<Item = Item> {
        (0..self.present.len()).map(|at| item_of_present(self.universe, at))
    }

    /// Gives the count of everything.
    pub(super) fn len(&self) -> u32 {
        item_of_present(self.universe, self.present.len()).0
    }

    /// Gives what is offered under a name, the most preferred first, without what is excluded and what
    /// is older than what is there.
    pub(super) fn offered(&self, name: &str) -> impl Iterator<Item = Item> {
        let none: &[u32] = &[];
        let found = if self.is_excluded(name) { none } else { self.universe.named(name) };
        found.iter().map(|id| Item(*id)).filter(|item| !self.goes_back(*item))
    }

    /// Gives what provides a name beside its own, and which provision does.
    pub(super) fn providing(&self, name: &str) -> impl Iterator<Item = (Item, usize)> {
        let found = self.universe.providing(name).iter();
        found
            .map(|(id, provision)| (Item(*id), *provision as usize))
            .filter(|(item, _)| !self.is_excluded(self.name(*item)) && !self.goes_back(*item))
    }

    /// Says whether a person wants nothing of that name.
    pub(super) fn is_excluded(&self, name: &str) -> bool {
        self.excluded.contains(name)
    }

    /// Gives the version that is there under a name, where it is known.
    pub(super) fn version_there(&self, name: &str) -> Option<&'a Version> {
        match self.meaning(self.present(name)?) {
            Meaning::Present(_, Present::Known(about)) => Some(&about.version),
            Meaning::Present(_, Present::Version(version)) => Some(version),
            _ => None,
        }
    }

    /// Says whether an offered package is older than the one that is there, and apt would not go back to it.
    fn goes_back(&self, item: Item) -> bool {
        let package = self.universe.package(item.0);
        let there = self.version_there(package.name());
        package.preference < GOES_BACK && there.is_some_and(|there| package.version() < there)
    }

    /// Gives everything that can stand under a name, the first choice first.
    pub(super) fn candidates(&self, name: &str) -> Vec<Item> {
        self.present(name).into_iter().chain(self.offered(name)).collect()
    }
}

fn item_of_present(universe: &Universe, at: usize) -> Item {
    Item(u32::try_from(universe.len() + at).unwrap_or(u32::MAX))
}
