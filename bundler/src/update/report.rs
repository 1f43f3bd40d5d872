//! What is newer, for people and for programs.

use std::fmt;

use serde::Serialize;
use sre_format::Fault;
use sre_steps::display::Answer as Shown;

use super::run::Answer;
use super::version::{Step, Version};

/// What upstreams have that is newer than what a manifest pins.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// Every input whose versions are known.
    pub inputs: Vec<Update>,
    /// Inputs that could not be looked at.
    pub unknown: Vec<Unknown>,
}

/// An input with the newest version of each step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Update {
    /// Its kind.
    pub kind: &'static str,
    /// Its name, without version.
    pub name: String,
    /// What the manifest pins.
    pub current: String,
    /// The newest that differs in the last numbers alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub patch: Option<String>,
    /// The newest with the same first number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub minor: Option<String>,
    /// The newest with another first number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub major: Option<String>,
}

/// An input that could not be looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Unknown {
    /// Its kind.
    pub kind: &'static str,
    /// Its name.
    pub name: String,
    /// Why not.
    pub why: String,
    /// Whose turn it is, where something failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<Fault>,
}

impl Update {
    /// Picks the newest of each step.
    pub(super) fn of(
        kind: &'static str,
        name: String,
        current: String,
        newer: &[(Step, Version)],
    ) -> Self {
        let newest = |wanted: Step| {
            let of_step = newer.iter().filter(|(step, _)| *step == wanted);
            let newest = of_step.max_by(|(_, one), (_, other)| one.order(other));
            newest.map(|(_, version)| version.as_str().to_owned())
        };
        let (patch, minor, major) = (newest(Step::Patch), newest(Step::Minor), newest(Step::Major));
        Self { kind, name, current, patch, minor, major }
    }

    /// Gives what is newer, nearest first.
    pub fn newer(&self) -> impl Iterator<Item = (Step, &str)> {
        let steps =
            [(Step::Patch, &self.patch), (Step::Minor, &self.minor), (Step::Major, &self.major)];
        steps.into_iter().filter_map(|(step, version)| Some((step, version.as_deref()?)))
    }
}

impl Report {
    pub(super) fn add(&mut self, answer: Answer) {
        self.inputs.extend(answer.update);
        self.unknown.extend(answer.unknown);
    }

    /// Gives the fault of the first input that could not be looked at because something failed.
    #[must_use]
    pub fn fault(&self) -> Option<(Fault, &Unknown)> {
        self.unknown.iter().find_map(|unknown| Some((unknown.fault?, unknown)))
    }
}

impl Shown for Report {
    const KIND: &'static str = "update";
}

impl fmt::Display for Report {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut behind = 0;
        for update in &self.inputs {
            let newer: Vec<_> = update
                .newer()
                .map(|(step, version)| match step {
                    Step::Patch => format!("{version} (patch)"),
                    Step::Minor => format!("{version} (minor)"),
                    Step::Major => format!("{version} (major)"),
                })
                .collect();
            if !newer.is_empty() {
                behind += 1;
                let Update { kind, name, current, .. } = update;
                writeln!(out, "{kind:<8}  {name}  {current} -> {}", newer.join(", "))?;
            }
        }
        for Unknown { kind, name, why, .. } in &self.unknown {
            writeln!(out, "not looked at: {kind} {name}: {why}")?;
        }
        let count = self.inputs.len();
        match behind {
            0 => write!(out, "all {count} inputs that were looked at are the newest"),
            _ => write!(out, "{behind} of {count} inputs have newer versions"),
        }
    }
}
