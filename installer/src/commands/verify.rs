//! `verify`: proves every byte of a bundle.

use std::fmt;
use std::num::NonZeroUsize;
use std::time::Instant;

use serde::Serialize;
use sre_format::bundle::{Damage, Report};
use sre_format::card::TransferCard;
use sre_format::contents::Size;
use sre_format::trust::Admission;
use sre_format::{Fault, Timestamp};
use sre_steps::display::{Answer, Span};
use sre_steps::{Context, Failure, Outcome, Phase, RECEIPT_VERSION, Receipt, Unit, with_causes};

use crate::opening::{Inputs, OpenedBundle};

/// Check signatures, serial and every byte of a bundle
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Use this many threads [default: one for each core]
    #[arg(long, value_name = "N")]
    threads: Option<NonZeroUsize>,
}

/// The answer of `verify`: with `--json` a record of the transfer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Verified {
    file: String,
    card: TransferCard,
    serial_is: Admission,
    #[serde(flatten)]
    report: Report,
    intact: bool,
    milliseconds: u64,
    started: Timestamp,
    finished: Timestamp,
    program: String,
}

/// Damaged places that are listed; the rest is counted.
const MAX_LISTED: usize = 20;

pub(crate) async fn run(args: Args, inputs: &Inputs, context: &Context) -> Result<(), Failure> {
    let opened = inputs.open(context).await?;
    let verified = verify(&opened, args.threads, context).await?;
    verified.leave_receipt(&opened, inputs, context);
    context.answer(&verified)?;
    verified.outcome()
}

/// Reads the whole bundle on all cores.
pub(crate) async fn verify(
    opened: &OpenedBundle,
    threads: Option<NonZeroUsize>,
    context: &Context,
) -> Result<Verified, Failure> {
    let phase = context.reporter().phase(Phase::Verify, opened.subject(), Unit::Bytes);
    phase.expect(opened.bundle().table().payload_bytes());
    let (began, started) = (Timestamp::now(), Instant::now());
    let cores = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let (bundle, progress) = (opened.bundle().clone(), phase.clone());
    let pass = tokio::task::spawn_blocking(move || {
        bundle.verify_everything(threads.unwrap_or(cores), &|bytes| progress.advance(bytes))
    });
    let report = pass.await.map_err(|error| Failure::of(Fault::Defect, error))?;
    let milliseconds = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    let intact = report.damage.is_empty();
    phase.finish(if intact { Outcome::Done } else { Outcome::Abandoned });
    Ok(Verified {
        file: opened.path().display().to_string(),
        card: opened.card(),
        serial_is: opened.admission(),
        report,
        intact,
        milliseconds,
        started: began,
        finished: Timestamp::now(),
        program: program(),
    })
}

impl Verified {
    /// Fails when anything is damaged.
    pub(crate) fn outcome(&self) -> Result<(), Failure> {
        if self.intact {
            return Ok(());
        }
        let count = self.report.damage.len();
        let message = format!("{} is damaged in {count} place(s)", self.file);
        let hint = "do not use this copy: copy the bundle again and compare its transfer card";
        Err(Failure::new(Fault::Integrity, message).with_hint(hint))
    }

    /// Gives the lines that people compare.
    pub(crate) fn card(&self) -> &TransferCard {
        &self.card
    }

    /// Gives the last line that people read.
    pub(crate) fn verdict(&self) -> String {
        let Report { entries, bytes, .. } = &self.report;
        let time = Span(std::time::Duration::from_millis(self.milliseconds));
        let files = entries.saturating_sub(1);
        format!(
            "verified     every byte: the contents table and {files} files, {}, {time}",
            Size(*bytes)
        )
    }

    /// Leaves a receipt where that is possible; a bundle may be verified by anyone, anywhere.
    pub(crate) fn leave_receipt(&self, opened: &OpenedBundle, inputs: &Inputs, context: &Context) {
        let outcome = if self.intact { Outcome::Done } else { Outcome::Abandoned };
        let receipt = Receipt {
            version: RECEIPT_VERSION,
            program: program(),
            phase: Phase::Verify,
            subject: opened.subject(),
            inputs: [("content".to_owned(), opened.record().content)].into(),
            outcome,
            started: self.started,
            finished: self.finished,
            details: serde_json::to_value(self).unwrap_or_default(),
        };
        let written = inputs.state().and_then(|state| {
            let _lock = state.lock()?;
            state.write_receipt(&receipt)
        });
        if let Err(error) = written {
            context.reporter().note(format!("no receipt was left: {}", with_causes(&error)));
        }
    }
}

impl Answer for Verified {
    const KIND: &'static str = "verify";
}

impl fmt::Display for Verified {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.card)?;
        if self.intact {
            return writeln!(formatter, "{}", self.verdict());
        }
        let damage = &self.report.damage;
        for Damage { offset, length, path, unreadable } in damage.iter().take(MAX_LISTED) {
            let reason = unreadable.as_ref().map(|reason| format!(" ({reason})"));
            let reason = reason.unwrap_or_default();
            writeln!(formatter, "DAMAGED      {path}: {length} bytes from {offset} on{reason}")?;
        }
        match damage.len().saturating_sub(MAX_LISTED) {
            0 => Ok(()),
            more => writeln!(formatter, "DAMAGED      and {more} places more"),
        }
    }
}

fn program() -> String {
    concat!("sre-install ", env!("CARGO_PKG_VERSION")).to_owned()
}
