//! Random repositories, small and knotty: alternatives, versions, virtual packages, conflicts.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use sre_deb::Universe;
use sre_format::Digest;
use std::fmt::Write as _;

/// A repository as the text of its index, and what may be asked of it.
#[derive(Clone, Debug)]
pub(crate) struct Repository {
    pub(crate) index: String,
    /// What hosts ask for.
    pub(crate) wanted: Vec<String>,
    /// What is asked for first, to make a base system of it.
    pub(crate) base: Vec<String>,
}

#[derive(Clone, Debug)]
struct Package {
    versions: u8,
    depends: Vec<Vec<Atom>>,
    recommends: Vec<Vec<Atom>>,
    conflicts: Vec<Atom>,
    breaks: Vec<Atom>,
    provides: Vec<(u8, Option<u8>)>,
    priority: u8,
    multi_arch: u8,
}

/// Where the name comes from, whether it is virtual, and a range of versions.
#[derive(Clone, Debug)]
struct Atom {
    target: u16,
    is_virtual: bool,
    range: Option<(u8, u8)>,
    any: bool,
}

const VIRTUAL: u16 = 6;

fn atom() -> impl Strategy<Value = Atom> {
    let range = option::weighted(0.3, (0u8..5, 1u8..4));
    (any::<u16>(), prop::bool::weighted(0.15), range, prop::bool::weighted(0.05))
        .prop_map(|(target, is_virtual, range, any)| Atom { target, is_virtual, range, any })
}

fn package() -> impl Strategy<Value = Package> {
    let groups = |most| vec(vec(atom(), 1..=3), 0..most);
    (
        1u8..=2,
        groups(4),
        groups(2),
        vec(atom(), 0..=1),
        vec(atom(), 0..=1),
        vec((any::<u8>(), option::weighted(0.3, 1u8..4)), 0..=1),
        0u8..5,
        0u8..4,
    )
        .prop_map(
            |(versions, depends, recommends, conflicts, breaks, provides, priority, multi_arch)| {
                Package {
                    versions,
                    depends,
                    recommends,
                    conflicts,
                    breaks,
                    provides,
                    priority,
                    multi_arch,
                }
            },
        )
}

/// Makes repositories of up to 60 names.
pub(crate) fn repository() -> impl Strategy<Value = Repository> {
    let names = vec(any::<u16>(), 1..=4);
    (vec(package(), 20..60), names.clone(), names).prop_map(|(packages, wanted, base)| {
        let name = |one: &u16| format!("p{}", usize::from(*one) % packages.len());
        Repository {
            wanted: wanted.iter().map(name).collect(),
            base: base.iter().map(name).collect(),
            index: packages
                .iter()
                .enumerate()
                .map(|(at, one)| one.paragraphs(at, packages.len()))
                .collect(),
        }
    })
}

impl Package {
    fn paragraphs(&self, number: usize, count: usize) -> String {
        (1..=self.versions).map(|version| self.paragraph(number, version, count)).collect()
    }

    fn paragraph(&self, number: usize, version: u8, count: usize) -> String {
        let mut text = format!("Package: p{number}\nVersion: {version}\nArchitecture: amd64\n");
        let priority = ["required", "important", "standard", "optional", "extra"];
        let _ = writeln!(text, "Priority: {}", priority[usize::from(self.priority)]);
        let multi_arch = [None, Some("foreign"), Some("allowed"), Some("same")];
        if let Some(kind) = multi_arch[usize::from(self.multi_arch)] {
            let _ = writeln!(text, "Multi-Arch: {kind}");
        }
        // Mostly towards higher numbers, so that the graph is deep and has few circles.
        let show = |atom: &Atom| atom.show(number, count);
        let groups = |groups: &[Vec<Atom>]| {
            let group = |group: &Vec<Atom>| group.iter().map(show).collect::<Vec<_>>().join(" | ");
            groups.iter().map(group).collect::<Vec<_>>().join(", ")
        };
        let alone = |atoms: &[Atom]| atoms.iter().map(show).collect::<Vec<_>>().join(", ");
        let provides: Vec<_> = self
            .provides
            .iter()
            .map(|(name, version)| match version {
                Some(version) => format!("v{} (= {version})", u16::from(*name) % VIRTUAL),
                None => format!("v{}", u16::from(*name) % VIRTUAL),
            })
            .collect();
        for (field, value) in [
            ("Depends", groups(&self.depends)),
            ("Recommends", groups(&self.recommends)),
            ("Conflicts", alone(&self.conflicts)),
            ("Breaks", alone(&self.breaks)),
            ("Provides", provides.join(", ")),
        ] {
            if !value.is_empty() {
                let _ = writeln!(text, "{field}: {value}");
            }
        }
        let file = format!("pool/p{number}_{version}.deb");
        let digest = Digest::of(file.as_bytes()).hex();
        let _ = writeln!(text, "Filename: {file}\nSize: 1000\nSHA256: {digest}\n");
        text
    }
}

impl Atom {
    fn show(&self, from: usize, count: usize) -> String {
        let ahead = (count - from - 1).clamp(1, 15);
        let target = match usize::from(self.target) {
            back if back % 20 == 0 => back % count,
            other => (from + 1 + other % ahead).min(count - 1),
        };
        let name = if self.is_virtual {
            format!("v{}", self.target % VIRTUAL)
        } else {
            format!("p{target}{}", if self.any { ":any" } else { "" })
        };
        let operators = ["<<", "<=", "=", ">=", ">>"];
        match self.range {
            Some((operator, version)) => {
                format!("{name} ({} {version})", operators[usize::from(operator)])
            }
            None => name,
        }
    }
}

/// Reads an index.
pub(crate) fn universe(index: &str) -> Universe {
    let mut universe = Universe::new("amd64");
    universe.begin_repository();
    assert!(universe.add("Packages", index.as_bytes(), 500).unwrap().is_empty());
    universe
}
