//! `inspect`: shows what a bundle holds.

use std::fmt;

use serde::Serialize;
use sre_format::bundle::{FileError, UntrustedBundle, VerifiedBundle};
use sre_format::card::{Origin, TransferCard};
use sre_format::contents::{Detail, View, archived, images, named};
use sre_steps::display::Answer;
use sre_steps::{Context, Failure};

use crate::opening::{Inputs, card, own_digest};

/// Show what a bundle holds, from its contents table alone
///
/// Without a key that is believed here, everything shown is UNVERIFIED.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Show folders and files
    #[arg(long, conflicts_with = "images")]
    tree: bool,
    /// Show kinds, platforms and sizes of images, charts and artifacts
    #[arg(long)]
    images: bool,
}

#[derive(Serialize)]
#[serde(transparent)]
pub(crate) struct Inspected(View);

pub(crate) async fn run(args: Args, inputs: &Inputs, context: &Context) -> Result<(), Failure> {
    let (inputs, reporter) = (inputs.clone(), context.reporter().clone());
    let inspected = tokio::task::spawn_blocking(move || -> Result<Inspected, Failure> {
        // Hashing the program takes as long as all the rest.
        let installer = std::thread::spawn(own_digest);
        let (bundle, origin) = open(&inputs, &reporter)?;
        let card = card(&bundle, origin, installer.join().ok().flatten());
        inspect(&bundle, card, &args)
    });
    let inspected = inspected.await.map_err(|e| Failure::of(sre_format::Fault::Defect, e))??;
    context.answer(&inspected)
}

/// Looks at a bundle, whoever signed it, and says whether that is somebody believed here.
fn open(
    inputs: &Inputs,
    reporter: &sre_steps::Reporter,
) -> Result<(VerifiedBundle, Origin), Failure> {
    let path = inputs.path()?;
    let refused = |source| FileError::of(path, source);
    let untrusted = inputs.open_untrusted()?;
    let trust = inputs.trust()?;
    if inputs.names_keys() {
        let (bundle, signers) = untrusted.verify(&trust).map_err(refused)?;
        return Ok((bundle, Origin::Signed { signers }));
    }
    let origin = origin(&untrusted, &trust, reporter);
    Ok((untrusted.blindly_believe_unsigned().map_err(refused)?, origin))
}

fn origin(
    untrusted: &UntrustedBundle,
    trust: &sre_format::trust::Trust,
    reporter: &sre_steps::Reporter,
) -> Origin {
    if untrusted.signatures().is_empty() {
        return Origin::Unsigned;
    }
    if trust.is_empty() {
        return Origin::Unverified;
    }
    let facts = untrusted.table().identity.facts();
    match trust.check_table(&facts, untrusted.table_bytes(), untrusted.signatures()) {
        Ok(signers) => Origin::Signed { signers },
        Err(error) => {
            reporter.warn(format!("the signatures are not sufficient: {error}"));
            Origin::Unverified
        }
    }
}

/// Makes the answer from a bundle that is opened.
pub(crate) fn inspect(
    bundle: &VerifiedBundle,
    card: TransferCard,
    args: &Args,
) -> Result<Inspected, Failure> {
    let names = named(bundle)?;
    let detail = match args {
        Args { images: true, .. } => Detail::Images(images(bundle)?),
        Args { tree: true, .. } => Detail::Tree,
        _ => Detail::Names,
    };
    let view = View::new(card, bundle, names, detail);
    Ok(Inspected(view.with_archived(archived(bundle)?)))
}

impl Args {
    /// What the journey shows.
    pub(crate) const fn names() -> Self {
        Self { tree: false, images: false }
    }
}

impl Answer for Inspected {
    const KIND: &'static str = "inspect";
}

impl fmt::Display for Inspected {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}
