//! `diff`: shows what differs between two locks or two bundles.

use std::fmt;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use serde::Serialize;
use sre_format::Fault;
use sre_format::bundle::{FileError, open_file};
use sre_format::lock::Lock;
use sre_format::trust::Trust;
use sre_steps::display::Answer;
use sre_steps::{Context, Failure, Reporter};

use crate::diff::Diff;
use crate::inputs::read_lock;

/// The place of the lock inside a bundle.
const LOCK_PATH: &str = "evidence/images.lock";

/// The first bytes of a bundle: the magic number of zstd.
const BUNDLE_MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// Show what differs between two locks or two bundles
///
/// Either side may be a lock or a bundle. Without a key, bundles are compared UNVERIFIED.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Compare this lock or bundle
    before: PathBuf,
    /// With this one
    after: PathBuf,
    /// Check the signatures of bundles with this public key or trust file
    #[arg(long = "key", value_name = "FILE")]
    keys: Vec<PathBuf>,
}

/// The answer of `diff`.
#[derive(Debug, Serialize)]
#[serde(transparent)]
struct Differences(Diff);

pub(crate) async fn run(args: Args, context: &Context) -> Result<(), Failure> {
    let reporter = context.reporter().clone();
    let comparing = tokio::task::spawn_blocking(move || compare(&args, &reporter));
    let diff = comparing.await.map_err(|error| Failure::of(Fault::Defect, error))??;
    context.answer(&Differences(diff))
}

fn compare(args: &Args, reporter: &Reporter) -> Result<Diff, Failure> {
    let trust = if args.keys.is_empty() { None } else { Some(Trust::read_all(&args.keys)?) };
    let read = |path: &Path| -> Result<Lock, Failure> {
        if is_bundle(path) {
            lock_of_bundle(path, trust.as_ref(), reporter)
        } else {
            Ok(read_lock(path)?.0)
        }
    };
    Ok(Diff::between(&read(&args.before)?, &read(&args.after)?))
}

fn is_bundle(path: &Path) -> bool {
    let mut magic = [0; 4];
    let read = std::fs::File::open(path).and_then(|mut file| file.read_exact(&mut magic));
    read.is_ok() && magic == BUNDLE_MAGIC
}

fn lock_of_bundle(
    path: &Path,
    trust: Option<&Trust>,
    reporter: &Reporter,
) -> Result<Lock, Failure> {
    let refused = |source| FileError::of(path, source);
    let untrusted = open_file(path)?;
    let bundle = if let Some(trust) = trust {
        untrusted.verify(trust).map_err(refused)?.0
    } else {
        reporter.warn(format!("{} is UNVERIFIED: give a key with `--key`", path.display()));
        untrusted.blindly_believe_unsigned().map_err(refused)?
    };
    let missing = || {
        let message = format!("{} does not hold {LOCK_PATH}", path.display());
        Failure::new(Fault::Integrity, message)
            .with_hint("only bundles that `sre-bundle` built carry it: compare those, or locks")
    };
    let entry = bundle.entry(LOCK_PATH).ok_or_else(missing)?;
    let bytes = bundle.read_whole(entry)?;
    Ok(Lock::parse(&format!("{}: {LOCK_PATH}", path.display()), &bytes)?)
}

impl Answer for Differences {
    const KIND: &'static str = "diff";
}

impl fmt::Display for Differences {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}
