//! `plan`: shows what `seed` would send, or what the hosts of a site would get; changes nothing.

use std::path::{Path, PathBuf};

use sre_format::Fault;
use sre_steps::{Context, Failure, Outcome, Phase, Unit};

use crate::host::SecretsOfTheSite;
use crate::opening::{Inputs, OpenedBundle};
use crate::seed::{Survey, TargetOptions};
use crate::site::{self, HostPlan, HostPlanError, Release};

/// Show what `seed` would send, or what the hosts of a site would get
#[derive(Debug, clap::Args)]
#[command(mut_arg("to", |to| to.required(false)))]
pub(crate) struct Args {
    #[command(flatten)]
    target: Option<TargetOptions>,
    /// Show what the hosts of this site would get
    #[arg(long, value_name = "FILE", conflicts_with = "to")]
    site: Option<PathBuf>,
    /// Write the inventory and the files of the hosts into this folder
    #[arg(long, value_name = "DIR", requires = "site")]
    files: Option<PathBuf>,
    /// Have hosts believe this authority for the seed server's certificate
    #[arg(long, value_name = "FILE", requires = "files")]
    seed_authority: Option<PathBuf>,
}

pub(crate) async fn run(args: Args, inputs: &Inputs, context: &Context) -> Result<(), Failure> {
    let opened = inputs.open(context).await?;
    if let Some(path) = &args.site {
        return hosts(path, &args, opened, context).await;
    }
    let Some(options) = args.target else {
        let failure = Failure::new(Fault::Usage, "it is not clear what is to be planned");
        return Err(failure.with_hint("name a registry with `--to`, or a site with `--site`"));
    };
    let target = options.target()?;
    let what = format!("compare {} with {}", opened.subject(), target.name());
    let phase = context.reporter().phase(Phase::Seed, what, Unit::Items);
    let client = options.client(&target, &phase)?;
    let survey = Survey::take(opened.bundle(), &target, &client).await?;
    phase.finish(Outcome::Done);
    context.answer(&survey.plan())
}

async fn hosts(
    path: &Path,
    args: &Args,
    opened: OpenedBundle,
    context: &Context,
) -> Result<(), Failure> {
    let what = format!("put {} and {} together", path.display(), opened.subject());
    let phase = context.reporter().phase(Phase::Cluster, what, Unit::Items);
    let (path, files) = (path.to_owned(), args.files.clone());
    let authority = args.seed_authority.clone();
    let told = phase.clone();
    let planning = move || -> Result<HostPlan, HostPlanError> {
        let file = site::read(&path, &told)?;
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new("."));
        let release = Release::of(opened.bundle())?;
        let plan = HostPlan::of(file.site(), release, &SecretsOfTheSite::new(folder))?;
        if let Some(files) = &files {
            let authority = authority.as_deref();
            site::write(&plan, file.site(), opened.bundle(), files, folder, authority)?;
        }
        Ok(plan)
    };
    let plan = tokio::task::spawn_blocking(planning).await;
    let plan = plan.map_err(|error| Failure::of(Fault::Defect, error))??;
    phase.finish(Outcome::Done);
    context.answer(&plan)
}
