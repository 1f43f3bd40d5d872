//! The repository's own manifest, lock and list.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use sre_format::lock::Lock;
use sre_format::manifest::Manifest;
use sre_format::{Digest, ImageReference};

fn path(name: &str) -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).join(name)
}

fn read(name: &str) -> Vec<u8> {
    std::fs::read(path(name)).unwrap()
}

fn manifest() -> Manifest {
    Manifest::parse("manifest.toml", &read("manifest.toml")).unwrap()
}

#[test]
fn the_manifest_renders_every_chart_with_values_that_are_there() {
    let manifest = manifest();
    assert!(manifest.kubernetes.is_some());
    let mut used = BTreeSet::new();
    for chart in &manifest.charts {
        let values = &chart.rendering.values;
        assert!(!values.is_empty(), "{:?} has no values", chart.source);
        assert!(chart.rendering.namespace.is_some(), "{:?} has no namespace", chart.source);
        for name in values {
            assert!(path(name.to_str().unwrap()).is_file(), "{} is not there", name.display());
            used.insert(name.clone());
        }
    }
    assert_eq!(used.len(), manifest.charts.len(), "two charts share a file of values");
}

#[test]
fn the_lock_is_the_one_of_the_manifest() {
    let (manifest, lock) = (manifest(), Lock::parse("images.lock", &read("images.lock")).unwrap());
    assert_eq!(lock.manifest, Digest::of(&read("manifest.toml")), "run `cargo xtask generate`");
    let wanted: BTreeSet<_> = manifest.images.iter().map(|image| &image.reference).collect();
    let confirmed = lock.images.iter().map(|image| &image.reference);
    let locked: BTreeSet<_> =
        confirmed.chain(lock.unconfirmed.iter().map(|image| &image.reference)).collect();
    assert_eq!(locked, wanted);
}

#[test]
fn every_stated_digest_is_one_of_an_image_of_the_manifest() {
    let manifest = manifest();
    let names: BTreeSet<_> = manifest.images.iter().map(|it| it.reference.to_string()).collect();
    let list = String::from_utf8(read("platform/stated-digests.txt")).unwrap();
    let lines = list.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    for line in lines {
        let reference: ImageReference = line.parse().unwrap();
        assert!(reference.digest().is_some(), "{line}");
        assert!(names.contains(line.split('@').next().unwrap()), "{line} is not in the manifest");
    }
}

/// What the roles of hardening install: a list of packages for each topic, by family of systems.
#[derive(serde::Deserialize)]
struct Wanted {
    packages_wanted: BTreeMap<String, BTreeMap<String, Vec<String>>>,
}

#[test]
fn the_packages_that_playbooks_install_are_named() {
    let text = read("infra/ansible/roles/packages/defaults/main.yml");
    let wanted: Wanted = serde_saphyr::from_slice(&text).unwrap();
    let manifest = manifest();
    let named: BTreeSet<_> = manifest.rpms.iter().flat_map(|set| &set.packages).collect();
    let wanted: Vec<_> = wanted.packages_wanted["RedHat"].values().flatten().collect();
    assert!(wanted.len() > 20, "{wanted:?}");
    for package in wanted {
        assert!(named.contains(package), "`[[rpm]]` does not name {package}");
    }
}
