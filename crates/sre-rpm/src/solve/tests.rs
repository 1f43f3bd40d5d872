//! Small worlds, each with one difficulty.

mod groups;
mod look_up;
mod modules;

use super::*;
use crate::catalog::{Multilib, RepositorySettings};
use crate::metadata::{Entry, EntryKind, File, FileKind, Package};
use crate::{Architecture, Capability, Checksum, Nevra};

/// Describes a package: its full name, then lines such as `Requires: b >= 1` and paths of files.
pub(crate) fn package(full: &str, lines: &[&str]) -> Package {
    let nevra: Nevra = full.parse().unwrap();
    let mut entries = Vec::new();
    let mut files = Vec::new();
    for line in lines {
        if line.starts_with('/') {
            files.push(File { path: (*line).to_owned(), kind: FileKind::File });
            continue;
        }
        let (word, text) = line.split_once(": ").unwrap();
        let known = EntryKind::NAMES.iter().find(|(_, name)| name.eq_ignore_ascii_case(word));
        let kind = known.unwrap_or_else(|| panic!("{word}")).0;
        let capability =
            if text.starts_with('(') { Capability::any(text) } else { text.parse().unwrap() };
        entries.push(Entry { kind, capability, is_needed_first: false });
    }
    Package {
        name: nevra.name,
        evr: nevra.evr,
        architecture: nevra.architecture,
        checksum: Checksum::sha256_of(full.as_bytes()),
        location: format!("{full}.rpm"),
        location_base: None,
        summary: String::new(),
        description: String::new(),
        packager: String::new(),
        url: String::new(),
        file_time: 0,
        build_time: 0,
        size: 1,
        installed_size: 1,
        archive_size: 1,
        license: String::new(),
        vendor: String::new(),
        group: String::new(),
        build_host: String::new(),
        source: String::new(),
        header_range: (0, 0),
        entries,
        files,
    }
}

fn catalog(packages: &[(&str, &[&str])]) -> Catalog {
    let mut catalog = Catalog::new(Architecture::X86_64, Multilib::Excluded);
    let id = catalog.add_repository(RepositorySettings::named("one")).unwrap();
    for (full, lines) in packages {
        catalog.add_package(id, &package(full, lines)).unwrap();
    }
    catalog
}

fn asking(names: &[&str]) -> Request {
    Request {
        packages: names.iter().map(|name| name.parse().unwrap()).collect(),
        weak: WeakDependencies::None,
        ..Request::default()
    }
}

fn solved(catalog: &Catalog, request: &Request) -> Vec<String> {
    let solution = solve(catalog, request).unwrap_or_else(|error| panic!("{error}"));
    solution.packages.iter().map(|id| catalog.nevra(*id).to_string()).collect()
}

fn refused(catalog: &Catalog, request: &Request) -> String {
    solve(catalog, request).map(|solution| solution.packages).unwrap_err().to_string()
}

#[test]
fn takes_the_newest_version_and_what_it_needs() {
    let catalog = catalog(&[
        ("a-1-1.noarch", &[]),
        ("a-2-1.noarch", &["Requires: b >= 1:1", "Requires: /usr/bin/c"]),
        ("b-5-1.noarch", &[]),
        ("b-1:1-1.noarch", &[]),
        ("c-1-1.x86_64", &["/usr/bin/c"]),
        ("d-1-1.noarch", &[]),
    ]);
    let expected = ["a-2-1.noarch", "b-1:1-1.noarch", "c-1-1.x86_64"];
    assert_eq!(solved(&catalog, &asking(&["a"])), expected);
    assert_eq!(solved(&catalog, &asking(&["a = 1"])), ["a-1-1.noarch"]);
    assert_eq!(solved(&catalog, &asking(&["a-1-1"])), ["a-1-1.noarch"]);
    assert_eq!(solved(&catalog, &asking(&["c.x86_64"])), ["c-1-1.x86_64"]);
    assert_eq!(solved(&catalog, &asking(&["/usr/bin/c"])), ["c-1-1.x86_64"]);
    assert_eq!(solved(&catalog, &asking(&["/usr/bin/c = 7"])), ["c-1-1.x86_64"]);
}

