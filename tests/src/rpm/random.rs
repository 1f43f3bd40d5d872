//! Random repositories: packages that exist in metadata only.

use sre_rpm::metadata::{Entry, EntryKind, File, FileKind, Package};
use sre_rpm::write::CarriedPackage;
use sre_rpm::{Capability, Checksum};

use super::Dice;

/// What a random repository is like; chances are percent for each package.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// How many names there are.
    pub names: usize,
    /// The most versions of one name.
    pub versions: usize,
    /// The most things that one package requires.
    pub requires: usize,
    /// The chance that a requirement is a boolean expression.
    pub rich: usize,
    /// The chance of a conflict.
    pub conflicts: usize,
    /// The chance that it obsoletes another.
    pub obsoletes: usize,
    /// The chance that a requirement is met by nobody.
    pub broken: usize,
    /// The chance that it recommends, and that it supplements, something.
    pub weak: usize,
}

impl Default for Shape {
    fn default() -> Self {
        Self {
            names: 150,
            versions: 3,
            requires: 4,
            rich: 25,
            conflicts: 6,
            obsoletes: 3,
            broken: 0,
            weak: 0,
        }
    }
}

/// How many virtual names packages share, for each ten packages.
const VIRTUAL_IN_TEN: usize = 4;

/// Makes the packages of a random repository.
pub fn random_packages(dice: &mut Dice, shape: Shape) -> Vec<CarriedPackage> {
    let mut packages = Vec::new();
    for number in 0..shape.names {
        // Some names change their epoch on the way, as real ones do.
        let epoch_from = if dice.percent(10) { 1 + dice.below(shape.versions) } else { usize::MAX };
        for version in 0..=dice.below(shape.versions) {
            let epoch = usize::from(version >= epoch_from);
            let evr =
                format!("{epoch}:{}.{}-{}.el9", 1 + version, dice.below(3), 1 + dice.below(2));
            let mut one = package(&format!("p{number}"), &evr, dice.percent(20));
            fill(&mut one, number, dice, shape);
            packages.push(one);
        }
    }
    packages
}

/// Makes a package that provides its name and has a program.
pub fn package(name: &str, evr: &str, is_noarch: bool) -> CarriedPackage {
    let evr: sre_rpm::Evr = evr.parse().unwrap();
    let architecture = if is_noarch { "noarch" } else { "x86_64" };
    let file_name =
        format!("{name}-{}-{}.{architecture}", evr.version, evr.release.as_deref().unwrap());
    let program = File { path: format!("/usr/bin/{name}"), kind: FileKind::File };
    let shared = File { path: format!("/usr/share/{name}/data"), kind: FileKind::File };
    let mut package = Package {
        name: name.to_owned(),
        checksum: Checksum::sha256_of(format!("{name}-{evr}.{architecture}").as_bytes()),
        architecture: architecture.to_owned(),
        location: format!("Packages/{file_name}-{}.rpm", evr.epoch),
        evr,
        summary: format!("The package {name}"),
        description: String::new(),
        packager: String::new(),
        url: String::new(),
        file_time: 1,
        build_time: 1,
        size: 1000,
        installed_size: 1000,
        archive_size: 1000,
        location_base: None,
        license: "MIT".to_owned(),
        vendor: String::new(),
        group: "Unspecified".to_owned(),
        build_host: "localhost".to_owned(),
        source: format!("{name}-1-1.src.rpm"),
        header_range: (1, 2),
        entries: Vec::new(),
        files: vec![program.clone()],
    };
    let own = format!(
        "{name} = {}:{}-{}",
        package.evr.epoch,
        package.evr.version,
        package.evr.release.as_deref().unwrap()
    );
    add(&mut package, EntryKind::Provides, &own);
    CarriedPackage { package, files: vec![program, shared], changes: Vec::new() }
}

