//! `cargo xtask check-deps`: the rules that keep the crates apart, each a row of a table below.
//!
//! The lints of `Cargo.toml` and `clippy.toml` forbid printing, starting programs and the C library's
//! resolver everywhere; this command keeps the short list of files that may say `#[expect]` to them.

use anyhow::{Context as _, Result, bail};
use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, PackageId};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// What a crate must never reach through its normal dependencies, and why.
const NEVER: &[(&str, &[&str], &str)] = &[
    (
        "sre-format",
        &["tokio", "hyper", "reqwest", "axum", "rustls", "indicatif", "sre-oci", "sre-steps"],
        "the format opens no socket, waits for nothing and prints nothing",
    ),
    ("sre-oci", &["sre-steps", "indicatif", "clap"], "a library emits no talk of its own"),
    ("sre-steps", &["sre-oci", "reqwest", "axum"], "steps know nothing of what is done in them"),
    (
        "sre-openpgp",
        &["tokio", "hyper", "reqwest", "axum", "sre-oci", "sre-steps"],
        "signatures are a matter of bytes: no socket, no waiting",
    ),
    (
        "sre-compression",
        &["tokio", "hyper", "reqwest", "axum", "sre-format", "sre-oci", "sre-steps"],
        "bytes come in and bytes go out",
    ),
    (
        "sre-rpm",
        &["tokio", "hyper", "reqwest", "axum", "rustls", "indicatif", "sre-oci", "sre-steps"],
        "metadata comes in as bytes and plans go out; fetching is the bundler's",
    ),
    (
        "sre-install",
        &["sre-rpm", "sre-deb"],
        "closures are solved on the connected side; the far side serves files",
    ),
    (
        "sre-deb",
        &["tokio", "hyper", "reqwest", "axum", "sre-oci", "sre-steps", "sre-openpgp"],
        "a repository is read from bytes, whose signature somebody else has checked",
    ),
    (
        "sre-rke2",
        &["tokio", "hyper", "reqwest", "axum", "rustls", "indicatif", "sre-oci", "sre-steps"],
        "a description comes in and texts go out; somebody else puts them on hosts",
    ),
    (
        "sre-site",
        &["tokio", "hyper", "reqwest", "axum", "rustls", "clap", "sre-oci", "sre-steps"],
        "a site is read from bytes; who may touch files and hosts is the installer's",
    ),
    ("sre-bundle", &["sre-install", "sre-testkit"], "the two sides share nothing but crates/"),
    ("sre-install", &["sre-bundle", "sre-testkit"], "the two sides share nothing but crates/"),
    (
        "sre-install",
        // `scrypt` is not listed: in the graph of the whole workspace p256 reaches it through the
        // features that sre-bundle turns on in pkcs8; alone, sre-install does not.
        &["crypto_secretbox", "rpassword"],
        "release keys are touched on the connected side only",
    ),
    ("sre-install", &["openssl-sys", "native-tls"], "the static program links no foreign TLS"),
];

/// Features that only some packages may turn on, and why. The graph of the workspace cannot tell: there a
/// feature is on for everybody when it is on for one.
const MAY_ENABLE: &[(&str, &str, &[&str], &str)] = &[(
    "sre-openpgp",
    "signing",
    &["sre-bundle", "sre-fuzz", "sre-tests"],
    "release keys are touched on the connected side only",
)];

/// Files (by the beginning of their path) that may lift a lint, and why.
const MAY_LIFT: &[(&str, &[&str], &str)] = &[
    (
        "print_std",
        &[
            "bundler/src/commands/",
            "installer/src/commands/",
            "crates/sre-steps/src/display",
            "crates/xtask/",
            "tests/bench/",
            "tests/closure/",
        ],
        "only commands and displays print",
    ),
    (
        "disallowed_methods",
        &[
            "bundler/src/check/helm.rs",
            "bundler/src/git/",
            "bundler/src/keys/",
            "bundler/tests/",
            "crates/sre-format/tests/",
            "crates/sre-oci/src/credentials/",
            "crates/sre-oci/tests/",
            "crates/sre-rke2/tests/",
            "crates/sre-testkit/",
            "crates/xtask/src/commands/check_deps.rs",
            "crates/xtask/src/programs.rs",
            "installer/src/host/",
            "installer/tests/",
            "tests/",
        ],
        "few modules start programs, none asks the C library for names",
    ),
];