#[test]
fn conditions_that_hold_for_the_union_alone_are_met() {
    let catalog = catalog(&[
        ("compiler-1-1.noarch", &["Requires: (plugin if notes)"]),
        ("notes-1-1.noarch", &[]),
        ("plugin-1-1.noarch", &[]),
    ]);
    assert_eq!(solved(&catalog, &asking(&["compiler"])), ["compiler-1-1.noarch"]);
    assert_eq!(solved(&catalog, &asking(&["notes"])), ["notes-1-1.noarch"]);
    assert_eq!(solved(&catalog, &asking(&["compiler", "notes"])).len(), 3);
}

#[test]
fn goes_back_to_an_older_version_when_the_newest_does_not_fit() {
    let catalog = catalog(&[
        ("a-1-1.noarch", &[]),
        ("a-2-1.noarch", &["Requires: b < 2"]),
        ("b-1-1.noarch", &["Conflicts: c"]),
        ("b-2-1.noarch", &[]),
        ("c-1-1.noarch", &["Requires: b"]),
    ]);
    let solution = solve(&catalog, &asking(&["a", "c"])).unwrap();
    let names: Vec<_> = solution.packages.iter().map(|id| catalog.nevra(*id).to_string()).collect();
    assert_eq!(names, ["a-1-1.noarch", "b-2-1.noarch", "c-1-1.noarch"]);
    let [Note::OlderVersion { taken, preferred, .. }] = solution.notes.as_slice() else {
        panic!("{:?}", solution.notes)
    };
    assert_eq!((taken.as_str(), preferred.as_str()), ("a-1-1.noarch", "a-2-1.noarch"));
}

#[test]
fn a_choice_is_made_last_so_that_nothing_superfluous_comes_along() {
    let catalog = catalog(&[
        ("a-1-1.noarch", &["Requires: virtual", "Requires: z"]),
        ("one-1-1.noarch", &["Provides: virtual"]),
        ("two-1-1.noarch", &["Provides: virtual"]),
        ("z-1-1.noarch", &["Requires: two"]),
    ]);
    assert_eq!(
        solved(&catalog, &asking(&["a"])),
        ["a-1-1.noarch", "two-1-1.noarch", "z-1-1.noarch"]
    );
}

#[test]
fn conditional_prohibitions_are_obeyed() {
    let catalog = catalog(&[
        ("a-1-1.noarch", &["Conflicts: (b and c)"]),
        ("b-1-1.noarch", &[]),
        ("c-1-1.noarch", &[]),
        ("d-1-1.noarch", &["Requires: (e unless b)"]),
        ("e-1-1.noarch", &[]),
    ]);
    assert_eq!(solved(&catalog, &asking(&["a", "b"])).len(), 2);
    assert!(refused(&catalog, &asking(&["a", "b", "c"])).contains("cannot be met together"));
    assert_eq!(solved(&catalog, &asking(&["d"])), ["d-1-1.noarch", "e-1-1.noarch"]);
    assert!(solve(&catalog, &asking(&["d", "b"])).is_err());
}

#[test]
fn a_package_in_its_own_conflict_is_there_and_is_no_enemy_of_itself() {
    let catalog = catalog(&[
        ("a-1-1.noarch", &["Conflicts: (a and b)"]),
        ("b-1-1.noarch", &[]),
        ("c-1-1.noarch", &["Conflicts: (c or b)", "Conflicts: c"]),
    ]);
    assert_eq!(solved(&catalog, &asking(&["a"])), ["a-1-1.noarch"]);
    assert!(refused(&catalog, &asking(&["a", "b"])).contains("conflicts with (a and b)"));
    assert_eq!(solved(&catalog, &asking(&["c"])), ["c-1-1.noarch"]);
    assert!(solve(&catalog, &asking(&["c", "b"])).is_err());
}