fn fill(one: &mut CarriedPackage, number: usize, dice: &mut Dice, shape: Shape) {
    let virtuals = (shape.names * VIRTUAL_IN_TEN).div_ceil(10);
    while dice.percent(40) {
        let version = 1 + dice.below(3);
        let text = if dice.percent(50) {
            format!("v{} = {version}", dice.below(virtuals))
        } else {
            format!("v{}", dice.below(virtuals))
        };
        add(&mut one.package, EntryKind::Provides, &text);
    }
    for _ in 0..dice.below(shape.requires + 1) {
        let text = if dice.percent(shape.rich) {
            rich(dice, shape, virtuals)
        } else if dice.percent(shape.broken) {
            format!("nobody{}", dice.below(10))
        } else {
            plain(dice, shape, virtuals)
        };
        add(&mut one.package, EntryKind::Requires, &text);
    }
    if dice.percent(shape.conflicts) {
        let text = if dice.percent(20) {
            format!("(p{} and p{})", dice.below(shape.names), dice.below(shape.names))
        } else {
            versioned(dice, shape)
        };
        add(&mut one.package, EntryKind::Conflicts, &text);
    }
    if dice.percent(shape.obsoletes) {
        let other = dice.below(shape.names);
        if other != number {
            add(
                &mut one.package,
                EntryKind::Obsoletes,
                &format!("p{other} < {}", 1 + dice.below(3)),
            );
        }
    }
    if dice.percent(shape.weak) {
        let text = if dice.percent(30) {
            rich(dice, shape, virtuals)
        } else {
            plain(dice, shape, virtuals)
        };
        add(&mut one.package, EntryKind::Recommends, &text);
    }
    if dice.percent(shape.weak / 4) {
        let text = format!("p{}", dice.below(shape.names));
        add(&mut one.package, EntryKind::Supplements, &text);
    }
}

fn add(package: &mut Package, kind: EntryKind, text: &str) {
    let capability = if text.starts_with('(') {
        Capability::any(text)
    } else {
        text.parse().unwrap_or_else(|error| panic!("{error}"))
    };
    package.entries.push(Entry { kind, capability, is_needed_first: false });
}

/// A requirement on a package, a virtual name, a program or another file.
fn plain(dice: &mut Dice, shape: Shape, virtuals: usize) -> String {
    match dice.below(10) {
        0 => format!("/usr/bin/p{}", dice.below(shape.names)),
        1 => format!("/usr/share/p{}/data", dice.below(shape.names)),
        2 | 3 => format!("v{}", dice.below(virtuals)),
        4 => format!("v{} >= {}", dice.below(virtuals), 1 + dice.below(2)),
        5 | 6 => versioned(dice, shape),
        _ => format!("p{}", dice.below(shape.names)),
    }
}

fn versioned(dice: &mut Dice, shape: Shape) -> String {
    let sign = dice.pick(&[">=", ">=", ">=", "<", "=", "<="]);
    let version = if *sign == "=" {
        format!("{}.{}", 1 + dice.below(2), dice.below(3))
    } else {
        format!("{}", 1 + dice.below(3))
    };
    format!("p{} {sign} {version}", dice.below(shape.names))
}

fn rich(dice: &mut Dice, shape: Shape, virtuals: usize) -> String {
    let part = |dice: &mut Dice| {
        if dice.percent(70) {
            format!("p{}", dice.below(shape.names))
        } else {
            plain(dice, shape, virtuals)
        }
    };
    let (a, b, c) = (part(dice), part(dice), part(dice));
    match dice.below(10) {
        0 => format!("({a} and {b})"),
        1 | 2 => format!("({a} or {b})"),
        3 | 4 => format!("({a} if {b})"),
        5 => format!("({a} if {b} else {c})"),
        6 => format!("({a} if ({b} or {c}))"),
        7 => format!("(({a} and {b}) or {c})"),
        8 => format!("(v{n} >= 1 with v{n} < 3)", n = dice.below(virtuals)),
        _ => format!("(v{} without v{})", dice.below(virtuals), dice.below(virtuals)),
    }
}
