//! `fetch`: brings every payload to its place, and leaves the rest to `pack`.

use std::fmt;
use std::path::PathBuf;

use serde::Serialize;
use sre_format::contents::Size;
use sre_steps::display::Answer;
use sre_steps::{Context, Failure};

use crate::build::{Build, BuildOptions};
use crate::drift::DriftOptions;
use crate::keys::KeyOptions;
use crate::project::ProjectFiles;
use crate::repositories::RepositoryKeyOptions;

/// Fetch everything that the lock names, without finishing the bundle
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
}

/// The answer of `fetch`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FetchedAnswer {
    file: PathBuf,
    entries: usize,
    bytes: u64,
    /// Bytes that came from upstreams in this run.
    downloaded: u64,
    /// The command that finishes what was begun.
    next: String,
}

pub(crate) async fn run(args: Args, context: &Context) -> Result<(), Failure> {
    let project = args.project.read()?;
    let keys = args.keys.read()?;
    let signer = args.repositories.read_for(&project.lock)?;
    let file = args.options.output.clone();
    let (project_files, key_options) = (args.project.shown(), args.keys.shown());
    let next = format!(
        "sre-bundle pack{project_files}{key_options}{} -o {}",
        args.repositories.shown(),
        file.display()
    );
    let (tags, reporter) = ((&args.drift).into(), context.reporter());
    let build = Build::begin(project, args.options, tags, &keys, &signer, reporter).await?;
    let fetched = build.fetch(&keys).await?;
    let table = fetched.table();
    context.answer(&FetchedAnswer {
        file,
        entries: table.entries.len(),
        bytes: table.payload_bytes(),
        downloaded: fetched.downloaded(),
        next,
    })
}

impl Answer for FetchedAnswer {
    const KIND: &'static str = "fetch";
}

impl fmt::Display for FetchedAnswer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, entries, bytes, next, .. } = self;
        let bytes = Size(*bytes);
        writeln!(formatter, "fetched {entries} entries, {bytes}, for {}", file.display())?;
        write!(formatter, "next: {next}")
    }
}
