//! What is wrong when there is no solution, with the chain from the request to the place.
//!
//! resolvo can explain itself, but in its own terms (auxiliary packages, sets of versions), and its
//! graph of a conflict asserts what conditional requirements do not promise. So the explanation is sought
//! anew: first what nobody provides, then, in the smallest part of the request that still fails, the first
//! two packages that cannot be together.

use std::collections::{HashMap, HashSet, VecDeque};
use std::fmt;

use super::SolveError;
use super::clause::Clause;
use super::dead_ends::{DeadEnds, dead_ends};
use super::preference::Chosen;
use super::search::solve_without;
use super::wishes::Wish;
use super::world::{Rule, World};
use crate::catalog::PackageId;
use crate::metadata::EntryKind;

/// The most attempts to find a smaller part that still fails, so that a person does not wait for minutes.
const MAX_TRIES: usize = 200;

/// Something that stands in the way of the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What is wrong.
    pub what: String,
    /// How the request leads there, step by step.
    pub chain: Vec<String>,
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.what)?;
        self.chain.iter().try_for_each(|step| write!(formatter, "\n    {step}"))
    }
}

/// Finds the problems of a request that has no solution.
pub(super) fn problems(world: &World<'_>, wishes: &[Wish]) -> Result<Vec<Problem>, SolveError> {
    let dead = dead_ends(world, wishes)?;
    let is_hopeless = |wish: &&Wish| {
        wish.clause.conditions.is_empty()
            && wish.clause.wanted.iter().all(|id| dead.contains_key(id))
    };
    let hopeless: Vec<Problem> =
        wishes.iter().filter(is_hopeless).map(|wish| missing(world, wish, &dead)).collect();
    if !hopeless.is_empty() {
        return Ok(hopeless);
    }
    let core = smallest_failing_part(world, wishes, &dead)?;
    Ok(vec![clash(world, &core, &dead)?])
}

/// Follows the preferred candidates of a hopeless wish to what nobody provides.
fn missing(world: &World<'_>, wish: &Wish, dead: &DeadEnds) -> Problem {
    let mut chain = vec![wish.label.clone()];
    let mut what = format!("nothing satisfies {}", wish.label);
    let mut next = wish.clause.wanted.first().copied();
    let mut seen = HashSet::new();
    while let Some(id) = next.filter(|id| seen.insert(*id)) {
        let Some(rule) = dead.get(&id) else { break };
        let (package, entry) = (world.catalog.nevra(id), world.shown(&rule.entry));
        chain.push(format!("{package} {} {entry}", verb(rule.kind)));
        what = format!("nothing provides {entry}, needed by {package}");
        next = rule.clause.wanted.first().copied();
    }
    Problem { what, chain }
}

/// Leaves out whatever can be left out so that there is still no solution, in ever smaller pieces; the base
/// system first and as a whole, since the request is what people can change.
fn smallest_failing_part(
    world: &World<'_>,
    wishes: &[Wish],
    dead: &DeadEnds,
) -> Result<Vec<Wish>, SolveError> {
    let mut tries = 0;
    let mut fails = |part: &[Wish]| -> Result<bool, SolveError> {
        tries += 1;
        Ok(tries <= MAX_TRIES && solve_without(world, &Chosen::default(), part, dead)?.is_none())
    };
    let (_, asked) = wishes.split_at(world.assumed.len().min(wishes.len()));
    let mut core = if fails(asked)? { asked.to_vec() } else { wishes.to_vec() };
    let mut piece = core.len().div_ceil(2);
    while piece > 0 {
        let mut at = 0;
        while at < core.len() {
            let end = (at + piece).min(core.len());
            let without: Vec<Wish> = core[..at].iter().chain(&core[end..]).cloned().collect();
            if fails(&without)? {
                core = without;
            } else {
                at = end;
            }
        }
        piece /= 2;
    }
    Ok(core)
}

