//! Versions, compared beside `dpkg`.

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use sre_deb::Version;
use sre_tests::Program;
use std::cmp::Ordering;
use std::fmt::Write as _;
use std::fs;

/// Asks about many pairs in one shell, since each question is a process.
fn dpkg(pairs: &[(String, String)]) -> Vec<Option<Ordering>> {
    let mut script =
        String::from("c() { dpkg --compare-versions \"$1\" \"$3\" \"$2\" 2>/dev/null; r=$?; }\n");
    for (one, other) in pairs {
        // Exit code 2 means that one of them is no version at all.
        _ = writeln!(
            script,
            "c '{one}' '{other}' lt; case $r in 2) echo invalid;; 0) echo lt;; *) \
             c '{one}' '{other}' gt; case $r in 0) echo gt;; *) echo eq;; esac;; esac"
        );
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ask.sh");
    fs::write(&path, script).unwrap();
    let said = Program::tool("sh").arg(&path).run().ok();
    let answers = said.lines().map(|line| match line {
        "lt" => Some(Ordering::Less),
        "gt" => Some(Ordering::Greater),
        "eq" => Some(Ordering::Equal),
        "invalid" => None,
        other => panic!("{other}"),
    });
    answers.collect()
}

fn ours(one: &str, other: &str) -> Option<Ordering> {
    let (one, other): (Version, Version) = (one.parse().ok()?, other.parse().ok()?);
    Some(one.cmp(&other))
}

/// Versions that are close to each other, so that every rule decides some pair.
fn pairs(count: usize) -> Vec<(String, String)> {
    let part = "[0-9]{0,2}([.+~a-z]{1,2}[0-9]{0,2}){0,2}";
    let version = || {
        (prop::option::of("[0-2]:"), part, prop::option::of("-[0-9a-b.+~]{0,3}"))
            .prop_map(|(epoch, upstream, revision)| {
                format!("{}{upstream}{}", epoch.unwrap_or_default(), revision.unwrap_or_default())
            })
            // `--compare-versions` takes no text for a version before all others.
            .prop_filter("no text", |text| !text.is_empty())
    };
    let mut runner = TestRunner::deterministic();
    let near =
        (version(), prop::option::of("[0a.~-]{1}"), version()).prop_map(|(one, more, other)| {
            let near = more.map(|more| format!("{one}{more}"));
            (one, near.unwrap_or(other))
        });
    (0..count).map(|_| near.new_tree(&mut runner).unwrap().current()).collect()
}

#[test]
fn versions_compare_as_dpkg_compares_them() {
    let pairs = pairs(1500);
    let theirs = dpkg(&pairs);
    let mut seen = std::collections::BTreeMap::<_, u32>::new();
    for ((one, other), theirs) in pairs.iter().zip(theirs) {
        assert_eq!(ours(one, other), theirs, "`{one}` `{other}`");
        *seen.entry(theirs).or_default() += 1;
    }
    // Every answer has to come up, or the test would prove little.
    assert!(seen.len() == 4 && seen.values().all(|count| *count > 20), "{seen:?}");
}
