//! Closures of random repositories beside `apt-get --simulate`.

use super::random::{Repository, repository, universe};
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::TestRunner;
use sre_deb::repository::{Description, Listed, write};
use sre_deb::{Base, Closure, Package, Recommends, Request, SolveError, Universe, Wanted, solve};
use sre_tests::{Apt, Plan, write_files};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use tempfile::TempDir;

/// Repositories of each test.
const CASES: usize = 30;

/// Packages that we carry and that apt would fetch, over all cases.
#[derive(Debug, Default)]
struct Sums {
    ours: usize,
    theirs: usize,
    compared: usize,
    refused: usize,
    better: usize,
    given_up: usize,
}

fn request(wanted: &[String], base: Base, recommends: Recommends) -> Request {
    let wanted = wanted.iter().map(|name| Wanted { name: name.clone(), version: None });
    Request { wanted: wanted.collect(), base, recommends, ..Request::default() }
}

/// Puts a flat repository into a folder, as a stranger would.
fn publish(folder: &TempDir, index: &str) -> String {
    fs::write(folder.path().join("Packages"), index).unwrap();
    format!("deb [trusted=yes] file:{} ./", folder.path().display())
}

/// Puts our own repository into a folder; its packages need not be there, since nothing is installed.
fn publish_ours(folder: &TempDir, closure: &Closure<'_>) -> String {
    let description = Description {
        origin: "test".to_owned(),
        label: "test".to_owned(),
        suite: "test".to_owned(),
        component: "main".to_owned(),
        date: "2026-01-31T12:00:00Z".parse().unwrap(),
        architectures: ["amd64".to_owned()].into(),
    };
    let listed: Vec<_> =
        closure.chosen.iter().map(|one| Listed::of(one.package).unwrap()).collect();
    let metadata = write(&description, &listed).unwrap();
    write_files(folder.path(), &metadata.indexes);
    fs::write(folder.path().join(&metadata.release_path), &metadata.release).unwrap();
    format!("deb [trusted=yes] file:{} test main", folder.path().display())
}

/// Gives the text of a dpkg status in which the packages of a closure are installed.
fn installed(closure: &Closure<'_>) -> String {
    let paragraph = |package: &Package| {
        let mut text = "Status: install ok installed\nMaintainer: x\nDescription: x\n".to_owned();
        let fields = ["Package", "Version", "Architecture", "Priority", "Multi-Arch"];
        let relations = ["Depends", "Recommends", "Conflicts", "Breaks", "Provides"];
        for field in fields.into_iter().chain(relations) {
            if let Some(value) = package.field(field) {
                _ = writeln!(text, "{field}: {value}");
            }
        }
        text + "\n"
    };
    closure.chosen.iter().map(|one| paragraph(one.package)).collect()
}

fn options(recommends: Recommends) -> &'static [&'static str] {
    match recommends {
        Recommends::Ignored => &["--no-install-recommends"],
        Recommends::Followed => &["--install-recommends"],
    }
}

