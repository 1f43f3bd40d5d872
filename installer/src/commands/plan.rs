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
    /// Have hosts believe this authority for the seed server's certificate; without it they must believe it already
    #[arg(long, value_name = "FILE", requires = "files")]
    seed_authority: Option<PathBuf>,
}

pub(crate) async fn run(args: Args, inputs: &Inputs, context: &Context) -> Result<(), Failure> {
    let opened = inputs.open(context).await?;
    if let Some(path) = &args.site {
        let files = args.files.map(|folder| Files { folder, authority: args.seed_authority });
        return context.answer(&of_site(path, files, opened, context).await?);
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

/// Where the files of hosts are written.
pub(super) struct Files {
    folder: PathBuf,
    /// The authority that hosts shall believe for the seed server's certificate.
    authority: Option<PathBuf>,
}

/// Puts a site and a bundle together, and writes what hosts get where that is asked for.
pub(super) async fn of_site(
    path: &Path,
    files: Option<Files>,
    opened: OpenedBundle,
    context: &Context,
) -> Result<HostPlan, Failure> {
    let what = format!("put {} and {} together", path.display(), opened.subject());
    let phase = context.reporter().phase(Phase::Cluster, what, Unit::Items);
    let (path, told) = (path.to_owned(), phase.clone());
    let planning = move || -> Result<HostPlan, HostPlanError> {
        let site = site::read(&path, &told)?;
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new("."));
        let release = Release::of(opened.bundle())?;
        let secrets = SecretsOfTheSite::new(folder);
        let has_own_authority = files.as_ref().is_none_or(|files| files.authority.is_some());
        let plan = HostPlan::of(site.site(), release, &secrets, has_own_authority)?;
        if let Some(Files { folder: into, authority }) = files {
            let authority = authority.as_deref();
            site::write(&plan, site.site(), opened.bundle(), &into, folder, authority)?;
        }
        Ok(plan)
    };
    let plan = tokio::task::spawn_blocking(planning).await;
    let plan = plan.map_err(|error| Failure::of(Fault::Defect, error))??;
    phase.finish(Outcome::Done);
    Ok(plan)
}