#[test]
fn a_condition_that_thousands_fulfil_goes_through_the_solver() {
    let mut catalog = catalog(&[
        ("a-1-1.noarch", &["Requires: (b if many)"]),
        ("a-2-1.noarch", &["Requires: b < 2", "Requires: (b if many)"]),
        ("b-1-1.noarch", &["Conflicts: c"]),
        ("b-2-1.noarch", &[]),
        ("c-1-1.noarch", &["Requires: b"]),
    ]);
    for number in 0..20_000 {
        let package = package(&format!("many{number}-1-1.noarch"), &["Provides: many"]);
        catalog.add_package(crate::RepositoryId(0), &package).unwrap();
    }
    let expected = ["a-1-1.noarch", "b-2-1.noarch", "c-1-1.noarch"];
    assert_eq!(solved(&catalog, &asking(&["a", "c"])), expected);
}

#[test]
fn names_who_needs_what_nobody_provides() {
    let catalog = catalog(&[
        ("a-1-1.noarch", &["Requires: b"]),
        ("b-1-1.noarch", &["Requires: libmissing.so.1()(64bit)"]),
    ]);
    let text = refused(&catalog, &asking(&["a"]));
    assert!(
        text.contains("nothing provides libmissing.so.1()(64bit), needed by b-1-1.noarch"),
        "{text}"
    );
    assert!(text.contains("`a` is asked for\n    a-1-1.noarch requires b\n"), "{text}");
}

#[test]
fn names_the_two_packages_that_cannot_be_together() {
    let catalog = catalog(&[
        ("a-1-1.noarch", &["Requires: x"]),
        ("b-1-1.noarch", &["Requires: y"]),
        ("x-1-1.noarch", &["Conflicts: y < 2"]),
        ("y-1-1.noarch", &[]),
        ("other-1-1.noarch", &[]),
    ]);
    let text = refused(&catalog, &asking(&["other", "a", "b"]));
    assert!(text.contains("x-1-1.noarch conflicts with y < 2, which is y-1-1.noarch"), "{text}");
    assert!(text.contains("`a` is asked for") && text.contains("`b` is asked for"), "{text}");
    assert!(!text.contains("other"), "{text}");
}

#[test]
fn says_why_a_name_is_out_of_sight() {
    let catalog = catalog(&[("a-1-1.noarch", &[])]);
    assert!(refused(&catalog, &asking(&["b"])).contains("`b`"));
    let mut request = asking(&["a"]);
    request.excluded = vec![Exclusion("a*".to_owned())];
    assert!(refused(&catalog, &request).contains("excluded"));
    assert!(refused(&catalog, &asking(&["a.i686"])).contains("left out unless asked for"));
}

#[test]
fn whoever_obsoletes_a_name_takes_its_place() {
    let catalog = catalog(&[
        ("old-1-1.noarch", &[]),
        ("new-1-1.noarch", &["Obsoletes: old < 2", "Provides: old = 2"]),
    ]);
    assert_eq!(solved(&catalog, &asking(&["old"])), ["new-1-1.noarch"]);
    assert!(solve(&catalog, &asking(&["old = 1", "new"])).is_err());
}

#[test]
fn what_is_recommended_comes_if_it_fits() {
    let catalog = catalog(&[
        ("a-1-1.noarch", &["Recommends: b", "Recommends: enemy", "Suggests: c"]),
        ("b-1-1.noarch", &["Recommends: d"]),
        ("c-1-1.noarch", &[]),
        ("d-1-1.noarch", &[]),
        ("e-1-1.noarch", &["Supplements: (a and d)"]),
        ("enemy-1-1.noarch", &["Conflicts: a"]),
    ]);
    let mut request = asking(&["a"]);
    assert_eq!(solved(&catalog, &request), ["a-1-1.noarch"]);
    request.weak = WeakDependencies::Recommends;
    let expected = ["a-1-1.noarch", "b-1-1.noarch", "d-1-1.noarch", "e-1-1.noarch"];
    assert_eq!(solved(&catalog, &request), expected);
    let notes = solve(&catalog, &request).unwrap().notes;
    assert!(matches!(notes.as_slice(), [Note::WeakLeftOut { wish, .. }] if wish == "enemy"));
    request.weak = WeakDependencies::Suggests;
    assert_eq!(solved(&catalog, &request).len(), 5);
}

