//! `plan`: shows what `seed` would send, and changes nothing.

use sre_steps::{Context, Failure, Outcome, Phase, Unit};

use crate::opening::Inputs;
use crate::seed::{Survey, TargetOptions};

/// Show what `seed` would send
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    target: TargetOptions,
}

pub(crate) async fn run(args: Args, inputs: &Inputs, context: &Context) -> Result<(), Failure> {
    let target = args.target.target()?;
    let opened = inputs.open(context).await?;
    let what = format!("compare {} with {}", opened.subject(), target.name());
    let phase = context.reporter().phase(Phase::Seed, what, Unit::Items);
    let client = args.target.client(&target, &phase)?;
    let survey = Survey::take(opened.bundle(), &target, &client).await?;
    phase.finish(Outcome::Done);
    context.answer(&survey.plan())
}
