//! Takes out what turned out not to be needed, and checks the rest once more.
//!
//! The search may choose a package for a need and later, for another one, a second package that would have
//! met both. Going through the needs again with the whole answer at hand leaves the first one out. On the
//! way every need and every exclusion is looked at without the search, so that a mistake there ends here.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::error::SolveError;
use super::groups::{Group, Library};
use super::pool::Item;
use super::request::Recommends;

/// What is needed.
pub(super) struct Pruned {
    /// The packages to carry, and which package needs each.
    pub(super) kept: BTreeMap<Item, Option<Item>>,
}

struct Walk<'a> {
    library: &'a Library<'a>,
    solution: &'a BTreeSet<Item>,
    kept: BTreeMap<Item, Option<Item>>,
    open: VecDeque<Item>,
    /// Needs with more than one answer, which wait until the others are settled.
    choices: VecDeque<(Vec<Item>, Option<Item>)>,
}

/// Finds what of a solution is needed for the roots and for what stays of the base system.
pub(super) fn prune(
    library: &Library<'_>,
    roots: &[Group],
    recommends: Recommends,
    solution: &BTreeSet<Item>,
) -> Result<Pruned, SolveError> {
    let open = solution.iter().copied().filter(|item| library.pool.is_present(*item)).collect();
    let (kept, choices) = (BTreeMap::new(), VecDeque::new());
    let mut walk = Walk { library, solution, kept, open, choices };
    for group in roots {
        walk.need(group, None)?;
    }
    // A newer package in the place of one that is there is needed even if nobody says so.
    for item in solution {
        let pool = &library.pool;
        let replaces = pool.present(pool.name(*item)).is_some_and(|old| !solution.contains(&old));
        if replaces {
            walk.keep(*item, None);
        }
    }
    walk.run(recommends)?;
    walk.check_exclusions()?;
    Ok(Pruned { kept: walk.kept })
}

impl Walk<'_> {
    fn run(&mut self, recommends: Recommends) -> Result<(), SolveError> {
        loop {
            while let Some(item) = self.open.pop_front() {
                let relations = self.library.relations(item).map_err(SolveError::Relation)?;
                for group in &relations.needs {
                    self.need(group, Some(item))?;
                }
                if recommends == Recommends::Followed {
                    let came = |one: &&Group| one.items.iter().any(|i| self.solution.contains(i));
                    for group in
                        relations.recommends.iter().filter(came).cloned().collect::<Vec<_>>()
                    {
                        self.need(&group, Some(item))?;
                    }
                }
            }
            let Some((answers, by)) = self.choices.pop_front() else { return Ok(()) };
            if let Some(first) = answers.first().filter(|_| !self.holds(&answers)) {
                self.keep(*first, by);
            }
        }
    }

    fn need(&mut self, group: &Group, by: Option<Item>) -> Result<(), SolveError> {
        let answers: Vec<Item> =
            group.items.iter().copied().filter(|item| self.solution.contains(item)).collect();
        match answers[..] {
            [] => {
                let who =
                    by.map_or("what is asked for".to_owned(), |by| self.library.pool.shown(by));
                Err(SolveError::Unsound { what: format!("{who} lacks {}", group.shown) })
            }
            _ if self.holds(&answers) => Ok(()),
            [only] => {
                self.keep(only, by);
                Ok(())
            }
            _ => {
                self.choices.push_back((answers, by));
                Ok(())
            }
        }
    }

    fn holds(&self, answers: &[Item]) -> bool {
        answers.iter().any(|one| self.kept.contains_key(one) || self.library.pool.is_present(*one))
    }

    fn keep(&mut self, item: Item, by: Option<Item>) {
        if !self.library.pool.is_present(item) && !self.kept.contains_key(&item) {
            self.kept.insert(item, by);
            self.open.push_back(item);
        }
    }

    fn check_exclusions(&self) -> Result<(), SolveError> {
        let pool = &self.library.pool;
        let there = |item: &Item| {
            self.kept.contains_key(item) || (pool.is_present(*item) && self.solution.contains(item))
        };
        let present = self.solution.iter().filter(|item| pool.is_present(**item));
        for item in self.kept.keys().chain(present) {
            let relations = self.library.relations(*item).map_err(SolveError::Relation)?;
            let mut excluded = relations.excludes.iter().flat_map(|group| &group.items);
            if let Some(other) = excluded.find(|other| there(other)) {
                let what = format!("{} excludes {}", pool.shown(*item), pool.shown(*other));
                return Err(SolveError::Unsound { what });
            }
        }
        Ok(())
    }
}
