//! The whole journey: `sre-install --bundle F` without a verb.

use std::fmt;
use std::path::PathBuf;

use serde::Serialize;
use sre_steps::display::Answer;
use sre_steps::{Context, Failure};

use super::{apply, inspect, verify};
use crate::opening::Inputs;

/// Go as far as the site file says
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Bring this site about, after its plan was agreed to
    #[arg(long, value_name = "FILE", help_heading = "Bundle")]
    site: Option<PathBuf>,
    #[command(flatten)]
    how: apply::How,
}

/// The answer of the journey as far as it went.
#[derive(Serialize)]
pub(crate) struct Journey {
    verify: verify::Verified,
    contents: inspect::Inspected,
    next: Vec<String>,
}

pub(crate) async fn run(args: Args, inputs: &Inputs, context: &Context) -> Result<(), Failure> {
    let opened = inputs.open(context).await?;
    let verified = verify::verify(&opened, None, context).await?;
    verified.leave_receipt(&opened, inputs, context);
    if verified.outcome().is_err() {
        // Where it is damaged is all that is worth knowing, and `verify` answers that.
        context.answer(&verified)?;
        return verified.outcome();
    }
    if let Some(site) = args.site {
        context.reporter().note(verified.verdict());
        return apply::go(site, args.how, opened, inputs, context).await;
    }
    let names = inspect::Args::names();
    let contents = inspect::inspect(opened.bundle(), verified.card().clone(), &names)?;
    context.answer(&Journey { verify: verified, contents, next: next(&inputs.words()) })
}

fn next(words: &str) -> Vec<String> {
    vec![
        format!("sre-install seed {words} --to https://REGISTRY"),
        format!("sre-install serve {words}"),
        format!("sre-install {words} --site site.toml"),
    ]
}

impl Answer for Journey {
    const KIND: &'static str = "journey";
}

impl fmt::Display for Journey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{}", self.contents)?;
        writeln!(formatter, "{}\n", self.verify.verdict())?;
        writeln!(formatter, "Every byte is proven. Next:")?;
        self.next.iter().try_for_each(|command| writeln!(formatter, "  {command}"))
    }
}
