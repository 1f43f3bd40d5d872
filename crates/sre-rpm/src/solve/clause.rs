//! Clauses: the one form that every dependency is turned into.

use std::collections::HashSet;
use std::rc::Rc;

use super::SolveError;
use crate::catalog::PackageId;
use crate::dependency::{Capability, Dependency};
use crate::limits::{MAX_CLAUSE_PACKAGES, MAX_CLAUSES};

/// Packages, the preferred ones first.
pub(super) type Choices = Rc<[PackageId]>;

/// "When each condition has a member in the set, one of the wanted is in it too."
///
/// Nothing wanted forbids: a conflict is a clause with one condition and nothing wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Clause {
    pub(super) conditions: Vec<Choices>,
    pub(super) wanted: Choices,
}

impl Clause {
    /// Makes a clause that wants one of these in any case.
    pub(super) fn one_of(wanted: Choices) -> Self {
        Self { conditions: Vec::new(), wanted }
    }

    /// Makes a clause that wants none of these.
    pub(super) fn none_of(forbidden: Choices) -> Self {
        Self { conditions: vec![forbidden], wanted: Rc::new([]) }
    }

    /// Tells whether the clause holds for a set.
    pub(super) fn holds(&self, is_there: impl Fn(PackageId) -> bool) -> bool {
        self.wanted.iter().any(|id| is_there(*id)) || !self.applies(is_there)
    }

    /// Tells whether each condition has a member in the set.
    pub(super) fn applies(&self, is_there: impl Fn(PackageId) -> bool) -> bool {
        self.conditions.iter().all(|set| set.iter().any(|id| is_there(*id)))
    }
}

/// What finds packages for capabilities.
pub(super) trait Providers {
    /// Gives the packages that provide a capability; nothing when the base system has it.
    fn providers(&self, capability: &Capability) -> Option<Vec<PackageId>>;

    /// Puts packages into the order of preference.
    fn order(&self, packages: Vec<PackageId>) -> Choices;
}

/// Before wanted packages are ordered.
#[derive(Clone, Default)]
struct Draft {
    conditions: Vec<Vec<PackageId>>,
    wanted: Vec<PackageId>,
}

/// Turns a dependency, or its contrary, into clauses that must all hold.
pub(super) fn clauses(
    dependency: &Dependency,
    sense: Sense,
    world: &impl Providers,
) -> Result<Vec<Clause>, SolveError> {
    let drafts = drafts(dependency, sense, world)?;
    let finish = |draft: Draft| Clause {
        conditions: draft.conditions.into_iter().map(|set| world.order(set)).collect(),
        wanted: world.order(draft.wanted),
    };
    Ok(drafts.into_iter().map(finish).collect())
}

/// Whether a dependency must hold or must not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sense {
    Holds,
    Fails,
}

impl Sense {
    fn contrary(self) -> Self {
        match self {
            Self::Holds => Self::Fails,
            Self::Fails => Self::Holds,
        }
    }
}

fn drafts(
    dependency: &Dependency,
    sense: Sense,
    world: &impl Providers,
) -> Result<Vec<Draft>, SolveError> {
    match dependency {
        Dependency::Capability(_) | Dependency::With(_) | Dependency::Without(..) => {
            Ok(atom(set(dependency, world), sense))
        }
        Dependency::And(parts) => join(parts.iter().map(|part| drafts(part, sense, world)), sense),
        Dependency::Or(parts) => {
            join(parts.iter().map(|part| drafts(part, sense, world)), sense.contrary())
        }
        // A IF B ELSE C = (A OR NOT B) AND (C OR B).
        Dependency::If { then, condition, otherwise } => {
            let first = join(
                [drafts(then, sense, world), drafts(condition, sense.contrary(), world)],
                sense.contrary(),
            );
            let second = otherwise.as_ref().map(|otherwise| {
                join(
                    [drafts(otherwise, sense, world), drafts(condition, sense, world)],
                    sense.contrary(),
                )
            });
            join(std::iter::once(first).chain(second), sense)
        }
        // A UNLESS B ELSE C = (A AND NOT B) OR (C AND B).
        Dependency::Unless { then, condition, otherwise } => {
            let first = join(
                [drafts(then, sense, world), drafts(condition, sense.contrary(), world)],
                sense,
            );
            let second = otherwise.as_ref().map(|otherwise| {
                join([drafts(otherwise, sense, world), drafts(condition, sense, world)], sense)
            });
            join(std::iter::once(first).chain(second), sense.contrary())
        }
    }
}

/// Joins the clauses of parts of which all must hold (or of whose contraries all must), or else one.
fn join(
    parts: impl IntoIterator<Item = Result<Vec<Draft>, SolveError>>,
    all: Sense,
) -> Result<Vec<Draft>, SolveError> {
    let parts = parts.into_iter().collect::<Result<Vec<_>, _>>()?;
    if all == Sense::Holds {
        return Ok(parts.into_iter().flatten().collect());
    }
    // One of them must hold: every combination of their clauses, each combination joined into one.
    let mut combined = vec![Draft::default()];
    for part in parts {
        if combined.len().saturating_mul(part.len()) > MAX_CLAUSES {
            return Err(SolveError::TooComplex);
        }
        let rows = combined.iter().flat_map(|one| part.iter().map(move |other| (one, other)));
        let (mut next, mut packages) = (Vec::new(), 0_usize);
        for (one, other) in rows {
            packages += one.len() + other.len();
            if packages > MAX_CLAUSE_PACKAGES {
                return Err(SolveError::TooComplex);
            }
            next.push(one.clone().or(other.clone()));
        }
        combined = next;
    }
    Ok(combined)
}

impl Draft {
    /// Gives the count of packages named.
    fn len(&self) -> usize {
        self.wanted.len() + self.conditions.iter().map(Vec::len).sum::<usize>()
    }

