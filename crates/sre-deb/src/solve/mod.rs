//! The closure: every package that has to be carried so that what is asked for can be installed.
//!
//! [`solve`] chooses one version of each name, over the union of everything that is asked for, so that all
//! of it can stand on one host together: needs are met, nothing excludes anything else. The search is that
//! of `resolvo` (conflict-driven clause learning); what it is told is here:
//!
//! * `atoms` says which packages meet a relation, `groups` in which order they are tried: what the base
//!   system has, then the first alternative, the package of that very name before others that provide it, the
//!   more important, the higher version. That is the order of apt.
//! * `pool` gives packages, versions and relations the numbers that the search works with.
//! * `search` runs it: what is asked for must hold; what is there should stay; what is recommended may come.
//! * `prune` takes out what turned out not to be needed; `explain` says why there is no solution.
//!
//! Deliberately absent: packages of a second architecture on one host, and suggestions.

mod atoms;
mod error;
mod explain;
mod groups;
mod pool;
mod provider;
mod prune;
mod request;
mod search;

pub use error::{Missing, SolveError};
pub use request::{Chosen, Closure, Recommends, Request, Wanted};
pub use search::solve;

#[cfg(test)]
mod tests;
