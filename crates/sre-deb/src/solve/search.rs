//! Runs the search.

use std::collections::{BTreeSet, HashSet};

use resolvo::{
    ConditionalRequirement, Problem, Requirement, SolvableId, Solver, UnsolvableOrCancelled,
};

use super::error::SolveError;
use super::explain::explain;
use super::groups::{Group, Library};
use super::pool::{Item, Pool};
use super::provider::{Provider, Wish};
use super::prune::prune;
use super::request::{Closure, Recommends, Request, Wanted};
use crate::relation::{Atom, Operator, Qualifier};
use crate::universe::Universe;
use crate::version::Version;

/// Finds what has to be carried, or says why what is asked for cannot be had.
pub fn solve<'a>(universe: &'a Universe, request: &Request) -> Result<Closure<'a>, SolveError> {
    let pool = Pool::new(universe, &request.base, &request.excluded);
    let library = Library::new(pool);
    let mut roots = Vec::new();
    for wanted in &request.wanted {
        roots.push(wanted_group(&library, wanted)?);
    }
    if request.base.is_empty {
        roots.extend(essential(&library));
    }
    let search = Search { library: &library, roots: &roots, keep: kept(&library) };
    let mut granted = Vec::new();
    let mut items = search.run(&granted, &[])?.0;
    if request.recommends == Recommends::Followed {
        let mut seen = HashSet::new();
        loop {
            let new = recommended(&library, &items, &mut seen);
            if new.is_empty() {
                break;
            }
            let (found, came) = search.run(&granted, &new)?;
            granted.extend(came);
            items = found;
        }
    }
    let pruned = prune(&library, &roots, request.recommends, &items)?;
    Ok(closure(universe, &library, &items, &pruned))
}

struct Search<'a> {
    library: &'a Library<'a>,
    roots: &'a [Group],
    /// For each package that is there: the need to keep it, or a newer one, in its place.
    keep: Vec<(Group, Keep)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Keep {
    /// Without it the host would not work.
    Always,
    /// Where nothing that is asked for excludes it.
    IfPossible,
}

impl Search<'_> {
    /// Finds packages that meet everything that must hold, then grants as many `hopes` as it can.
    fn run(
        &self,
        granted: &[Group],
        hopes: &[Group],
    ) -> Result<(BTreeSet<Item>, Vec<Group>), SolveError> {
        let wish = |group: &Group, can_be_refused| Wish { group: group.clone(), can_be_refused };
        let mut wishes = Vec::new();
        let may_go = self.keep.iter().filter(|(_, keep)| *keep == Keep::IfPossible);
        wishes.extend(may_go.map(|(group, _)| wish(group, true)));
        let decided = 0..wishes.len();
        wishes.extend(hopes.iter().map(|group| wish(group, false)));
        let provider = Provider::new(self.library, wishes);
        let stays = self.keep.iter().filter(|(_, keep)| *keep == Keep::Always);
        let musts = self.roots.iter().chain(granted).chain(stays.map(|(group, _)| group));
        let mut requirements: Vec<Requirement> =
            musts.map(|group| provider.requirement(group)).collect();
        requirements.extend(decided.clone().map(|wish| provider.decided(wish)));
        let wanted_if_possible: Vec<SolvableId> =
            (0..hopes.len()).map(|at| provider.granted(decided.end + at)).collect();
        let mut solver = Solver::new(provider);
        let asked = Problem::new()
            .requirements(requirements.into_iter().map(ConditionalRequirement::from).collect())
            .soft_requirements(wanted_if_possible.iter().copied());
        let solution = match solver.solve(asked) {
            Ok(solution) => solution,
            Err(UnsolvableOrCancelled::Cancelled(_)) => return Err(SolveError::TooHard),
            Err(UnsolvableOrCancelled::Unsolvable(conflict)) => {
                let musts: Vec<_> = self.roots.iter().collect();
                let text = conflict.display_user_friendly(&solver).to_string();
                return Err(explain(self.library, &musts, text));
            }
        };
        let items = solution.iter().filter_map(|one| solver.provider().item(*one)).collect();
        let solution: HashSet<SolvableId> = solution.into_iter().collect();
        let came = hopes.iter().zip(&wanted_if_possible).filter(|(_, one)| solution.contains(one));
        Ok((items, came.map(|(group, _)| group.clone()).collect()))
    }
}

