//! `status`: shows what was done on this machine.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;
use sre_format::Timestamp;
use sre_format::trust::SerialRecord;
use sre_steps::display::Answer;
use sre_steps::{Context, Failure, Outcome, Phase, Receipt, StateDirectory, StateError};

use crate::apply::{HostOutcome, hosts_of};
use crate::opening::{Inputs, read_all};

/// Show where everything stands, and what was done on this machine
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Show this many receipts, the newest last
    #[arg(long, value_name = "N", default_value_t = 20)]
    last: usize,
}

/// The answer of `status`.
#[derive(Debug, Serialize)]
struct Status {
    state: String,
    applied: Vec<SerialRecord>,
    phases: Vec<PhaseStatus>,
    receipts: Vec<Receipt>,
}

/// How a phase ended when it last did something.
#[derive(Debug, Serialize)]
struct PhaseStatus {
    phase: Phase,
    #[serde(flatten)]
    outcome: Outcome,
    finished: Timestamp,
    subject: String,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    hosts: BTreeMap<String, HostOutcome>,
}

pub(crate) fn run(args: &Args, inputs: &Inputs, context: &Context) -> Result<(), Failure> {
    let state = inputs.state()?;
    let applied = read_all(state.path())?;
    let receipts = state.receipts(args.last)?.into_iter().map(|(_, receipt)| receipt).collect();
    let phases = phases(&state)?;
    let state = state.path().display().to_string();
    context.answer(&Status { state, applied, phases, receipts })
}

/// Finds how each phase ended last.
fn phases(state: &StateDirectory) -> Result<Vec<PhaseStatus>, StateError> {
    let mut phases = Vec::new();
    for phase in Phase::ALL {
        if let Some(receipt) = state.newest_receipt(phase)? {
            let hosts = hosts_of(&receipt);
            let Receipt { outcome, finished, subject, .. } = receipt;
            phases.push(PhaseStatus { phase, outcome, finished, subject, hosts });
        }
    }
    Ok(phases)
}

impl Answer for Status {
    const KIND: &'static str = "status";
}

impl fmt::Display for Status {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "state        {}", self.state)?;
        if self.applied.is_empty() {
            writeln!(formatter, "applied      nothing")?;
        }
        for SerialRecord { name, channel, serial, version, .. } in &self.applied {
            writeln!(
                formatter,
                "applied      {name} {version}, channel {channel}, serial {serial}"
            )?;
        }
        for PhaseStatus { phase, outcome, finished, subject, hosts } in &self.phases {
            let outcome = word(outcome);
            writeln!(formatter, "{phase:<12} {outcome}, {finished}, {subject}")?;
            for (name, HostOutcome { failure, changed, .. }) in hosts {
                match failure {
                    None => writeln!(formatter, "  {name:<18} done, {changed} changes")?,
                    Some(failure) => writeln!(formatter, "  {name:<18} FAILED: {failure}")?,
                }
            }
        }
        if !self.receipts.is_empty() {
            writeln!(formatter, "\nreceipts, the newest last:")?;
        }
        for Receipt { phase, subject, outcome, finished, .. } in &self.receipts {
            let outcome = word(outcome);
            writeln!(formatter, "{finished}  {phase:<9} {outcome:<12} {subject}")?;
        }
        Ok(())
    }
}

fn word(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Done => "done",
        Outcome::AlreadyDone => "already done",
        Outcome::Skipped { .. } => "skipped",
        Outcome::Warned { .. } => "warned",
        Outcome::Abandoned => "failed",
    }
}
