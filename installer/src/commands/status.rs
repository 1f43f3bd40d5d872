//! `status`: shows what was done on this machine.

use std::fmt;

use serde::Serialize;
use sre_format::trust::SerialRecord;
use sre_steps::display::Answer;
use sre_steps::{Context, Failure, Outcome, Receipt};

use crate::opening::{Inputs, read_all};

/// Show what was verified and applied on this machine
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
    receipts: Vec<Receipt>,
}

pub(crate) fn run(args: &Args, inputs: &Inputs, context: &Context) -> Result<(), Failure> {
    let state = inputs.state()?;
    let applied = read_all(state.path())?;
    let receipts = state.receipts(args.last)?.into_iter().map(|(_, receipt)| receipt).collect();
    let state = state.path().display().to_string();
    context.answer(&Status { state, applied, receipts })
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
