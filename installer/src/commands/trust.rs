//! `trust`: shows whom this machine believes, and follows a trust file by its next version.

use std::fmt;
use std::path::PathBuf;

use clap::Subcommand;
use serde::Serialize;
use sre_format::signature::{Fingerprint, KeyId, PublicKey};
use sre_format::trust::StoredTrustFile;
use sre_steps::display::Answer;
use sre_steps::{Context, Failure};

use crate::opening::Inputs;

/// Show whom this machine believes, or rotate a trust file
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Show the fingerprints of all keys that are believed here
    Show,
    /// Put the next version of a trust file in place of the one with the same name
    ///
    /// Enough keys of the old and of the new one must have signed it, in FILE.signatures
    Rotate {
        /// The next version
        file: PathBuf,
    },
}

/// The answer of both.
#[derive(Debug, Serialize)]
struct Shown {
    #[serde(skip_serializing_if = "Option::is_none")]
    rotated: Option<Versions>,
    keys: Vec<ShownKey>,
}

#[derive(Debug, Serialize)]
struct Versions {
    file: PathBuf,
    from: u64,
    to: u64,
}

#[derive(Debug, Serialize)]
struct ShownKey {
    id: KeyId,
    fingerprint: Fingerprint,
}

pub(crate) fn run(args: &Args, inputs: &Inputs, context: &Context) -> Result<(), Failure> {
    let rotated = match &args.action {
        Action::Show => None,
        Action::Rotate { file } => {
            let rotated = inputs.folders().rotate(StoredTrustFile::read(file)?)?;
            let to = rotated.to.file.version;
            Some(Versions { file: rotated.path, from: rotated.from, to })
        }
    };
    let trust = inputs.trust()?;
    let mut ids: Vec<KeyId> = trust.keys().map(PublicKey::id).collect();
    ids.sort_unstable();
    ids.dedup();
    let key = |id: KeyId| ShownKey { id, fingerprint: id.fingerprint() };
    context.answer(&Shown { rotated, keys: ids.into_iter().map(key).collect() })
}

impl Answer for Shown {
    const KIND: &'static str = "trust";
}

impl fmt::Display for Shown {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(Versions { file, from, to }) = &self.rotated {
            writeln!(formatter, "{}: version {from} is followed by {to}", file.display())?;
        }
        if self.keys.is_empty() {
            writeln!(formatter, "nobody is believed here")?;
        }
        self.keys.iter().try_for_each(|key| writeln!(formatter, "believed  {}", key.fingerprint))
    }
}
