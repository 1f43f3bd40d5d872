//! Relations as lists of packages, in the order in which they are tried.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use super::atoms::{Sense, is_met_by_name, is_met_by_present, is_met_by_provision};
use super::pool::{Item, Meaning, Pool};
use crate::base::Present;
use crate::package::{About, EXCLUDES, NEEDS};
use crate::relation::{Atom, ParseRelationError};

/// A need: one of the items, the first choice first.
#[derive(Clone, Debug)]
pub(super) struct Group {
    pub(super) shown: String,
    pub(super) items: Vec<Item>,
    pub(super) atoms: Vec<Atom>,
}

/// What a package asks of others.
#[derive(Clone, Debug, Default)]
pub(super) struct Relations {
    pub(super) needs: Vec<Group>,
    /// What must not be there beside it; never under its own name.
    pub(super) excludes: Vec<Group>,
    pub(super) recommends: Vec<Group>,
}

/// The relations of packages, read when they are asked for first.
pub(super) struct Library<'a> {
    pub(super) pool: Pool<'a>,
    read: RefCell<HashMap<Item, Read>>,
}

type Read = Result<Rc<Relations>, ParseRelationError>;

impl<'a> Library<'a> {
    pub(super) fn new(pool: Pool<'a>) -> Self {
        Self { pool, read: RefCell::default() }
    }

    /// Gives the relations of an item, or what is wrong with them.
    pub(super) fn relations(&self, item: Item) -> Read {
        if let Some(read) = self.read.borrow().get(&item) {
            return read.clone();
        }
        let read = self.read(item).map(Rc::new);
        self.read.borrow_mut().insert(item, read.clone());
        read
    }

    fn read(&self, item: Item) -> Result<Relations, ParseRelationError> {
        let about = match self.pool.meaning(item) {
            Meaning::Offered(about) => about,
            Meaning::Present(_, Present::Known(about)) => return self.of_present(about),
            Meaning::Present(..) => return Ok(Relations::default()),
        };
        let native = self.pool.universe.architecture();
        let groups = |names: &[&str]| about.relations(names, native);
        let needs = groups(&NEEDS)?.into_iter().map(|group| self.need(group)).collect();
        let recommends =
            groups(&["Recommends"])?.into_iter().map(|group| self.need(group)).collect();
        let excludes = groups(&EXCLUDES)?.into_iter().map(|group| self.exclusion(group, about));
        Ok(Relations { needs, excludes: excludes.collect(), recommends })
    }

    /// A base system is taken as it is: what is broken there already stays so, and asks for nothing.
    fn of_present(&self, about: &About) -> Result<Relations, ParseRelationError> {
        let native = self.pool.universe.architecture();
        let needs = about.relations(&NEEDS, native)?.into_iter().map(|group| self.need(group));
        let needs =
            needs.filter(|group| group.items.iter().any(|item| self.pool.is_present(*item)));
        let excludes = about.relations(&EXCLUDES, native)?.into_iter().map(|group| {
            let mut group = self.exclusion(group, about);
            group.items.retain(|item| !self.pool.is_present(*item));
            group
        });
        let (needs, excludes) = (needs.collect(), excludes.collect());
        Ok(Relations { needs, excludes, recommends: Vec::new() })
    }

    /// Gives a need; what the base system has comes first, since nothing has to be done for it.
    pub(super) fn need(&self, atoms: Vec<Atom>) -> Group {
        let mut items = Vec::new();
        for atom in &atoms {
            items.extend(self.present(atom, Sense::Need));
        }
        for atom in &atoms {
            items.extend(self.named(atom));
            items.extend(self.providing(atom));
        }
        let mut seen = std::collections::HashSet::new();
        items.retain(|item| seen.insert(*item));
        Group { shown: shown(&atoms), items, atoms }
    }

    fn exclusion(&self, atoms: Vec<Atom>, of: &About) -> Group {
        let mut items = Vec::new();
        for atom in &atoms {
            items.extend(self.present(atom, Sense::Exclusion));
            items.extend(self.named(atom));
            items.extend(self.providing(atom));
        }
        // A package that conflicts with a name that it provides means the others (policy, section 7.4).
        items.retain(|item| *self.pool.name(*item) != *of.name);
        items.sort_unstable();
        items.dedup();
        Group { shown: shown(&atoms), items, atoms }
    }

    fn present(&self, atom: &Atom, sense: Sense) -> Vec<Item> {
        let native = self.pool.universe.architecture();
        let is_met = |item: &Item| match self.pool.meaning(*item) {
            Meaning::Present(name, one) => is_met_by_present(atom, name, one, native, sense),
            Meaning::Offered(_) => false,
        };
        self.pool.present_under(&atom.name).iter().copied().filter(is_met).collect()
    }

    fn named(&self, atom: &Atom) -> Vec<Item> {
        let native = self.pool.universe.architecture();
        let is_met = |item: &Item| {
            self.pool.about(*item).is_some_and(|about| is_met_by_name(atom, about, native))
        };
        self.pool.offered(&atom.name).filter(is_met).collect()
    }

    /// Sorts as apt does: essential, then more important packages, then those that were read first; of one
    /// name the most preferred version.
    fn providing(&self, atom: &Atom) -> Vec<Item> {
        let native = self.pool.universe.architecture();
        let found = self.pool.providing(&atom.name).filter_map(|(item, provision)| {
            let about = self.pool.about(item)?;
            let provided = about.provides.get(provision)?;
            is_met_by_provision(atom, about, provided, native).then_some((item, about))
        });
        let mut found: Vec<_> = found
            .map(|(item, about)| {
                let of_name: Vec<Item> = self.pool.offered(&about.name).collect();
                let first = of_name.iter().min().copied();
                let place = of_name.iter().position(|one| *one == item);
                ((!about.essential, about.priority, first, place), item)
            })
            .collect();
        found.sort_unstable();
        found.into_iter().map(|(_, item)| item).collect()
    }
}

fn shown(atoms: &[Atom]) -> String {
    atoms.iter().map(ToString::to_string).collect::<Vec<_>>().join(" | ")
}
