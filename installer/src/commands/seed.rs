//! `seed`: fills a registry from a bundle.

use std::num::NonZeroUsize;

use sre_format::Timestamp;
use sre_steps::{Context, Failure, Phase, RECEIPT_VERSION, Receipt, Unit};

use crate::opening::{Inputs, OpenedBundle};
use crate::seed::{AuditDepth, ExistingTags, SeededRegistry, Survey, TargetOptions};

/// Blobs on their way at once: enough to keep a disk and a line busy, and few enough to keep
/// memory small. More is no faster against a registry on the same network.
const UPLOADS: NonZeroUsize = NonZeroUsize::new(4).unwrap();

/// Fill a registry from a bundle
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    target: TargetOptions,
    /// Move tags that name something else in the target to what the bundle carries
    #[arg(long, help_heading = "Target")]
    overwrite_tags: bool,
    /// Read back this much in the end
    #[arg(long, value_enum, default_value_t, help_heading = "Target")]
    audit: AuditDepth,
    /// Send this many blobs at once
    #[arg(long, value_name = "N", default_value_t = UPLOADS, help_heading = "Target")]
    uploads: NonZeroUsize,
}

pub(crate) async fn run(args: Args, inputs: &Inputs, context: &Context) -> Result<(), Failure> {
    let target = args.target.target()?;
    // From here to the record nobody else applies a bundle: serials are compared within the lock.
    let state = inputs.state()?;
    let _lock = state.lock()?;
    let opened = inputs.open(context).await?;
    let started = Timestamp::now();
    let what = format!("{} into {}", opened.subject(), target.name());
    let phase = context.reporter().phase(Phase::Seed, what, Unit::Bytes);
    let client = args.target.client(&target, &phase)?;
    let step = phase.step("ask the target what it has");
    let survey = Survey::take(opened.bundle(), &target, &client).await?;
    step.done();
    let existing = if args.overwrite_tags { ExistingTags::Overwrite } else { ExistingTags::Keep };
    let seeded = survey.carry_out(existing, args.uploads.get(), args.audit, &phase).await?;
    // Before the receipt: a full disk may cost the report, but not the protection from older bundles.
    opened.applied(&state)?;
    state.write_receipt(&receipt(&opened, &seeded, started))?;
    phase.finish(seeded.outcome());
    context.answer(&seeded)
}

fn receipt(opened: &OpenedBundle, seeded: &SeededRegistry, started: Timestamp) -> Receipt {
    let lock = opened.bundle().table().identity.lock;
    Receipt {
        version: RECEIPT_VERSION,
        program: concat!("sre-install ", env!("CARGO_PKG_VERSION")).to_owned(),
        phase: Phase::Seed,
        subject: opened.subject(),
        inputs: [("content".to_owned(), opened.record().content), ("lock".to_owned(), lock)].into(),
        outcome: seeded.outcome(),
        started,
        finished: Timestamp::now(),
        details: serde_json::to_value(seeded).unwrap_or_default(),
    }
}
