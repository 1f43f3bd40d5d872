//! `pack`: finishes what `fetch` brought in, without a signature.

use sre_format::Fault;
use sre_steps::{Context, Failure};

use super::build::BuiltCard;
use crate::build::{Build, BuildOptions, sign_and_publish};
use crate::drift::TagCheck;
use crate::keys::KeyOptions;
use crate::project::ProjectFiles;
use crate::repositories::RepositoryKeyOptions;

/// Finish a fetched bundle, unsigned, for `sre-bundle sign` to sign
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    project: ProjectFiles,
    #[command(flatten)]
    options: BuildOptions,
    #[command(flatten)]
    keys: KeyOptions,
    #[command(flatten)]
    repositories: RepositoryKeyOptions,
}

pub(crate) async fn run(args: Args, context: &Context) -> Result<(), Failure> {
    let project = args.project.read()?;
    let keys = args.keys.read()?;
    let signer = args.repositories.read_for(&project.lock)?;
    let tags = TagCheck::AskedBefore;
    let reporter = context.reporter();
    let build = Build::begin(project, args.options, tags, &keys, &signer, reporter).await?;
    // What is in place already is read back and proven; only what is missing is fetched.
    let fetched = build.fetch(&keys).await?;
    let downloaded = fetched.downloaded();
    let reporter = context.reporter().clone();
    let finishing = tokio::task::spawn_blocking(move || {
        let filled = fetched.pack(&reporter)?;
        sign_and_publish(filled, &[], &reporter)
    });
    let bundle = finishing.await.map_err(|error| Failure::of(Fault::Defect, error))??;
    context.answer(&BuiltCard::new(bundle, downloaded))
}
