//! `preflight`: shows everything that would stop an installation; changes nothing on any host.

use std::path::PathBuf;

use sre_format::Fault;
use sre_site::SiteFile;
use sre_site::words::DnsLabel;
use sre_steps::{Context, Failure, Outcome, Phase, PhaseReporter, Unit};

use crate::host::{Ansible, SecretsOfTheSite};
use crate::opening::{Inputs, OpenedBundle};
use crate::preflight::{self, ChosenAnsible, Question, folder_of_file};
use crate::site::{self, HostPlan, Release, folder_of};

/// Show everything that would stop an installation, on this machine and on every node
///
/// Nothing is changed on any node. The keys of hosts that nobody has pinned yet are pinned.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Look at the nodes of this site
    #[arg(long, value_name = "FILE")]
    site: PathBuf,
    /// Keep keys of hosts in this folder, and find tokens there [default: sites/NAME in the state directory]
    #[arg(long, value_name = "DIR")]
    files: Option<PathBuf>,
    /// Look at this node and at no other; may be given more than once
    #[arg(long = "only-node", value_name = "NAME")]
    only: Vec<DnsLabel>,
    /// Judge this program instead of the Ansible of the bundle
    #[arg(long, value_name = "FILE")]
    ansible_playbook: Option<PathBuf>,
}

pub(crate) async fn run(args: Args, inputs: &Inputs, context: &Context) -> Result<(), Failure> {
    let opened = inputs.open(context).await?;
    let what = format!("look at this machine and at the nodes of {}", args.site.display());
    let phase = context.reporter().phase(Phase::Provision, what, Unit::Items);
    let (state, told) = (inputs.state()?, phase.clone());
    let asking = move || question(args, &state, &opened, &told);
    let question = tokio::task::spawn_blocking(asking).await;
    let question = question.map_err(|error| Failure::of(Fault::Defect, error))??;
    let report = preflight::look(question, &phase).await;
    phase.finish(Outcome::Done);
    context.answer(&report)?;
    report.outcome()
}

fn question(
    args: Args,
    state: &sre_steps::StateDirectory,
    opened: &OpenedBundle,
    phase: &PhaseReporter,
) -> Result<Question, Failure> {
    let file = site::read(&args.site, phase)?;
    let nodes = nodes_of(&file, &args.only)?;
    phase.expect(nodes as u64);
    let site_folder = folder_of_file(&args.site);
    let secrets = SecretsOfTheSite::new(&site_folder);
    let plan = Release::of(opened.bundle())
        .and_then(|release| HostPlan::of(file.site(), release, &secrets, true));
    let entries = &opened.bundle().table().entries;
    let rpms = preflight::rpms(entries.iter().map(|entry| entry.path.as_str()));
    let folder = args.files.unwrap_or_else(|| folder_of(state, file.site()));
    let state = state.path().to_owned();
    let ansible = match args.ansible_playbook {
        Some(program) => ChosenAnsible::OfMachine(as_apply_runs_it(program)?),
        None => ChosenAnsible::OfBundle(Ansible::python_of(opened.bundle())),
    };
    Ok(Question { file, plan, rpms, site_folder, folder, state, ansible, only: args.only })
}

/// Gives a program as `apply` starts it: a bare name is looked for in `PATH`, a path begins here.
fn as_apply_runs_it(program: PathBuf) -> Result<PathBuf, Failure> {
    if program.components().count() == 1 {
        return Ok(program);
    }
    std::path::absolute(&program).map_err(|error| Failure::of(Fault::Usage, error))
}

/// Counts the nodes that are visited; a name that no node has is a mistake.
fn nodes_of(file: &SiteFile, only: &[DnsLabel]) -> Result<usize, Failure> {
    let site = file.site();
    if let Some(unknown) = only.iter().find(|name| site.node(name).is_none()) {
        let names: Vec<_> = site.nodes.iter().map(|node| node.name.as_str()).collect();
        return Err(Failure::usage(format!("the site has no node `{unknown}`"))
            .with_hint(format!("its nodes are {}", names.join(", "))));
    }
    Ok(if only.is_empty() { site.nodes.len() } else { only.len() })
}
