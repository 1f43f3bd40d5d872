//! `inspect`: shows what a bundle holds.

use std::fmt;
use std::path::PathBuf;

use serde::Serialize;
use sre_format::Fault;
use sre_format::bundle::{FileError, VerifiedBundle, open_file};
use sre_format::card::Origin;
use sre_format::contents::{Detail, View, archived, images, named};
use sre_format::trust::Trust;
use sre_steps::display::Answer;
use sre_steps::{Context, Failure};

use crate::card::card;

/// Show what a bundle holds, from its contents table alone
///
/// Without a key, everything shown is UNVERIFIED.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Show this bundle
    file: PathBuf,
    /// Check the signatures with this public key or trust file
    #[arg(long = "key", value_name = "FILE")]
    keys: Vec<PathBuf>,
    /// Show folders and files
    #[arg(long, conflicts_with = "images")]
    tree: bool,
    /// Show kinds, platforms and sizes of images, charts and artifacts
    #[arg(long)]
    images: bool,
}

#[derive(Serialize)]
#[serde(transparent)]
struct Inspected(View);

pub(crate) async fn run(args: Args, context: &Context) -> Result<(), Failure> {
    let inspected = tokio::task::spawn_blocking(move || inspect(&args));
    let inspected = inspected.await.map_err(|error| Failure::of(Fault::Defect, error))??;
    context.answer(&inspected)
}

fn inspect(args: &Args) -> Result<Inspected, Failure> {
    let (bundle, origin) = open(args)?;
    let names = named(&bundle)?;
    let detail = match args {
        Args { images: true, .. } => Detail::Images(images(&bundle)?),
        Args { tree: true, .. } => Detail::Tree,
        _ => Detail::Names,
    };
    let table = bundle.table();
    let card = card(table, bundle.file_size(), origin);
    let view = View::new(card, &bundle, names, detail);
    Ok(Inspected(view.with_archived(archived(&bundle)?)))
}

fn open(args: &Args) -> Result<(VerifiedBundle, Origin), Failure> {
    let path = args.file.as_path();
    let refused = |source| FileError::of(path, source);
    let untrusted = open_file(path)?;
    if !args.keys.is_empty() {
        let trust = Trust::read_all(&args.keys)?;
        let (bundle, signers) = untrusted.verify(&trust).map_err(refused)?;
        return Ok((bundle, Origin::Signed { signers }));
    }
    let unsigned = untrusted.signatures().is_empty();
    let origin = if unsigned { Origin::Unsigned } else { Origin::Unverified };
    let bundle = untrusted.blindly_believe_unsigned().map_err(refused)?;
    Ok((bundle, origin))
}

impl Answer for Inspected {
    const KIND: &'static str = "inspect";
}

impl fmt::Display for Inspected {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}
