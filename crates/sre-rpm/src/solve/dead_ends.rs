//! Packages that no set can hold, because something they need has no way to be met.

use std::collections::{HashMap, HashSet};

use super::SolveError;
use super::wishes::Wish;
use super::world::{Rule, World};
use crate::catalog::PackageId;

/// Packages that no set can hold, each with the rule that nothing satisfies.
pub(super) type DeadEnds = HashMap<PackageId, Rule>;

/// Finds the packages that no set can hold, each with the rule that nothing satisfies.
pub(super) fn dead_ends(world: &World<'_>, wishes: &[Wish]) -> Result<DeadEnds, SolveError> {
    let mut open: Vec<PackageId> =
        wishes.iter().flat_map(|wish| wish.clause.wanted.iter().copied()).collect();
    let (mut seen, mut reached) = (HashSet::new(), Vec::new());
    while let Some(id) = open.pop() {
        if seen.insert(id) {
            reached.push(id);
            for rule in world.rules(id)?.iter() {
                open.extend(rule.clause.wanted.iter());
            }
        }
    }
    let mut dead = DeadEnds::new();
    loop {
        let before = dead.len();
        // What is needed was mostly reached later; and a fixed order gives the same messages in every run.
        for id in reached.iter().rev() {
            if dead.contains_key(id) {
                continue;
            }
            let rules = world.rules(*id)?;
            let unmet = rules.iter().find(|rule| {
                rule.clause.conditions.is_empty()
                    && rule.clause.wanted.iter().all(|other| dead.contains_key(other))
            });
            if let Some(rule) = unmet {
                dead.insert(*id, rule.clone());
            }
        }
        if dead.len() == before {
            return Ok(dead);
        }
    }
}
