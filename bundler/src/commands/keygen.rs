//! `keygen`: makes the key pairs that sign bundles and package repositories.

use std::fmt;
use std::path::PathBuf;

use serde::Serialize;
use sre_format::Fault;
use sre_format::card::fingerprint_lines;
use sre_format::signature::{Fingerprint, KeyId};
use sre_steps::display::Answer;
use sre_steps::{Context, Failure};

use crate::keys::{Encryption, GeneratedKeys, Pair, PassphraseSource, generate};

/// Make key pairs: the private keys stay secret, the public ones go to every site
///
/// OUT.key and OUT.pub sign bundles; OUT.pgp.key and OUT.pgp.pub (OpenPGP, RSA) sign the metadata of package
/// repositories for dnf and apt
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Write OUT.key (PKCS#8 PEM, mode 0600), OUT.pub (SPKI PEM), OUT.pgp.key (mode 0600) and OUT.pgp.pub (both armored); nothing is overwritten
    #[arg(long, value_name = "OUT")]
    out: PathBuf,
    /// Make this pair alone
    #[arg(long, value_name = "PAIR")]
    only: Option<Pair>,
    /// Put this name on the OpenPGP key [default: `OUT package repositories`]
    #[arg(long, value_name = "NAME")]
    user_id: Option<String>,
    /// Read the passphrase from the first line of this file [default: `SRE_KEY_PASSPHRASE`, else ask]
    ///
    /// An empty passphrase leaves the private keys unencrypted
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
}

/// The answer of `keygen`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Made {
    #[serde(flatten)]
    bundle: Option<MadeBundle>,
    openpgp: Option<MadeOpenPgp>,
    encrypted: bool,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct MadeBundle {
    private_key: PathBuf,
    public_key: PathBuf,
    id: KeyId,
    fingerprint: Fingerprint,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct MadeOpenPgp {
    private_key: PathBuf,
    public_key: PathBuf,
    fingerprint: String,
    #[serde(skip)]
    groups: Vec<String>,
}

pub(crate) async fn run(args: Args, context: &Context) -> Result<(), Failure> {
    let pairs = args.only.map_or(vec![Pair::Bundle, Pair::Openpgp], |only| vec![only]);
    let user = args.user_id.unwrap_or_else(|| default_user(&args.out));
    let made = tokio::task::spawn_blocking(move || {
        generate(&args.out, &pairs, &user, &PassphraseSource::new(args.passphrase_file))
    });
    let made = made.await.map_err(|error| Failure::of(Fault::Defect, error))??;
    let made = Made::of(made);
    if !made.encrypted {
        let bundle = made.bundle.iter().map(|one| &one.private_key);
        for path in bundle.chain(made.openpgp.iter().map(|one| &one.private_key)) {
            let path = path.display();
            context.reporter().warn(format!("{path} is not encrypted: whoever reads it can sign"));
        }
    }
    context.answer(&made)
}

fn default_user(out: &std::path::Path) -> String {
    let name = out.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    format!("{name} package repositories")
}

impl Made {
    fn of(made: GeneratedKeys) -> Self {
        Self {
            bundle: made.bundle.map(|pair| MadeBundle {
                private_key: pair.private,
                public_key: pair.public,
                id: pair.key.id(),
                fingerprint: pair.key.id().fingerprint(),
            }),
            openpgp: made.repository.map(|pair| MadeOpenPgp {
                private_key: pair.private,
                public_key: pair.public,
                fingerprint: pair.key.to_string(),
                groups: pair.key.groups(),
            }),
            encrypted: made.encryption == Encryption::Passphrase,
        }
    }
}

impl Answer for Made {
    const KIND: &'static str = "keygen";
}

impl fmt::Display for Made {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(pair) = &self.bundle {
            writeln!(formatter, "private key  {}", pair.private_key.display())?;
            writeln!(formatter, "public key   {}", pair.public_key.display())?;
            let names = ["fingerprint", ""];
            for (name, line) in names.into_iter().zip(fingerprint_lines(pair.fingerprint)) {
                writeln!(formatter, "{name:<12} {line}")?;
            }
        }
        if let Some(pair) = &self.openpgp {
            writeln!(formatter, "OpenPGP key  {}", pair.private_key.display())?;
            writeln!(formatter, "public key   {}", pair.public_key.display())?;
            writeln!(formatter, "{:<12} {}", "fingerprint", pair.groups.join(" "))?;
        }
        Ok(())
    }
}
