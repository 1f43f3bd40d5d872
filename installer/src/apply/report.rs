//! What became of each phase, as people and programs read it.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sre_steps::display::Answer;
use sre_steps::{Outcome, Phase};

/// What became of one phase.
#[derive(Clone, Debug, Serialize)]
pub struct PhaseReport {
    /// The phase.
    pub phase: Phase,
    /// How it ended.
    #[serde(flatten)]
    pub outcome: Outcome,
    /// How it ended on each host, where it works on hosts.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub hosts: BTreeMap<String, HostOutcome>,
    /// What else is worth knowing.
    #[serde(skip_serializing_if = "Value::is_null")]
    pub details: Value,
}

/// How a phase ended on a host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HostOutcome {
    /// What tells this host from one that was installed anew: its `/etc/machine-id`.
    pub machine: String,
    /// Whether it came to the end.
    pub done: bool,
    /// How many tasks changed something.
    pub changed: u32,
    /// What failed: the role and the task.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub failure: Option<String>,
    /// What the host said to that.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub said: Option<String>,
}

impl HostOutcome {
    /// Gives what failed with what the host said, where anything did.
    pub(super) fn why(&self) -> Option<String> {
        let failure = self.failure.as_ref()?;
        Some(
            self.said.as_ref().map_or_else(|| failure.clone(), |said| format!("{failure}: {said}")),
        )
    }
}

impl PhaseReport {
    pub(super) fn already_done(phase: Phase) -> Self {
        let hosts = BTreeMap::new();
        Self { phase, outcome: Outcome::AlreadyDone, hosts, details: Value::Null }
    }

    pub(super) fn not_done(phase: Phase) -> Self {
        let hosts = BTreeMap::new();
        Self { phase, outcome: Outcome::Abandoned, hosts, details: Value::Null }
    }

    /// Gives what a receipt holds beside phase and outcome. Everybody may read it, so what hosts said stays
    /// in the journal.
    pub(super) fn for_receipt(&self) -> Value {
        let silent = |host: &HostOutcome| HostOutcome { said: None, ..host.clone() };
        let hosts = self.hosts.iter().map(|(name, host)| (name.clone(), silent(host)));
        json!({ "hosts": hosts.collect::<BTreeMap<_, _>>(), "more": self.details })
    }
}

/// The answer of `apply`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Applied {
    /// What the site is called.
    pub site: String,
    /// The bundle, as receipts name it.
    pub subject: String,
    /// The folder of the site: inventory, tokens, keys of hosts.
    pub folder: String,
    /// Whether all phases that were asked for stand.
    pub stands: bool,
    /// What became of each phase.
    pub phases: Vec<PhaseReport>,
}

impl Applied {
    /// Says whether nothing had to be done.
    #[must_use]
    pub fn did_nothing(&self) -> bool {
        self.stands && self.phases.iter().all(|report| report.outcome == Outcome::AlreadyDone)
    }
}

impl Answer for Applied {
    const KIND: &'static str = "apply";
}

impl fmt::Display for Applied {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "site         {}", self.site)?;
        writeln!(formatter, "bundle       {}", self.subject)?;
        writeln!(formatter, "folder       {}", self.folder)?;
        for report in &self.phases {
            let outcome = match report.outcome {
                Outcome::AlreadyDone => "stood already",
                Outcome::Done => "done",
                _ => "NOT DONE",
            };
            writeln!(formatter, "{:<12} {outcome}", report.phase.id())?;
            for (name, host) in &report.hosts {
                match host.why() {
                    None => writeln!(formatter, "  {name:<18} {} changes", host.changed)?,
                    Some(why) => writeln!(formatter, "  {name:<18} FAILED: {why}")?,
                }
            }
        }
        if self.did_nothing() {
            writeln!(formatter, "Everything stands; nothing was changed.")?;
        }
        Ok(())
    }
}