    fn or(mut self, other: Self) -> Self {
        self.conditions.extend(other.conditions);
        self.wanted.extend(other.wanted);
        self
    }
}

/// Gives the clauses for a set of packages; nothing stands for what the base system has.
fn atom(set: Option<Vec<PackageId>>, sense: Sense) -> Vec<Draft> {
    match (set, sense) {
        (None, Sense::Holds) => Vec::new(),
        (None, Sense::Fails) => vec![Draft::default()],
        (Some(set), Sense::Holds) => vec![Draft { wanted: set, ..Draft::default() }],
        (Some(set), Sense::Fails) if set.is_empty() => Vec::new(),
        (Some(set), Sense::Fails) => vec![Draft { conditions: vec![set], ..Draft::default() }],
    }
}

/// Gives the packages that a capability, `with` or `without` describes.
fn set(dependency: &Dependency, world: &impl Providers) -> Option<Vec<PackageId>> {
    match dependency {
        Dependency::Capability(capability) => world.providers(capability),
        Dependency::With(parts) => {
            let mut sets = parts.iter().map(|part| set(part, world));
            let first = sets.next()??;
            sets.try_fold(first, |found, next| {
                let next: HashSet<PackageId> = next?.into_iter().collect();
                Some(found.into_iter().filter(|id| next.contains(id)).collect())
            })
        }
        Dependency::Without(part, other) => {
            let found = set(part, world)?;
            let without: HashSet<PackageId> =
                set(other, world).unwrap_or_default().into_iter().collect();
            Some(found.into_iter().filter(|id| !without.contains(id)).collect())
        }
        // Nothing else may stand inside `with` and `without`; the union is what libsolv takes.
        Dependency::Or(parts) | Dependency::And(parts) => {
            let sets: Option<Vec<_>> = parts.iter().map(|part| set(part, world)).collect();
            Some(sets?.concat())
        }
        Dependency::If { then, .. } | Dependency::Unless { then, .. } => set(then, world),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A world of packages named by single letters, `a` being 0.
    struct Letters;

    impl Providers for Letters {
        fn providers(&self, capability: &Capability) -> Option<Vec<PackageId>> {
            match capability.name.as_str() {
                "base" => None,
                "ab" => Some(vec![PackageId(0), PackageId(1)]),
                "bc" => Some(vec![PackageId(1), PackageId(2)]),
                "none" => Some(Vec::new()),
                "many" => Some((0..50_000).map(PackageId).collect()),
                name => Some(vec![PackageId(u32::from(name.as_bytes()[0] - b'a'))]),
            }
        }

        fn order(&self, mut packages: Vec<PackageId>) -> Choices {
            packages.sort_unstable();
            packages.dedup();
            packages.into()
        }
    }

    /// Evaluates the clauses of a dependency over all sets of four letters, and the dependency by hand.
    fn table(text: &str, sense: Sense, expected: impl Fn([bool; 4]) -> bool) {
        let dependency: Dependency = text.parse().unwrap();
        let clauses = clauses(&dependency, sense, &Letters).unwrap();
        for bits in 0..16_u32 {
            let there = |id: PackageId| bits & (1 << id.0) != 0;
            let holds = clauses.iter().all(|clause| clause.holds(there));
            let letters = [
                there(PackageId(0)),
                there(PackageId(1)),
                there(PackageId(2)),
                there(PackageId(3)),
            ];
            assert_eq!(holds, expected(letters), "{text} {sense:?} {letters:?}");
        }
    }

    #[test]
    fn clauses_say_what_the_expression_says() {
        type Meaning = fn([bool; 4]) -> bool;
        let rows: [(&str, Meaning); 14] = [
            ("a", |[a, ..]| a),
            ("(a and b)", |[a, b, ..]| a && b),
            ("(a or b)", |[a, b, ..]| a || b),
            ("(a if b)", |[a, b, ..]| a || !b),
            ("(a if b else c)", |[a, b, c, _]| if b { a } else { c }),
            ("(a unless b)", |[a, b, ..]| a && !b),
            ("(a unless b else c)", |[a, b, c, _]| if b { c } else { a }),
            ("(a if (b and c))", |[a, b, c, _]| a || !(b && c)),
            ("((a and b) or (c and d))", |[a, b, c, d]| (a && b) || (c && d)),
            ("((a if b) or d)", |[a, b, _, d]| a || !b || d),
            ("(a or base)", |_| true),
            ("(a if base)", |[a, ..]| a),
            ("(a or none)", |[a, ..]| a),
            ("(a if none)", |_| true),
        ];
        for (text, meaning) in rows {
            table(text, Sense::Holds, meaning);
            table(text, Sense::Fails, |letters| !meaning(letters));
        }
    }

    #[test]
    fn with_and_without_describe_one_package() {
        table("(ab with bc)", Sense::Holds, |[_, b, ..]| b);
        table("(ab without bc)", Sense::Holds, |[a, ..]| a);
        table("(ab without bc)", Sense::Fails, |[a, ..]| !a);
    }

    #[test]
    fn expressions_that_explode_are_refused() {
        let pairs = vec!["(a and b)"; 40].join(" or ");
        let dependency: Dependency = format!("({pairs})").parse().unwrap();
        assert!(matches!(
            clauses(&dependency, Sense::Holds, &Letters),
            Err(SolveError::TooComplex)
        ));
        // Few clauses, each of which names half a million packages.
        let pairs = ["(many and many)"; 10].join(" or ");
        let dependency: Dependency = format!("({pairs})").parse().unwrap();
        assert!(matches!(
            clauses(&dependency, Sense::Holds, &Letters),
            Err(SolveError::TooComplex)
        ));
    }
}