/// Finds what a person means by a name: the package, else the only one that provides it.
fn wanted_group(library: &Library<'_>, wanted: &Wanted) -> Result<Group, SolveError> {
    let constraint = wanted.version.clone().map(|version| (Operator::Equal, version));
    let (name, qualifier) = (wanted.name.as_str().into(), Qualifier::None);
    let atom = Atom { name, qualifier, constraint };
    let mut group = library.need(vec![atom]);
    group.items.retain(|item| !library.pool.is_present(*item));
    // The same need of another package may be met by what is there, this one is to be carried.
    group.shown = format!("{} as asked for", group.shown);
    let names: BTreeSet<&str> = group.items.iter().map(|item| library.pool.name(*item)).collect();
    if names.contains(wanted.name.as_str()) {
        group.items.retain(|item| library.pool.name(*item) == wanted.name);
        return Ok(group);
    }
    match names.len() {
        0 => Err(not_offered(library, wanted)),
        1 => Ok(group),
        _ => Err(SolveError::Ambiguous {
            name: wanted.name.clone(),
            providers: names.into_iter().map(ToOwned::to_owned).collect(),
        }),
    }
}

/// Says why a package that is asked for is not to be had.
fn not_offered(library: &Library<'_>, wanted: &Wanted) -> SolveError {
    let (pool, name) = (&library.pool, wanted.name.clone());
    if pool.is_excluded(&name) {
        return SolveError::Excluded { name };
    }
    let offered = pool.universe.named(&name).iter();
    let offered: Vec<_> = offered.map(|id| pool.universe.package(*id).version().clone()).collect();
    let suits = |one: &&Version| wanted.version.as_ref().is_none_or(|version| *one == version);
    match (offered.iter().find(suits), pool.version_there(&name)) {
        (Some(version), Some(there)) if version < there => {
            SolveError::Older { name, version: version.clone(), there: there.clone() }
        }
        _ => SolveError::NotOffered { name, version: wanted.version.clone(), offered },
    }
}

/// Gives the packages without which no host works.
fn essential(library: &Library<'_>) -> Vec<Group> {
    let mut names = BTreeSet::new();
    for package in library.pool.universe.packages() {
        if package.about.essential {
            names.insert(package.name());
        }
    }
    let groups = names.into_iter().map(|name| exactly(library, name));
    groups
        .filter(|group| {
            group
                .items
                .first()
                .is_some_and(|item| library.pool.about(*item).is_some_and(|about| about.essential))
        })
        .collect()
}

fn kept(library: &Library<'_>) -> Vec<(Group, Keep)> {
    let keep = |item: Item| {
        let about = library.pool.about(item);
        let stays = about.is_some_and(|about| about.essential || about.protected);
        let keep = if stays { Keep::Always } else { Keep::IfPossible };
        (exactly(library, library.pool.name(item)), keep)
    };
    library.pool.all_present().map(keep).collect()
}

/// Gives the need for any package of a name, what is there first.
fn exactly(library: &Library<'_>, name: &str) -> Group {
    let atom = Atom { name: name.into(), qualifier: Qualifier::None, constraint: None };
    let items = library.pool.candidates(name);
    Group { shown: format!("{name} itself"), items, atoms: vec![atom] }
}

/// Gives the recommendations of packages that come new, each once, without those that hold already.
fn recommended(
    library: &Library<'_>,
    items: &BTreeSet<Item>,
    seen: &mut HashSet<String>,
) -> Vec<Group> {
    let mut new = Vec::new();
    for item in items.iter().filter(|item| !library.pool.is_present(**item)) {
        let Ok(relations) = library.relations(*item) else { continue };
        for group in &relations.recommends {
            let holds = group.items.iter().any(|item| items.contains(item));
            if !holds && !group.items.is_empty() && seen.insert(group.shown.clone()) {
                new.push(group.clone());
            }
        }
    }
    new
}

fn closure<'a>(
    universe: &'a Universe,
    library: &Library<'_>,
    items: &BTreeSet<Item>,
    pruned: &super::prune::Pruned,
) -> Closure<'a> {
    let pool = &library.pool;
    let mut chosen: Vec<_> = pruned
        .kept
        .iter()
        .map(|(item, needed_by)| super::request::Chosen {
            package: universe.package(item.0),
            needed_by: needed_by.map(|item| pool.name(item).to_owned()),
        })
        .collect();
    chosen.sort_by(|one, other| one.package.name().cmp(other.package.name()));
    let stays = |item: &Item| {
        items.contains(item) || chosen.iter().any(|one| one.package.name() == pool.name(*item))
    };
    let removed = pool.all_present().filter(|item| !stays(item));
    let removed = removed.map(|item| pool.name(item).to_owned()).collect();
    Closure { chosen, removed }
}
