//! `build`: from a locked project to one signed file.

use std::fmt;
use std::path::PathBuf;

use serde::Serialize;
use sre_format::Fault;
use sre_format::card::TransferCard;
use sre_steps::display::Answer;
use sre_steps::{Context, Failure};

use crate::build::{Build, BuildOptions, Built, sign_and_publish};
use crate::card::{card, signed_by};
use crate::drift::DriftOptions;
use crate::keys::KeyOptions;
use crate::project::ProjectFiles;
use crate::repositories::RepositoryKeyOptions;

/// Fetch everything that the lock names into one signed bundle
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    project: ProjectFiles,
    #[command(flatten)]
    options: BuildOptions,
    #[command(flatten)]
    repositories: RepositoryKeyOptions,
    #[command(flatten)]
    drift: DriftOptions,
    #[command(flatten)]
    keys: KeyOptions,
    /// Leave the bundle without a signature, for `sre-bundle sign` to add
    #[arg(long, conflicts_with = "keys")]
    unsigned: bool,
}

/// The answer of `build` and `pack`: the transfer card.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BuiltCard {
    file: PathBuf,
    card: TransferCard,
    /// Bytes that came from upstreams in this run.
    downloaded: u64,
}

pub(crate) async fn run(args: Args, context: &Context) -> Result<(), Failure> {
    if args.keys.is_empty() && !args.unsigned {
        return Err(Failure::usage("no key is named").with_hint(
            "name one with `--key site.key`, or build with `--unsigned` and sign later",
        ));
    }
    let project = args.project.read()?;
    // A wrong passphrase is better known before gigabytes are fetched than after.
    let keys = args.keys.read()?;
    let signer = args.repositories.read_for(&project.lock)?;
    let (tags, reporter) = ((&args.drift).into(), context.reporter());
    let build = Build::begin(project, args.options, tags, &keys, &signer, reporter).await?;
    let fetched = build.fetch(&keys).await?;
    let downloaded = fetched.downloaded();
    let reporter = context.reporter().clone();
    let finishing = tokio::task::spawn_blocking(move || {
        let filled = fetched.pack(&reporter)?;
        sign_and_publish(filled, &keys, &reporter)
    });
    let bundle = finishing.await.map_err(|error| Failure::of(Fault::Defect, error))??;
    context.answer(&BuiltCard::new(bundle, downloaded))
}

impl BuiltCard {
    pub(crate) fn new(built: Built, downloaded: u64) -> Self {
        let card = card(&built.table, built.size, signed_by(&built.signatures));
        Self { file: built.path, card, downloaded }
    }
}

impl Answer for BuiltCard {
    const KIND: &'static str = "build";
}

impl fmt::Display for BuiltCard {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.card.fmt(formatter)
    }
}