/// The longest source file; a longer one does two jobs.
const LONGEST_FILE: usize = 400;

pub(crate) fn run() -> Result<()> {
    let root = crate::places::workspace();
    let metadata = MetadataCommand::new().current_dir(root).exec()?;
    let mut faults = Vec::new();
    faults.extend(forbidden_dependencies(&metadata)?);
    faults.extend(forbidden_features(&metadata));
    faults.extend(undocumented_dependencies(root)?);
    faults.extend(versions_outside_the_root(&metadata)?);
    faults.extend(unused_dependencies(root, &metadata)?);
    faults.extend(faults_in_sources(root)?);
    for fault in &faults {
        eprintln!("{fault}");
    }
    if !faults.is_empty() {
        bail!(
            "{} rule(s) of the house broken (docs/architecture.md says which and why)",
            faults.len()
        );
    }
    println!("dependencies, lifted lints and file sizes keep the rules of the house");
    Ok(())
}

fn forbidden_dependencies(metadata: &Metadata) -> Result<Vec<String>> {
    let graph = Graph::of(metadata)?;
    let mut faults = Vec::new();
    for (name, never, why) in NEVER {
        let reached = graph.reached_from(name)?;
        for other in never.iter().filter(|other| reached.contains(*other)) {
            faults.push(format!("{name} depends on {other}: {why}"));
        }
    }
    Ok(faults)
}

/// Finds packages that turn on a feature which is not theirs to use.
fn forbidden_features(metadata: &Metadata) -> Vec<String> {
    let mut faults = Vec::new();
    for package in metadata.workspace_packages() {
        for (name, feature, allowed, why) in MAY_ENABLE {
            let enables = package.dependencies.iter().any(|dependency| {
                dependency.name == *name && dependency.features.iter().any(|one| one == feature)
            });
            if enables && !allowed.contains(&package.name.as_str()) {
                faults.push(format!("{} turns on {feature} of {name}: {why}", package.name));
            }
        }
    }
    faults
}

/// The normal dependencies of every package, by identity, and the names that people know them by.
struct Graph<'a> {
    names: BTreeMap<&'a PackageId, &'a str>,
    edges: BTreeMap<&'a PackageId, Vec<&'a PackageId>>,
}

impl<'a> Graph<'a> {
    fn of(metadata: &'a Metadata) -> Result<Self> {
        let resolve = metadata.resolve.as_ref().context("cargo gave no dependency graph")?;
        let is_normal = |dependency: &&'a cargo_metadata::NodeDep| {
            dependency.dep_kinds.iter().any(|kind| kind.kind == DependencyKind::Normal)
        };
        let edges = resolve
            .nodes
            .iter()
            .map(|node| {
                (&node.id, node.deps.iter().filter(is_normal).map(|dep| &dep.pkg).collect())
            })
            .collect();
        let names = metadata.packages.iter().map(|one| (&one.id, one.name.as_str())).collect();
        Ok(Self { names, edges })
    }

    fn reached_from(&self, name: &str) -> Result<BTreeSet<&'a str>> {
        let (start, _) = self
            .names
            .iter()
            .find(|(_, found)| **found == name)
            .with_context(|| format!("the workspace has no package {name}"))?;
        let mut open = vec![*start];
        let mut seen = BTreeSet::new();
        while let Some(package) = open.pop() {
            for next in self.edges.get(package).into_iter().flatten() {
                if seen.insert(*next) {
                    open.push(next);
                }
            }
        }
        Ok(seen.into_iter().filter_map(|package| self.names.get(package).copied()).collect())
    }
}