#[test]
fn the_base_system_is_not_carried_but_may_be_replaced() {
    let catalog = catalog(&[
        ("libc-1-1.x86_64", &["Provides: libc.so.6", "Requires: kernel"]),
        ("libc-2-1.x86_64", &["Provides: libc.so.6", "Provides: libc.new"]),
        ("a-1-1.x86_64", &["Requires: libc.so.6", "Requires: /bin/sh"]),
        ("b-1-1.x86_64", &["Requires: libc.new"]),
    ]);
    let base =
        |items: &[&str]| BaseSystem { items: items.iter().map(|one| (*one).to_owned()).collect() };
    let mut request = asking(&["a"]);
    request.base = base(&["libc", "/bin/sh"]);
    assert_eq!(solved(&catalog, &request), ["a-1-1.x86_64"]);
    request.base = base(&["libc-1-1.x86_64", "/bin/sh"]);
    assert_eq!(solved(&catalog, &request), ["a-1-1.x86_64"]);
    request.packages.push("b".parse().unwrap());
    assert_eq!(solved(&catalog, &request), ["a-1-1.x86_64", "b-1-1.x86_64", "libc-2-1.x86_64"]);
}

#[test]
fn packages_for_other_widths_come_only_when_asked() {
    let mut catalog = Catalog::new(Architecture::X86_64, Multilib::Included);
    let id = catalog.add_repository(RepositorySettings::named("one")).unwrap();
    for full in ["lib-2-1.i686", "lib-1-1.x86_64", "lib-1-1.i686"] {
        catalog.add_package(id, &package(full, &[])).unwrap();
    }
    assert_eq!(catalog.add_package(id, &package("lib-1-1.src", &[])).unwrap(), None);
    assert_eq!(solved(&catalog, &asking(&["lib"])), ["lib-1-1.x86_64"]);
    assert_eq!(solved(&catalog, &asking(&["lib.i686"])), ["lib-2-1.i686"]);
    assert_eq!(solved(&catalog, &asking(&["lib", "lib.i686"])).len(), 2);
}

#[test]
fn kernels_are_installed_beside_each_other() {
    let catalog = catalog(&[
        ("kernel-1-1.x86_64", &[]),
        ("kernel-2-1.x86_64", &[]),
        ("driver-1-1.x86_64", &["Requires: kernel = 1-1"]),
    ]);
    assert_eq!(solved(&catalog, &asking(&["kernel"])), ["kernel-2-1.x86_64"]);
    assert_eq!(solved(&catalog, &asking(&["kernel = 2", "driver"])).len(), 3);
}

#[test]
fn an_earlier_repository_of_higher_priority_is_preferred_whatever_the_version() {
    let mut catalog = Catalog::new(Architecture::X86_64, Multilib::Excluded);
    let far = catalog.add_repository(RepositorySettings::named("far")).unwrap();
    let near = RepositorySettings { priority: 10, ..RepositorySettings::named("near") };
    let near = catalog.add_repository(near).unwrap();
    catalog.add_package(far, &package("a-2-1.noarch", &[])).unwrap();
    let id = catalog.add_package(near, &package("a-1-1.noarch", &[])).unwrap().unwrap();
    let solution = solve(&catalog, &asking(&["a"])).unwrap();
    assert_eq!(solution.packages, [id]);
    assert_eq!(solution.of_repository(&catalog, near).count(), 1);
}

#[test]
fn a_dependency_that_nobody_understands_is_an_error_with_the_package() {
    let catalog = catalog(&[("a-1-1.noarch", &["Requires: (b nand c)"])]);
    assert!(refused(&catalog, &asking(&["a"])).contains("a-1-1.noarch"));
}