/// Walks along the preferred candidates until two packages cannot be together.
fn clash(world: &World<'_>, core: &[Wish], dead: &DeadEnds) -> Result<Problem, SolveError> {
    let mut walk = Walk { world, dead, origin: HashMap::new(), chosen: Chosen::default() };
    let mut open: VecDeque<(String, Option<PackageId>, Clause)> =
        core.iter().map(|wish| (wish.label.clone(), None, wish.clause.clone())).collect();
    let mut asleep = Vec::new();
    loop {
        while let Some((label, parent, clause)) = open.pop_front() {
            if !clause.conditions.is_empty() && !clause.applies(|id| walk.chosen.contains(id)) {
                asleep.push((label, parent, clause));
                continue;
            }
            if clause.holds(|id| walk.chosen.contains(id)) {
                continue;
            }
            match walk.step(&label, parent, &clause)? {
                Step::Added(id) => {
                    for rule in
                        world.rules(id)?.iter().filter(|rule| !rule.clause.wanted.is_empty())
                    {
                        open.push_back((walk.says(id, rule), Some(id), rule.clause.clone()));
                    }
                }
                Step::Stuck(problem) => return Ok(problem),
            }
        }
        let (awake, still): (Vec<_>, Vec<_>) =
            asleep.into_iter().partition(|(_, _, clause): &(_, _, Clause)| {
                clause.applies(|id| walk.chosen.contains(id))
            });
        if awake.is_empty() {
            break;
        }
        open.extend(awake);
        asleep = still;
    }
    let chain = core.iter().map(|wish| wish.label.clone()).collect();
    Ok(Problem { what: "these cannot be met together".to_owned(), chain })
}

enum Step {
    Added(PackageId),
    Stuck(Problem),
}

struct Walk<'w, 'a> {
    world: &'w World<'a>,
    dead: &'w DeadEnds,
    /// Why a package was chosen, and for which other one.
    origin: HashMap<PackageId, (String, Option<PackageId>)>,
    chosen: Chosen,
}

impl Walk<'_, '_> {
    fn step(
        &mut self,
        label: &str,
        parent: Option<PackageId>,
        clause: &Clause,
    ) -> Result<Step, SolveError> {
        let mut first_obstacle = None;
        for id in clause.wanted.iter().copied().filter(|id| !self.dead.contains_key(id)) {
            match self.obstacle(id)? {
                None => {
                    self.origin.insert(id, (label.to_owned(), parent));
                    self.chosen.insert(id);
                    return Ok(Step::Added(id));
                }
                Some(obstacle) => first_obstacle = first_obstacle.or(Some(obstacle)),
            }
        }
        let mut chain = parent.map(|id| self.chain(id)).unwrap_or_default();
        chain.push(label.to_owned());
        let what = match first_obstacle {
            Some((text, other)) => {
                chain.extend(self.chain(other));
                text
            }
            None => format!("nothing that can be installed satisfies this: {label}"),
        };
        Ok(Step::Stuck(Problem { what, chain }))
    }

    /// Gives what keeps a package out, and the chosen package that does.
    fn obstacle(&self, id: PackageId) -> Result<Option<(String, PackageId)>, SolveError> {
        let name = |id: PackageId| self.world.catalog.nevra(id).to_string();
        for other in self.chosen.iter() {
            if self.world.rivals(id).any(|rival| rival == other) {
                let text = format!("{} and {} cannot be together", name(id), name(other));
                return Ok(Some((text, other)));
            }
            for (one, two) in [(id, other), (other, id)] {
                let rules = self.world.rules(one)?;
                let forbids = rules.iter().find(|rule| {
                    rule.clause.wanted.is_empty()
                        && matches!(rule.clause.conditions.as_slice(), [set] if set.contains(&two))
                });
                if let Some(rule) = forbids {
                    return Ok(Some((
                        format!("{}, which is {}", self.says(one, rule), name(two)),
                        other,
                    )));
                }
            }
        }
        Ok(None)
    }

    fn says(&self, id: PackageId, rule: &Rule) -> String {
        format!(
            "{} {} {}",
            self.world.catalog.nevra(id),
            verb(rule.kind),
            self.world.shown(&rule.entry)
        )
    }

    /// Gives the steps from the request to a chosen package.
    fn chain(&self, id: PackageId) -> Vec<String> {
        let mut steps = Vec::new();
        let mut next = Some(id);
        while let Some((label, parent)) = next.and_then(|id| self.origin.get(&id)) {
            steps.push(label.clone());
            next = *parent;
        }
        steps.reverse();
        steps
    }
}

fn verb(kind: EntryKind) -> &'static str {
    match kind {
        EntryKind::Provides => "provides",
        EntryKind::Requires => "requires",
        EntryKind::Conflicts => "conflicts with",
        EntryKind::Obsoletes => "obsoletes",
        EntryKind::Recommends => "recommends",
        EntryKind::Suggests => "suggests",
        EntryKind::Supplements => "supplements",
        EntryKind::Enhances => "enhances",
    }
}
