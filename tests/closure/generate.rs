//! A repository of the size of Rocky 9: `BaseOS` and `AppStream` with all their versions.

use std::path::Path;

use sre_rpm::Capability;
use sre_rpm::metadata::{Entry, EntryKind, File, FileKind, Groups, Modules};
use sre_rpm::write::CarriedPackage;
use sre_tests::rpm::{Dice, Folder, package};

/// How many versions each name has.
pub(crate) const VERSIONS: usize = 5;
/// How many shared libraries there are for a hundred names.
const LIBRARIES: usize = 30;

pub(crate) fn run(folder: &Path, packages: usize) {
    let dice = &mut Dice::new(9);
    let names = packages.div_ceil(VERSIONS);
    let all: Vec<CarriedPackage> = (0..packages)
        .map(|number| one(number / VERSIONS, number % VERSIONS, names, dice))
        .collect();
    let files: usize = all.iter().map(|one| one.files.len()).sum();
    let entries: usize = all.iter().map(|one| one.package.entries.len()).sum();
    Folder::write(folder, all, &Groups::default(), &Modules::default());
    println!("{packages} packages, {entries} dependencies, {files} files in {}", folder.display());
}

fn one(name: usize, version: usize, names: usize, dice: &mut Dice) -> CarriedPackage {
    let evr = format!("0:1.{version}-{}.el9_{version}", 1 + name % 40);
    let mut made = package(&format!("pkg{name}"), &evr, name.is_multiple_of(4));
    made.package.description = "What the package does, said at the usual length. ".repeat(8);
    made.package.summary = format!("The program number {name} of the distribution");
    made.package.url = format!("https://example.org/projects/{name}");
    made.package.license = "GPLv2+ and LGPLv2+ and MIT".into();
    made.package.packager = "Example Linux Build System <releng@example.org>".into();
    add_provides(&mut made, name, &evr, dice);
    add_requires(&mut made, name, names, dice);
    for number in 0..20 + dice.below(60) {
        let path = match number % 4 {
            0 => format!("/usr/lib64/pkg{name}/module-{number}.so"),
            1 => format!("/usr/share/doc/pkg{name}/chapter-{number}.html"),
            2 => format!("/usr/share/locale/l{number}/LC_MESSAGES/pkg{name}.mo"),
            _ => format!("/usr/share/man/man{}/pkg{name}-{number}.gz", number % 8),
        };
        made.files.push(File { path, kind: FileKind::File });
    }
    for folder in ["doc", "licenses"] {
        let path = format!("/usr/share/{folder}/pkg{name}");
        made.files.push(File { path, kind: FileKind::Folder });
    }
    made
}

fn add_provides(made: &mut CarriedPackage, name: usize, evr: &str, dice: &mut Dice) {
    let mut add = |text: &str| push(made, EntryKind::Provides, text);
    add(&format!("pkg{name}(x86-64) = {evr}"));
    add(&format!("config(pkg{name}) = {evr}"));
    if name % 100 < LIBRARIES {
        let library = name / 100 * LIBRARIES + name % 100;
        add(&format!("libl{library}.so.1()(64bit)"));
        for symbol in 0..4 {
            add(&format!("libl{library}.so.1(L_{symbol})(64bit)"));
        }
    }
    for module in 0..dice.below(14) {
        add(&format!("perl(Module{name}::Part{module}) = 1.{module}"));
    }
}

/// Libraries below, so that closures grow as real ones do: most of what is needed is shared.
fn add_requires(made: &mut CarriedPackage, name: usize, names: usize, dice: &mut Dice) {
    let libraries = names * LIBRARIES / 100;
    for symbol in 0..3 {
        push(made, EntryKind::Requires, &format!("libl0.so.1(L_{symbol})(64bit)"));
    }
    for _ in 0..2 + dice.below(10) {
        let below = (name * LIBRARIES / 100).min(libraries);
        // The square of a fraction is small more often than not: few libraries are needed by many.
        let library = below * dice.below(100) * dice.below(100) / 10_000;
        push(made, EntryKind::Requires, &format!("libl{library}.so.1()(64bit)"));
        push(made, EntryKind::Requires, &format!("libl{library}.so.1(L_{})(64bit)", dice.below(4)));
    }
    push(made, EntryKind::Requires, &format!("/usr/bin/pkg{}", dice.below(20)));
    if name.is_multiple_of(7) {
        push(
            made,
            EntryKind::Requires,
            &format!("/usr/share/pkg{}/data", dice.below(names.min(200))),
        );
    }
    if name.is_multiple_of(11) {
        push(
            made,
            EntryKind::Requires,
            &format!("(pkg{} if pkg{})", dice.below(names), dice.below(names)),
        );
    }
    if name.is_multiple_of(5) {
        push(made, EntryKind::Recommends, &format!("pkg{}", dice.below(names)));
    }
    if name.is_multiple_of(50) {
        push(
            made,
            EntryKind::Conflicts,
            &format!("pkg{} < 1.{}", dice.below(names), dice.below(VERSIONS)),
        );
    }
}

fn push(made: &mut CarriedPackage, kind: EntryKind, text: &str) {
    let capability =
        if text.starts_with('(') { Capability::any(text) } else { text.parse().unwrap() };
    made.package.entries.push(Entry { kind, capability, is_needed_first: false });
}
