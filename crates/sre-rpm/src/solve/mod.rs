//! Finds a consistent set of packages for the union of what is asked.
//!
//! The steps, each a module:
//!
//! 1. `modules` decides which module streams are active, `scope` which packages are visible;
//! 2. `wishes` turns the request into clauses, `world` does so with every dependency (`clause`: "when these
//!    are there, one of those must be");
//! 3. `preference` makes the plan that dnf's policy would make, without ever going back;
//! 4. `search` lets a SAT solver (resolvo, CDCL) prove the plan or repair it, then adds weak dependencies;
//! 5. `reduce` drops what the search left over, `check` proves the result without the solver;
//! 6. `explain` says what is wrong when there is no solution.
//!
//! The set is one that `dnf` could install at once into the base system. That is more than what
//! `dnf download --resolve` gives, which looks at each package alone, so that conditions which
//! only hold for the union (`(annobin-plugin-gcc if gcc)`) go unnoticed.

mod base;
mod check;
mod clause;
mod dead_ends;
mod encoding;
mod error;
mod explain;
mod look_up;
mod modules;
mod order;
mod preference;
mod reduce;
mod request;
mod scope;
mod search;
mod solution;
mod weak;
mod wishes;
mod world;

pub use base::BaseSystem;
pub use error::SolveError;
pub use explain::Problem;
pub use look_up::paths_to_look_up;
pub use request::{
    Exclusion, GroupMembers, GroupRequest, ModuleRequest, PackageRequest, ParseRequestError,
    Request, WeakDependencies,
};
pub use solution::{Note, Solution};

use crate::catalog::Catalog;

/// Solves a request over all packages of a catalog.
pub fn solve(catalog: &Catalog, request: &Request) -> Result<Solution, SolveError> {
    let scope = scope::Scope::of(catalog, request)?;
    let world = world::World::new(catalog, request, &scope)?;
    let wishes = wishes::wishes(&world, request, &scope)?;
    let found = search::search(&world, &wishes, request.weak)?;
    Ok(solution::assemble(&world, &wishes, &scope, &found))
}

#[cfg(test)]
pub(crate) mod tests;
