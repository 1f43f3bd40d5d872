//! Closures, judged by dnf: whatever we carry, it installs from that alone; what it cannot solve, we refuse.

use std::collections::BTreeSet;
use std::path::Path;

use sre_rpm::metadata::{EntryKind, Groups, Modules};
use sre_rpm::solve::{Request, SolveError, WeakDependencies};
use sre_rpm::write::CarriedPackage;
use sre_rpm::{Catalog, PackageId};
use sre_tests::rpm::dnf::{self, Answer, Question};
use sre_tests::rpm::{Dice, Folder, Shape, random_packages};

/// One random case: what was asked, what we found, and what dnf is asked about it.
struct Case {
    seed: u64,
    names: Vec<String>,
    ours: Result<Vec<String>, SolveError>,
    questions: Vec<Question>,
}

fn request(names: &[String], weak: WeakDependencies) -> Request {
    Request {
        packages: names.iter().map(|name| name.parse().unwrap()).collect(),
        weak,
        ..Request::default()
    }
}

fn names(catalog: &Catalog, packages: &[PackageId]) -> Vec<String> {
    let mut names: Vec<_> = packages.iter().map(|id| shown(catalog, *id)).collect();
    names.sort();
    names
}

/// Shows a package as dnf does, with the epoch only where there is one.
fn shown(catalog: &Catalog, id: PackageId) -> String {
    catalog.nevra(id).to_string()
}

/// Makes a repository, solves over it, and writes what was found as a repository of its own.
fn case(folder: &Path, seed: u64, shape: Shape, weak: WeakDependencies) -> Case {
    let mut dice = Dice::new(seed);
    let packages = random_packages(&mut dice, shape);
    let (groups, modules) = (Groups::default(), Modules::default());
    let whole = Folder::write(&folder.join(format!("{seed}-whole")), packages, &groups, &modules);
    let mut asked = BTreeSet::new();
    for _ in 0..=dice.below(12) {
        asked.insert(format!("p{}", dice.below(shape.names)));
    }
    let asked: Vec<String> = asked.into_iter().collect();
    let (catalog, solution) = whole.solve(&request(&asked, weak));
    let question = |path: &Path| Question {
        weak: weak != WeakDependencies::None,
        ..Question::install(path, &asked)
    };
    let mut questions = vec![question(whole.path())];
    let ours = solution.map(|solution| {
        let wanted = solution.packages.iter().map(|id| catalog.checksum(*id).hex()).collect();
        let carried = whole.carried(&wanted);
        assert_eq!(carried.len(), solution.packages.len());
        let path = folder.join(format!("{seed}-ours"));
        let asked = asked.iter().flat_map(|name| in_place_of(name, &carried)).collect::<Vec<_>>();
        let ours = Folder::write(&path, carried, &groups, &modules);
        questions.push(Question { install: asked, ..question(ours.path()) });
        names(&catalog, &solution.packages)
    });
    Case { seed, names: asked, ours, questions }
}

/// Gives what has a name in what we carry: the package itself, or whoever obsoletes it, as dnf would take.
fn in_place_of(name: &str, carried: &[CarriedPackage]) -> Vec<String> {
    let has_it = |one: &&CarriedPackage| one.package.name == name;
    if carried.iter().any(|one| has_it(&one)) {
        return vec![name.to_owned()];
    }
    let obsoletes = |one: &&CarriedPackage| {
        one.package.capabilities(EntryKind::Obsoletes).any(|other| other.name == name)
    };
    let found: Vec<_> =
        carried.iter().filter(obsoletes).map(|one| one.package.name.clone()).collect();
    assert!(!found.is_empty(), "nothing stands in the place of {name}");
    found
}

/// What the cases of a shape came to.
#[derive(Debug, Default)]
struct Tally {
    solved: usize,
    refused: usize,
    equal: usize,
    ours: usize,
    theirs: usize,
}

/// Compares our answers with dnf's, case by case.
fn judge(cases: &[Case]) -> Tally {
    let questions: Vec<Question> =
        cases.iter().flat_map(|case| case.questions.iter().cloned()).collect();
    let mut answers = dnf::ask(&questions).into_iter();
    let mut tally = Tally::default();
    for case in cases {
        let theirs = answers.next().unwrap();
        let from_ours = case.ours.is_ok().then(|| answers.next().unwrap());
        judge_one(case, &theirs, from_ours.as_ref(), &mut tally);
    }
    tally
}

fn judge_one(case: &Case, theirs: &Answer, from_ours: Option<&Answer>, tally: &mut Tally) {
    let Case { seed, names, .. } = case;
    match (&case.ours, theirs) {
        (Ok(ours), Ok(theirs)) => {
            if let Some(Err(error)) = from_ours {
                panic!(
                    "seed {seed}, {names:?}: dnf cannot install from what we carry\n{error}\n{ours:?}"
                );
            }
            tally.solved += 1;
            tally.equal += usize::from(ours == theirs);
            tally.ours += ours.len();
            tally.theirs += theirs.len();
        }
        (Err(SolveError::Unsolvable { .. } | SolveError::NoMatch { .. }), Err(_)) => {
            tally.refused += 1;
        }
        (Err(error), Err(_)) => {
            panic!("seed {seed}, {names:?}: refused for a wrong reason: {error}")
        }
        (Ok(ours), Err(error)) => {
            panic!("seed {seed}, {names:?}: we found what dnf refuses\n{error}\n{ours:?}")
        }
        (Err(error), Ok(theirs)) => {
            panic!("seed {seed}, {names:?}: we refuse what dnf finds\n{error}\n{theirs:?}")
        }
    }
}

fn cases(seeds: std::ops::Range<u64>, shape: Shape, weak: WeakDependencies) -> Tally {
    let folder = tempfile::tempdir().unwrap();
    let cases: Vec<Case> = seeds.map(|seed| case(folder.path(), seed, shape, weak)).collect();
    judge(&cases)
}

/// Wants at most a tenth more packages than dnf chose, over all cases together.
fn at_most_a_tenth_more(tally: &Tally) {
    assert!(tally.ours * 10 <= tally.theirs * 11, "{tally:?}");
}

#[test]
fn dnf_installs_random_closures_from_what_we_carry() {
    let tally = cases(0..150, Shape::default(), WeakDependencies::None);
    assert!(tally.solved > 60 && tally.refused > 5, "{tally:?}");
    at_most_a_tenth_more(&tally);
}

#[test]
fn dnf_agrees_when_dependencies_are_missing_and_conflicts_are_many() {
    let shape = Shape { broken: 4, conflicts: 20, obsoletes: 6, ..Shape::default() };
    let tally = cases(1000..1150, shape, WeakDependencies::None);
    assert!(tally.solved > 20 && tally.refused > 40, "{tally:?}");
    at_most_a_tenth_more(&tally);
}

#[test]
fn dnf_agrees_on_what_is_recommended() {
    let shape = Shape { weak: 30, conflicts: 3, ..Shape::default() };
    let tally = cases(2000..2100, shape, WeakDependencies::Recommends);
    assert!(tally.solved > 40, "{tally:?}");
    at_most_a_tenth_more(&tally);
}

#[test]
fn dnf_agrees_on_large_repositories() {
    let shape = Shape { names: 700, requires: 5, conflicts: 2, ..Shape::default() };
    let tally = cases(3000..3012, shape, WeakDependencies::None);
    assert!(tally.solved > 3, "{tally:?}");
    at_most_a_tenth_more(&tally);
}
