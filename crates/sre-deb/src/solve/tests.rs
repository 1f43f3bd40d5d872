//! Small repositories with one question each; random ones are compared with apt itself.

use super::*;
use crate::{Base, Universe};

/// Gives a universe of `name version` and further fields, each at a priority of apt.
fn universe(packages: &[(&str, &str, &str, i32)]) -> Universe {
    let mut universe = Universe::new("amd64");
    for (name, version, fields, priority) in packages {
        let text = format!(
            "Package: {name}\nVersion: {version}\nArchitecture: amd64\nFilename: {name}_{version}.deb\nSize: 1\n\
             SHA256: {}\n{fields}\n",
            "0".repeat(64)
        );
        universe.begin_repository();
        let ignored = universe.add("Packages", text.as_bytes(), *priority).unwrap();
        assert!(ignored.is_empty(), "{ignored:?}");
    }
    universe
}

fn asked(name: &str, base: Base) -> Request {
    let wanted = Wanted { name: name.to_owned(), version: None };
    Request { wanted: vec![wanted], base, ..Request::default() }
}

fn chosen(universe: &Universe, request: &Request) -> Vec<String> {
    let closure = solve(universe, request).unwrap();
    let shown = closure.chosen.iter();
    shown.map(|one| format!("{} {}", one.package.name(), one.package.version())).collect()
}

#[test]
fn nothing_older_than_what_hosts_have_is_chosen_unless_its_priority_says_so() {
    let base = || Base::from_list("base", ["library=2"]).unwrap();
    let packages = |priority| {
        universe(&[("app", "1", "Depends: library (<< 2)\n", 500), ("library", "1", "", priority)])
    };
    let error = solve(&packages(500), &asked("app", base())).unwrap_err();
    assert!(matches!(error, SolveError::Missing(_) | SolveError::Conflict { .. }), "{error}");
    let error = solve(&packages(999), &asked("library", base())).unwrap_err();
    assert!(matches!(error, SolveError::Older { .. }), "{error}");
    assert_eq!(chosen(&packages(1000), &asked("app", base())), ["app 1", "library 1"]);
}

#[test]
fn essential_packages_come_into_an_empty_root_and_protected_ones_only_when_needed() {
    let packages = universe(&[
        ("app", "1", "", 500),
        ("base", "1", "Essential: yes\n", 500),
        ("boot", "1", "Protected: yes\n", 500),
        ("init", "1", "Important: yes\n", 500),
    ]);
    assert_eq!(chosen(&packages, &asked("app", Base::none())), ["app 1", "base 1"]);
}

#[test]
fn what_is_excluded_and_asked_for_is_said_so() {
    let packages = universe(&[("app", "1", "", 500)]);
    let mut request = asked("app", Base::none());
    request.excluded.insert("app".to_owned());
    let error = solve(&packages, &request).unwrap_err();
    assert!(matches!(error, SolveError::Excluded { .. }), "{error}");
}

#[test]
fn a_preferred_repository_wins_over_a_newer_version() {
    let packages = universe(&[("app", "1", "", 500), ("app", "2", "", 100)]);
    assert_eq!(chosen(&packages, &asked("app", Base::none())), ["app 1"]);
}
