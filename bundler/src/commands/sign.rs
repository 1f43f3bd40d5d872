//! `sign`: puts signatures into a finished bundle.

use std::fmt;
use std::path::PathBuf;

use serde::Serialize;
use sre_format::Fault;
use sre_format::card::TransferCard;
use sre_steps::display::Answer;
use sre_steps::{Context, Failure, Outcome, Phase, Unit};

use crate::card::{card, signed_by};
use crate::keys::KeyOptions;
use crate::signing::{Earlier, sign_bundle};

/// Sign a finished bundle in place, after every byte of it was checked
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Sign this bundle
    file: PathBuf,
    #[command(flatten)]
    keys: KeyOptions,
    /// Take away the signatures of other keys
    #[arg(long)]
    remove_others: bool,
}

/// The answer of `sign`: the transfer card.
#[derive(Debug, Serialize)]
pub(crate) struct SignedCard {
    file: PathBuf,
    card: TransferCard,
}

pub(crate) async fn run(args: Args, context: &Context) -> Result<(), Failure> {
    if args.keys.is_empty() {
        return Err(Failure::usage("no key is named").with_hint("name one with `--key site.key`"));
    }
    let phase = context.reporter().phase(Phase::Sign, args.file.display().to_string(), Unit::Bytes);
    let signed = tokio::task::spawn_blocking(move || -> Result<_, Failure> {
        let keys = args.keys.read()?;
        let earlier = if args.remove_others { Earlier::Remove } else { Earlier::Keep };
        let signed = sign_bundle(&args.file, &keys, earlier, &phase)?;
        phase.finish(Outcome::Done);
        let card = card(&signed.table, signed.size, signed_by(&signed.files));
        Ok(SignedCard { file: args.file, card })
    });
    let signed = signed.await.map_err(|error| Failure::of(Fault::Defect, error))??;
    context.answer(&signed)
}

impl Answer for SignedCard {
    const KIND: &'static str = "sign";
}

impl fmt::Display for SignedCard {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.card.fmt(formatter)
    }
}
