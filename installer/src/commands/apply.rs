//! `apply`: brings a site about, phase by phase, as far as it does not stand already.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};
use std::path::PathBuf;

use sre_format::Fault;
use sre_steps::{Context, Failure, Outcome, Phase, StateDirectory, Unit};

use crate::apply::{Applied, Choices, Range, Run, Work, apply};
use crate::opening::{Inputs, OpenedBundle};

/// The phases that a site goes through, in their order.
const PHASES: [Phase; 4] = [Phase::Seed, Phase::Provision, Phase::Harden, Phase::Cluster];

/// Bring a site about: serve the bundle, reach its hosts, harden them, install RKE2
///
/// Each phase first looks whether its result stands. A run that was cut off is taken up by the same
/// command; a finished one changes nothing.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Bring this site about
    #[arg(long, value_name = "FILE")]
    site: PathBuf,
    #[command(flatten)]
    how: How,
}

/// How a site is brought about.
#[derive(Clone, Debug, Default, clap::Args)]
pub(super) struct How {
    /// Keep inventory, tokens and keys of hosts in this folder [default: sites/NAME of the state directory]
    #[arg(long, value_name = "DIR")]
    files: Option<PathBuf>,
    /// Do as the plan says without asking
    #[arg(long, requires = "site")]
    yes: bool,
    /// Begin with this phase; those before it must stand
    #[arg(long, value_name = "PHASE", value_parser = phase, requires = "site")]
    from: Option<Phase>,
    /// End with this phase
    #[arg(long, value_name = "PHASE", value_parser = phase, requires = "site")]
    until: Option<Phase>,
    /// Do this phase alone; those before it must stand
    #[arg(long, value_name = "PHASE", value_parser = phase, conflicts_with_all = ["from", "until"], requires = "site")]
    only: Option<Phase>,
    /// Do the phases even if their result stands
    #[arg(long, requires = "site")]
    again: bool,
    /// Use a seed server that somebody else runs, and believe this authority for its certificate
    #[arg(long, value_name = "FILE", requires = "site")]
    seed_authority: Option<PathBuf>,
    /// Run this program instead of the Ansible of the bundle
    #[arg(long, value_name = "FILE", requires = "site")]
    ansible_playbook: Option<PathBuf>,
}

pub(crate) async fn run(args: Args, inputs: &Inputs, context: &Context) -> Result<(), Failure> {
    let opened = inputs.open(context).await?;
    go(args.site, args.how, opened, inputs, context).await
}

/// Plans, asks, and goes through the phases.
pub(super) async fn go(
    site: PathBuf,
    how: How,
    opened: OpenedBundle,
    inputs: &Inputs,
    context: &Context,
) -> Result<(), Failure> {
    let state = inputs.state()?;
    let subject = opened.subject();
    let range = how.range()?;
    let choices = how.choices();
    let work = prepare(site, opened, inputs.clone(), state.clone(), choices, context);
    let work = work.await?;
    if !how.yes {
        let (plan, site) = (work.plan().to_string(), work.plan().site.clone());
        // On a thread of its own, so that an interrupt ends the question.
        let asking = tokio::task::spawn_blocking(move || confirm(&plan, &site, range)).await;
        asking.map_err(|error| Failure::of(Fault::Defect, error))??;
    }
    let _lock = state.lock()?;
    let mut run = Run::new(state, context.reporter().clone(), range, subject.clone());
    let ended = apply(&work, &mut run).await;
    let applied = Applied {
        site: work.plan().site.clone(),
        subject,
        folder: work.folder().display().to_string(),
        stands: ended.is_ok(),
        phases: run.phases().to_vec(),
    };
    // What was done is told also when something failed after it.
    context.answer(&applied)?;
    Ok(ended?)
}

async fn prepare(
    site: PathBuf,
    opened: OpenedBundle,
    inputs: Inputs,
    state: StateDirectory,
    choices: Choices,
    context: &Context,
) -> Result<Work, Failure> {
    let what = format!("put {} and {} together", site.display(), opened.subject());
    let phase = context.reporter().phase(Phase::Verify, what, Unit::Items);
    let told = phase.clone();
    let preparing = move || Work::prepare(&site, opened, inputs, &state, choices, &told);
    let work = tokio::task::spawn_blocking(preparing).await;
    let work = work.map_err(|error| Failure::of(Fault::Defect, error))??;
    phase.finish(Outcome::Done);
    Ok(work)
}

/// Shows the plan and asks for the name of the site: a word that nobody types by habit.
fn confirm(plan: &str, site: &str, range: Range) -> Result<(), Failure> {
    let usage = |message: &str| {
        Failure::new(Fault::Usage, message)
            .with_hint("look at the plan with `sre-install plan --site FILE`, then add `--yes`")
    };
    if !(io::stdin().is_terminal() && io::stderr().is_terminal()) {
        return Err(usage("nobody is at a terminal to agree to the plan"));
    }
    let mut terminal = io::stderr();
    let ask = |source| Failure::of(Fault::Site, source);
    let Range { from, until, .. } = range;
    writeln!(terminal, "{plan}\nHosts are changed by the phases {from} to {until}.")
        .map_err(ask)?;
    write!(terminal, "Type the name of the site to go on: ").map_err(ask)?;
    terminal.flush().map_err(ask)?;
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line).map_err(ask)?;
    if line.trim() == site {
        return Ok(());
    }
    Err(Failure::new(Fault::Interrupted, "the name of the site was not typed; nothing was changed"))
}

fn phase(text: &str) -> Result<Phase, String> {
    let found = PHASES.into_iter().find(|phase| phase.id() == text);
    found.ok_or_else(|| {
        let names: Vec<_> = PHASES.iter().map(|phase| phase.id()).collect();
        format!("expected one of {}", names.join(", "))
    })
}

impl How {
    fn range(&self) -> Result<Range, Failure> {
        let [first, .., last] = PHASES;
        let from = self.only.or(self.from).unwrap_or(first);
        let until = self.only.or(self.until).unwrap_or(last);
        if from > until {
            return Err(Failure::usage(format!("{until} comes before {from}")));
        }
        Ok(Range { from, until, again: self.again })
    }

    fn choices(&self) -> Choices {
        Choices {
            folder: self.files.clone(),
            seed_authority: self.seed_authority.clone(),
            ansible_playbook: self.ansible_playbook.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_range_begins_and_ends_where_it_is_told() {
        let range = |how: How| how.range().map(|range| (range.from, range.until));
        let only = How { only: Some(Phase::Harden), ..How::default() };
        assert_eq!(range(How::default()).unwrap(), (Phase::Seed, Phase::Cluster));
        assert_eq!(range(only).unwrap(), (Phase::Harden, Phase::Harden));
        let backwards =
            How { from: Some(Phase::Cluster), until: Some(Phase::Seed), ..How::default() };
        assert_eq!(range(backwards).unwrap_err().fault(), Fault::Usage);
        assert!(phase("sign").is_err());
    }
}
