//! `fetch`: brings every payload to its place, and leaves the rest to `pack`.

use std::fmt;
use std::path::PathBuf;

use serde::Serialize;
use sre_format::contents::Size;
use sre_format::trust::read_public_key;
use sre_steps::display::Answer;
use sre_steps::{Context, Failure};

use crate::build::{Build, BuildOptions};
use crate::drift::DriftOptions;
use crate::project::ProjectFiles;

/// Fetch everything that the lock names, without finishing the bundle
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    project: ProjectFiles,
    #[command(flatten)]
    options: BuildOptions,
    #[command(flatten)]
    drift: DriftOptions,
    /// Reuse a bundle only when it is signed with this public key; once for each key
    #[arg(long = "key", value_name = "FILE", requires = "reuse", help_heading = "Keys")]
    keys: Vec<PathBuf>,
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
    let keys = args.keys.iter().map(|path| read_public_key(path)).collect::<Result<Vec<_>, _>>()?;
    let file = args.options.output.clone();
    let next = format!("sre-bundle pack{} -o {}", args.project.shown(), file.display());
    let build =
        Build::begin(project, args.options, (&args.drift).into(), context.reporter()).await?;
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
