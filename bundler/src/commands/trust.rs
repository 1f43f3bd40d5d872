//! `trust`: makes, signs and checks trust files.

use std::fmt;
use std::path::PathBuf;

use clap::Subcommand;
use serde::Serialize;
use sre_format::Fault;
use sre_format::signature::{Fingerprint, KeyId};
use sre_format::trust::{
    RevokedKey, StoredTrustFile, Trust, TrustFile, TrustedKey, read_public_key,
};
use sre_steps::display::Answer;
use sre_steps::{Context, Failure};

use crate::keys::KeyOptions;
use crate::trust_files::{sign_stored, write_new};

/// Make, sign and check trust files: who may sign, how many must, and who no longer may
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Write a trust file, or the one that follows another
    New(New),
    /// Sign a trust file; the signatures lie beside it, in FILE.signatures
    Sign(Sign),
    /// Check the signatures of a trust file, and that it may follow another
    Check(Check),
}

#[derive(Debug, clap::Args)]
struct New {
    /// Write this file
    #[arg(long, short, value_name = "FILE")]
    out: PathBuf,
    /// Follow this trust file: its keys stay, its version counts one up
    #[arg(long, value_name = "FILE")]
    after: Option<PathBuf>,
    /// Trust a public key, under a name for people
    #[arg(long = "add", value_name = "NAME=FILE", value_parser = named_path)]
    added: Vec<(String, PathBuf)>,
    /// Trust a key no longer, and say why; its id stays revoked in all later versions
    #[arg(long = "revoke", value_name = "ID=REASON", value_parser = revocation)]
    revoked: Vec<RevokedKey>,
    /// Ask for the signatures of this many keys [default: as before, else 1]
    #[arg(long, value_name = "N")]
    threshold: Option<usize>,
}

#[derive(Debug, clap::Args)]
struct Sign {
    /// Sign this trust file
    file: PathBuf,
    #[command(flatten)]
    keys: KeyOptions,
}

#[derive(Debug, clap::Args)]
struct Check {
    /// Check this trust file
    file: PathBuf,
    /// Check that it may follow this one
    #[arg(long, value_name = "FILE")]
    after: Option<PathBuf>,
}

/// The answer of all three.
#[derive(Debug, Serialize)]
struct Shown {
    file: PathBuf,
    /// The document has a `version` of its own.
    #[serde(rename = "trustVersion")]
    version: u64,
    threshold: usize,
    keys: Vec<ShownKey>,
    revoked: Vec<KeyId>,
    verdict: &'static str,
}

#[derive(Debug, Serialize)]
struct ShownKey {
    name: String,
    id: KeyId,
    fingerprint: Fingerprint,
}

pub(crate) async fn run(args: Args, context: &Context) -> Result<(), Failure> {
    let done = tokio::task::spawn_blocking(move || match args.action {
        Action::New(args) => new(args),
        Action::Sign(args) => sign(&args),
        Action::Check(args) => check(&args),
    });
    context.answer(&done.await.map_err(|error| Failure::of(Fault::Defect, error))??)
}

fn new(args: New) -> Result<Shown, Failure> {
    let old = args.after.as_deref().map(StoredTrustFile::read).transpose()?;
    let empty = TrustFile { version: 0, threshold: 1, keys: Vec::new(), revoked: Vec::new() };
    let mut file = old.map_or(empty, |old| old.file);
    file.version += 1;
    file.threshold = args.threshold.unwrap_or(file.threshold);
    for (name, path) in args.added {
        file.keys.push(TrustedKey { name, key: read_public_key(&path)? });
    }
    file.keys.retain(|key| !args.revoked.iter().any(|revoked| revoked.id == key.key.id()));
    file.revoked.extend(args.revoked);
    let stored = write_new(&args.out, file)?;
    Ok(Shown::of(&stored, "written, to be signed by the keys before and after it"))
}

fn sign(args: &Sign) -> Result<Shown, Failure> {
    if args.keys.is_empty() {
        return Err(Failure::usage("no key is named").with_hint("name one with `--key site.key`"));
    }
    let stored = StoredTrustFile::read(&args.file)?;
    sign_stored(&stored, &args.keys.read()?)?;
    Ok(Shown::of(&stored, "signed"))
}

fn check(args: &Check) -> Result<Shown, Failure> {
    let stored = StoredTrustFile::read(&args.file)?;
    let Some(after) = &args.after else {
        stored.check()?;
        return Ok(Shown::of(&stored, "signed by enough of its own keys"));
    };
    stored.check_after(&StoredTrustFile::read(after)?.file, &Trust::default())?;
    Ok(Shown::of(&stored, "signed by enough of the old and of the new keys"))
}

fn named_path(text: &str) -> Result<(String, PathBuf), String> {
    let (name, path) = text.split_once('=').ok_or("expected NAME=FILE")?;
    Ok((name.to_owned(), path.into()))
}

fn revocation(text: &str) -> Result<RevokedKey, String> {
    let (id, reason) = text.split_once('=').unwrap_or((text, ""));
    let id =
        id.parse().map_err(|error: sre_format::signature::ParseKeyIdError| error.to_string())?;
    Ok(RevokedKey { id, reason: reason.to_owned() })
}

impl Shown {
    fn of(stored: &StoredTrustFile, verdict: &'static str) -> Self {
        let key = |key: &TrustedKey| {
            let id = key.key.id();
            ShownKey { name: key.name.clone(), id, fingerprint: id.fingerprint() }
        };
        let TrustFile { version, threshold, keys, revoked } = &stored.file;
        Self {
            file: stored.path.clone(),
            version: *version,
            threshold: *threshold,
            keys: keys.iter().map(key).collect(),
            revoked: revoked.iter().map(|revoked| revoked.id).collect(),
            verdict,
        }
    }
}

impl Answer for Shown {
    const KIND: &'static str = "trust";
}

impl fmt::Display for Shown {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, version, threshold, keys, revoked, verdict } = self;
        writeln!(formatter, "{}: version {version}, {verdict}", file.display())?;
        writeln!(formatter, "{threshold} of {} keys must sign", keys.len())?;
        for ShownKey { name, fingerprint, .. } in keys {
            writeln!(formatter, "trusted  {fingerprint}  {name}")?;
        }
        for id in revoked {
            writeln!(formatter, "revoked  {}", id.fingerprint())?;
        }
        Ok(())
    }
}
