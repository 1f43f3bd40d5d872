//! `update`: shows which pins have newer versions upstream.

use std::path::PathBuf;

use sre_steps::{Context, Failure, Outcome, Phase, Unit};

use crate::inputs::{folder_of, read_manifest, upstreams};
use crate::update::{Updates, write_for_renovate};

/// Show which pins of the manifest have newer versions upstream
///
/// Nothing is changed; what is newer has the same prefix, suffix and count of numbers.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Read what goes into the bundle from here
    #[arg(long, value_name = "FILE", default_value = "manifest.toml")]
    manifest: PathBuf,
    /// Write the versions of each input into this folder, as Renovate's custom data sources read them
    #[arg(long, value_name = "DIR")]
    renovate: Option<PathBuf>,
}

pub(crate) async fn run(args: Args, context: &Context) -> Result<(), Failure> {
    let (manifest, _) = read_manifest(&args.manifest)?;
    let what = format!("newer versions for {}", args.manifest.display());
    let phase = context.reporter().phase(Phase::Lock, what, Unit::Items);
    let upstreams = upstreams(&manifest, folder_of(&args.manifest), &phase);
    let report = Updates { upstreams: &upstreams, phase: &phase }.look(&manifest).await;
    phase.finish(Outcome::Done);
    if let Some(folder) = &args.renovate {
        write_for_renovate(&report, folder)?;
    }
    context.answer(&report)?;
    match report.fault() {
        None => Ok(()),
        Some((fault, first)) => {
            let message = format!("cannot look at {} {}: {}", first.kind, first.name, first.why);
            Err(Failure::new(fault, message)
                .with_hint("what could be looked at is shown; run it again for the rest"))
        }
    }
}