/// Finds dependencies that have no row in `docs/dependencies.md`, and rows without a dependency.
fn undocumented_dependencies(root: &Path) -> Result<Vec<String>> {
    let manifest: toml::Table = fs::read_to_string(root.join("Cargo.toml"))?.parse()?;
    let used: BTreeSet<&str> = manifest["workspace"]["dependencies"]
        .as_table()
        .context("Cargo.toml has no [workspace.dependencies]")?
        .keys()
        .map(String::as_str)
        .filter(|name| !name.starts_with("sre-"))
        .collect();
    let page = fs::read_to_string(root.join("docs/dependencies.md"))?;
    let documented: BTreeSet<&str> = page
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once('`'))
        .map(|(name, _)| name)
        .collect();
    let missing = used.difference(&documented);
    let gone = documented.difference(&used);
    Ok(missing
        .map(|name| format!("{name} has no row in docs/dependencies.md"))
        .chain(gone.map(|name| format!("docs/dependencies.md names {name}, which is not used")))
        .collect())
}

/// Finds dependencies whose version stands in a package instead of the root manifest.
fn versions_outside_the_root(metadata: &Metadata) -> Result<Vec<String>> {
    let mut faults = Vec::new();
    for package in metadata.workspace_packages() {
        let manifest: toml::Table = fs::read_to_string(&package.manifest_path)?.parse()?;
        for table in ["dependencies", "dev-dependencies", "build-dependencies"] {
            let rows = manifest.get(table).and_then(toml::Value::as_table);
            for (name, value) in rows.into_iter().flatten() {
                if value.get("workspace").and_then(toml::Value::as_bool) != Some(true) {
                    faults.push(format!(
                        "{} gives {name} a version of its own; versions stand in the root manifest",
                        package.name
                    ));
                }
            }
        }
    }
    Ok(faults)
}

/// Finds dependencies of a package that none of its sources names.
fn unused_dependencies(root: &Path, metadata: &Metadata) -> Result<Vec<String>> {
    let mut sources = Vec::new();
    for path in super::tracked_files("rs")? {
        sources.push((fs::read_to_string(root.join(&path))?, path));
    }
    let mut faults = Vec::new();
    for package in metadata.workspace_packages() {
        let folder = package.manifest_path.parent().context("a package stands in a folder")?;
        // Sources are named from the root, which may be written in more than one way itself.
        let folder = folder.strip_prefix(&metadata.workspace_root)?;
        for dependency in &package.dependencies {
            let name = dependency.rename.as_ref().unwrap_or(&dependency.name).replace('-', "_");
            let mut own = sources.iter().filter(|(_, path)| Path::new(path).starts_with(folder));
            if !own.any(|(text, _)| names(text, &name)) {
                faults.push(format!("{} does not use {}", package.name, dependency.name));
            }
        }
    }
    Ok(faults)
}

fn names(text: &str, name: &str) -> bool {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == name)
}

/// Finds lifted lints outside the list above, and files that are too long.
fn faults_in_sources(root: &Path) -> Result<Vec<String>> {
    let mut faults = Vec::new();
    for path in super::tracked_files("rs")? {
        let text = fs::read_to_string(root.join(&path))?;
        let lines = text.lines().count();
        if lines > LONGEST_FILE {
            faults.push(format!("{path} has {lines} lines, more than {LONGEST_FILE}: split it"));
        }
        for (lint, allowed, why) in MAY_LIFT {
            if lifts(&text, lint) && !allowed.iter().any(|place| path.starts_with(place)) {
                faults.push(format!("{path} lifts the lint {lint}: {why}"));
            }
        }
    }
    Ok(faults)
}

/// Tells whether an `allow` or `expect` attribute of the text names the lint.
fn lifts(text: &str, lint: &str) -> bool {
    let lint = format!("clippy::{lint}");
    let is_attribute = |before: &str| {
        let start = before.rfind("#[").max(before.rfind("#!["));
        start.is_some_and(|at| !before[at..].contains(']'))
    };
    text.match_indices(&lint).any(|(at, _)| is_attribute(&text[..at]))
}

#[cfg(test)]
mod tests {
    use super::lifts;

    #[test]
    fn sees_a_lifted_lint_in_an_attribute_of_several_lines() {
        assert!(lifts("#![expect(\n    clippy::print_stdout,\n)]", "print_std"));
        assert!(lifts("#[allow(clippy::disallowed_methods)]", "disallowed_methods"));
    }

    #[test]
    fn takes_a_comment_for_no_attribute() {
        assert!(!lifts("#[test]\n// clippy::print_stdout is denied", "print_std"));
    }
}