/// Compares one request: what we carry is enough for apt, and not much more than it would fetch itself.
fn compare(repository: &Repository, status: &str, recommends: Recommends, sums: &mut Sums) {
    let told = || format!("{:?}\n{status}\n---\n{}", repository.wanted, repository.index);
    let universe = universe(&repository.index);
    let base = Base::from_status("status", status.as_bytes(), "amd64").unwrap();
    let request = request(&repository.wanted, base, recommends);
    let upstream = tempfile::tempdir().unwrap();
    let apt = Apt::new(&publish(&upstream, &repository.index), status);
    apt.update().ok();
    let theirs = apt.simulate(&repository.wanted, options(recommends));
    match (solve(&universe, &request), theirs) {
        (Ok(closure), theirs) => {
            let plan = from_ours_alone(&closure, status, &repository.wanted, recommends);
            let Some(plan) = plan else {
                // apt looks for no other way once something that is there stands in its way; a search does,
                // and people are warned of what hosts have to give up.
                let gives_up = !closure.removed.is_empty() && theirs.is_none();
                assert!(gives_up, "apt refuses what we carry: {}", told());
                sums.given_up += 1;
                return;
            };
            for (name, version) in &plan.installed {
                let carried = closure.chosen.iter().find(|one| one.package.name() == name);
                let carried = carried.map(|one| one.package.version().as_str());
                assert_eq!(carried, Some(version.as_str()), "{}", told());
            }
            match theirs {
                Some(theirs) => {
                    sums.compared += 1;
                    sums.ours += closure.chosen.len();
                    // What is asked for is carried even where the host has it already.
                    let wanted: BTreeSet<_> = repository.wanted.iter().collect();
                    let there = wanted.iter().filter(|name| !theirs.installed.contains_key(**name));
                    sums.theirs += theirs.installed.len() + there.count();
                }
                None => sums.better += 1,
            }
        }
        (Err(error), None) => {
            sums.refused += 1;
            let is_ours = matches!(error, SolveError::Unsound { .. } | SolveError::TooHard);
            assert!(!is_ours, "{error}: {}", told());
        }
        (Err(error), Some(theirs)) => panic!("{error}\napt does it: {theirs:?}\n{}", told()),
    }
}

fn from_ours_alone(
    closure: &Closure<'_>,
    status: &str,
    wanted: &[String],
    recommends: Recommends,
) -> Option<Plan> {
    let folder = tempfile::tempdir().unwrap();
    let apt = Apt::new(&publish_ours(&folder, closure), status);
    apt.update().ok();
    apt.simulate(wanted, options(recommends))
}

fn repositories() -> impl Iterator<Item = Repository> {
    let mut runner = TestRunner::deterministic();
    std::iter::repeat(()).map(move |()| repository().new_tree(&mut runner).unwrap().current())
}

#[track_caller]
fn assert_sound(sums: &Sums) {
    let Sums { ours, theirs, compared, .. } = sums;
    assert!(*compared >= CASES / 4, "too few cases can be installed: {sums:?}");
    assert!(ours * 10 <= theirs * 11, "{ours} packages carried, apt fetches {theirs}: {sums:?}");
}

#[test]
fn apt_installs_everything_from_our_repository_alone_on_an_empty_host() {
    let mut sums = Sums::default();
    for repository in repositories().take(CASES) {
        compare(&repository, "", Recommends::Ignored, &mut sums);
    }
    assert!(sums.refused > 0, "nothing was impossible");
    assert_sound(&sums);
}

#[test]
fn recommended_packages_come_where_apt_takes_them() {
    let mut sums = Sums::default();
    for repository in repositories().take(CASES) {
        compare(&repository, "", Recommends::Followed, &mut sums);
    }
    assert_sound(&sums);
}

#[test]
fn what_a_host_has_is_not_carried_again() {
    let mut sums = Sums::default();
    let with_base = repositories().filter_map(|repository| {
        let universe = universe(&repository.index);
        let base = request(&repository.base, Base::default(), Recommends::Ignored);
        let status = installed(&solve(&universe, &base).ok()?);
        Some((repository, status))
    });
    for (repository, status) in with_base.take(CASES) {
        compare(&repository, &status, Recommends::Ignored, &mut sums);
    }
    assert_sound(&sums);
}

#[test]
fn the_same_request_has_the_same_answer_every_time() {
    for repository in repositories().take(CASES) {
        let universe = universe(&repository.index);
        let request = request(&repository.wanted, Base::default(), Recommends::Followed);
        let answer = |universe: &Universe| match solve(universe, &request) {
            Ok(closure) => closure
                .chosen
                .iter()
                .map(|one| {
                    format!("{} {} {:?}", one.package.name(), one.package.version(), one.needed_by)
                })
                .collect(),
            Err(error) => vec![error.to_string()],
        };
        let first = answer(&universe);
        for _ in 0..3 {
            assert_eq!(answer(&universe), first);
        }
    }
}
