//! `keygen`: makes a key pair that signs bundles.

use std::fmt;
use std::path::PathBuf;

use serde::Serialize;
use sre_format::Fault;
use sre_format::card::fingerprint_lines;
use sre_format::signature::{Fingerprint, KeyId};
use sre_steps::display::Answer;
use sre_steps::{Context, Failure};

use crate::keys::{Encryption, PassphraseSource, generate};

/// Make a key pair: OUT.key stays secret, OUT.pub goes to every site
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Write OUT.key (PKCS#8 PEM, mode 0600) and OUT.pub (SPKI PEM); nothing is overwritten
    #[arg(long, value_name = "OUT")]
    out: PathBuf,
    /// Read the passphrase from the first line of this file [default: `SRE_KEY_PASSPHRASE`, else ask]
    ///
    /// An empty passphrase leaves the private key unencrypted
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
}

/// The answer of `keygen`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Made {
    private_key: PathBuf,
    public_key: PathBuf,
    id: KeyId,
    fingerprint: Fingerprint,
    encrypted: bool,
}

pub(crate) async fn run(args: Args, context: &Context) -> Result<(), Failure> {
    let made = tokio::task::spawn_blocking(move || {
        generate(&args.out, &PassphraseSource::new(args.passphrase_file))
    });
    let made = made.await.map_err(|error| Failure::of(Fault::Defect, error))??;
    let encrypted = made.encryption == Encryption::Passphrase;
    if !encrypted {
        let path = made.private.display();
        context.reporter().warn(format!("{path} is not encrypted: whoever reads it can sign"));
    }
    let id = made.key.id();
    context.answer(&Made {
        private_key: made.private,
        public_key: made.public,
        id,
        fingerprint: id.fingerprint(),
        encrypted,
    })
}

impl Answer for Made {
    const KIND: &'static str = "keygen";
}

impl fmt::Display for Made {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "private key  {}", self.private_key.display())?;
        writeln!(formatter, "public key   {}", self.public_key.display())?;
        let names = ["fingerprint", ""];
        for (name, line) in names.into_iter().zip(fingerprint_lines(self.fingerprint)) {
            writeln!(formatter, "{name:<12} {line}")?;
        }
        Ok(())
    }
}
