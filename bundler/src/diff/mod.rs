//! What differs between two locks, as a person wants to read it.
//!
//! Inputs are matched by name without tag or version, so that a newer tag is one change and not a
//! removal with an addition beside it. What is shown of each kind is one `match`.
//!
//! Deliberately absent: opening bundles, and any judgement of what a change means.

mod facts;

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;
use sre_format::Digest;
use sre_format::lock::{Kind, Lock};
use sre_steps::display::Bytes;

use facts::Facts;

/// Everything that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Diff {
    /// Whether nothing differs that a bundle would carry.
    pub same: bool,
    /// The serials, before and after.
    pub serial: [u64; 2],
    /// What differs besides the inputs, such as the version.
    pub bundle: Vec<Field>,
    /// The inputs that differ.
    pub inputs: Vec<Change>,
    /// The bytes of all inputs, before and after, as if nothing were shared.
    pub bytes: [u64; 2],
}

/// A fact that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Field {
    /// What it is called.
    pub what: &'static str,
    /// The old value.
    pub before: String,
    /// The new value.
    pub after: String,
}

/// An input that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Change {
    /// Its kind.
    pub kind: Kind,
    /// Its name, without tag or version.
    pub name: String,
    /// What happened to it.
    pub change: ChangeKind,
    /// What it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Side>,
    /// What it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Side>,
    /// Facts that differ besides version, digest and size.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<Field>,
}

/// What happened to an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChangeKind {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// It is another one.
    Changed,
}

/// One side of a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Side {
    /// The tag or version; empty where there is none.
    pub version: String,
    /// The digest.
    pub digest: Digest,
    /// The bytes that it brings.
    pub bytes: u64,
}

impl Diff {
    /// Compares two locks.
    #[must_use]
    pub fn between(before: &Lock, after: &Lock) -> Self {
        let total = |lock: &Lock| lock.inputs().map(|input| input.bytes()).sum();
        Self {
            same: before.carries_the_same_as(after),
            serial: [before.serial, after.serial],
            bundle: facts::bundle_changes(before, after),
            inputs: Kind::all().flat_map(|kind| changes(kind, before, after)).collect(),
            bytes: [total(before), total(after)],
        }
    }

    /// Counts the changes of one kind.
    #[must_use]
    pub fn count(&self, kind: ChangeKind) -> usize {
        self.inputs.iter().filter(|change| change.change == kind).count()
    }
}

/// Pairs the inputs of one kind: first those of the same full name, then those whose name is the
/// same without the version.
fn changes(kind: Kind, before: &Lock, after: &Lock) -> Vec<Change> {
    let mut groups: BTreeMap<String, (Vec<Facts>, Vec<Facts>)> = BTreeMap::new();
    for facts in before.inputs_of(kind).map(Facts::of) {
        groups.entry(facts.name.clone()).or_default().0.push(facts);
    }
    for facts in after.inputs_of(kind).map(Facts::of) {
        groups.entry(facts.name.clone()).or_default().1.push(facts);
    }
    groups.into_iter().flat_map(|(name, (old, new))| pair(kind, &name, old, new)).collect()
}

fn pair(kind: Kind, name: &str, mut old: Vec<Facts>, mut new: Vec<Facts>) -> Vec<Change> {
    let mut pairs = Vec::new();
    old.retain(|before| {
        let same = new.iter().position(|after| after.version == before.version);
        match same {
            Some(at) => pairs.push((Some(before.clone()), Some(new.remove(at)))),
            None => return true,
        }
        false
    });
    let (mut old, mut new) = (old.into_iter(), new.into_iter());
    loop {
        match (old.next(), new.next()) {
            (None, None) => break,
            pair => pairs.push(pair),
        }
    }
    pairs.into_iter().filter_map(|(old, new)| change(kind, name, old, new)).collect()
}

fn change(kind: Kind, name: &str, old: Option<Facts>, new: Option<Facts>) -> Option<Change> {
    let details = match (&old, &new) {
        (Some(old), Some(new)) if old == new => return None,
        (Some(old), Some(new)) => old.differences(new),
        _ => Vec::new(),
    };
    let change = match (&old, &new) {
        (None, _) => ChangeKind::Added,
        (_, None) => ChangeKind::Removed,
        _ => ChangeKind::Changed,
    };
    let (before, after) = (old.map(|facts| facts.side), new.map(|facts| facts.side));
    Some(Change { kind, name: name.to_owned(), change, before, after, details })
}

impl fmt::Display for Diff {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Field { what, before, after } in &self.bundle {
            writeln!(out, "* {what}  {before} -> {after}")?;
        }
        for change in &self.inputs {
            writeln!(out, "{change}")?;
        }
        if self.same {
            return write!(out, "no difference");
        }
        let count = |kind, word| match self.count(kind) {
            0 => None,
            count => Some(format!("{count} {word}")),
        };
        let counts = [
            count(ChangeKind::Added, "added"),
            count(ChangeKind::Removed, "removed"),
            count(ChangeKind::Changed, "changed"),
        ];
        let counts: Vec<_> = counts.into_iter().flatten().collect();
        let counts = if counts.is_empty() { "no input differs".into() } else { counts.join(", ") };
        let [before, after] = self.bytes;
        write!(out, "{counts}; {}", sizes(before, after))
    }
}

impl fmt::Display for Change {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, name, .. } = self;
        match (&self.before, &self.after) {
            (Some(before), Some(after)) => {
                let version = match (before.version.as_str(), after.version.as_str()) {
                    (old, new) if old == new => old.to_owned(),
                    (old, new) => format!("{} -> {}", named(old), named(new)),
                };
                let size = sizes(before.bytes, after.bytes);
                write!(out, "~ {kind:<5}  {name}  {version}  {size}")?;
                if before.digest != after.digest {
                    write!(out, "\n           {} -> {}", before.digest, after.digest)?;
                }
            }
            (None, Some(side)) => write!(out, "+ {kind:<5}  {name}  {side}")?,
            (Some(side), None) => write!(out, "- {kind:<5}  {name}  {side}")?,
            (None, None) => {}
        }
        for Field { what, before, after } in &self.details {
            write!(out, "\n           {what}: {} -> {}", named(before), named(after))?;
        }
        Ok(())
    }
}

impl fmt::Display for Side {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}  {}\n           {}", self.version, Bytes(self.bytes), self.digest)
    }
}

fn named(text: &str) -> &str {
    if text.is_empty() { "none" } else { text }
}

fn sizes(before: u64, after: u64) -> String {
    let (old, new) = (Bytes(before), Bytes(after));
    match after.abs_diff(before) {
        0 => new.to_string(),
        more if after > before => format!("{old} -> {new} (+{})", Bytes(more)),
        less => format!("{old} -> {new} (-{})", Bytes(less)),
    }
}
