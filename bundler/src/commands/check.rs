//! `check`: proves that the lock holds every image that anything asks for.

use std::path::{Path, PathBuf};

use sre_format::Fault;
use sre_format::bundle::{FileError, VerifiedBundle, open_file};
use sre_format::lock::Lock;
use sre_format::manifest::Manifest;
use sre_format::trust::Trust;
use sre_steps::{Context, Failure, Outcome, Phase, Reporter, Unit};

use crate::check::{Check, Shelf, check};
use crate::fetch::BlobCache;
use crate::inputs::upstreams;
use crate::project::ProjectFiles;

/// The places of the two files inside a bundle.
const MANIFEST_PATH: &str = "evidence/manifest.toml";
const LOCK_PATH: &str = "evidence/images.lock";

/// Prove that the lock holds every image that charts and manifests ask for
///
/// Renders every chart with helm, for the Kubernetes version and with the values that the manifest names.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    project: ProjectFiles,
    /// Check this finished bundle instead, with the manifest and the lock that it carries
    #[arg(long, value_name = "FILE", conflicts_with_all = ["manifest", "lock", "offline"])]
    bundle: Option<PathBuf>,
    /// Check the signature of the bundle with this public key or trust file
    #[arg(long = "key", value_name = "FILE", requires = "bundle")]
    keys: Vec<PathBuf>,
    /// Render with this helm [default: the one on the path]
    #[arg(long, value_name = "FILE", env = "SRE_HELM")]
    helm: Option<PathBuf>,
    /// Keep charts here [default: ~/.cache/sre/blobs]
    #[arg(long, value_name = "DIR", env = "SRE_CACHE")]
    cache: Option<PathBuf>,
    /// Fetch nothing, and fail if the cache lacks a chart
    #[arg(long)]
    offline: bool,
}

/// What is checked.
struct Subject {
    manifest: Manifest,
    lock: Lock,
    folder: PathBuf,
    shelf: Shelf,
}

pub(crate) async fn run(args: Args, context: &Context) -> Result<(), Failure> {
    let what = args.bundle.as_ref().unwrap_or(&args.project.lock).display().to_string();
    let phase = context.reporter().phase(Phase::Lock, format!("check {what}"), Unit::Items);
    let subject = if let Some(bundle) = &args.bundle {
        of_bundle(bundle, &args.keys, context.reporter())?
    } else {
        let project = args.project.read_unconfirmed()?;
        let cache = BlobCache::open(args.cache.unwrap_or_else(BlobCache::default_folder))?;
        let upstreams = upstreams(&project.manifest, &project.folder, &phase);
        let upstreams = (!args.offline).then_some(upstreams);
        Subject {
            manifest: project.manifest,
            lock: project.lock,
            folder: project.folder,
            shelf: Shelf::Project { cache, upstreams },
        }
    };
    let Subject { manifest, lock, folder, shelf } = &subject;
    let helm = args.helm.as_deref();
    let report = check(&Check { manifest, lock, folder, shelf, helm, phase: &phase }).await?;
    phase.finish(Outcome::Done);
    context.answer(&report)?;
    match report.complaint() {
        None => Ok(()),
        Some(complaint) => Err(Failure::new(Fault::Input, format!("{what}: {complaint}"))
            .with_hint(
                "add what is missing to the manifest or take out what is unused, then run \
                 `sre-bundle lock`; docs/phases/check.md says how to make exceptions",
            )),
    }
}

/// Opens a bundle; its signatures are checked where a key is given.
fn of_bundle(path: &Path, keys: &[PathBuf], reporter: &Reporter) -> Result<Subject, Failure> {
    let refused = |source| FileError::of(path, source);
    let untrusted = open_file(path)?;
    let bundle = if keys.is_empty() {
        reporter.warn(format!("{} is UNVERIFIED: give a key with `--key`", path.display()));
        untrusted.blindly_believe_unsigned().map_err(refused)?
    } else {
        untrusted.verify(&Trust::read_all(keys)?).map_err(refused)?.0
    };
    let name = |inside: &str| format!("{}: {inside}", path.display());
    let manifest = Manifest::parse(&name(MANIFEST_PATH), &evidence(&bundle, path, MANIFEST_PATH)?)?;
    let lock = Lock::parse(&name(LOCK_PATH), &evidence(&bundle, path, LOCK_PATH)?)?;
    Ok(Subject { manifest, lock, folder: PathBuf::from("."), shelf: Shelf::Bundle(bundle) })
}

fn evidence(bundle: &VerifiedBundle, path: &Path, inside: &str) -> Result<Vec<u8>, Failure> {
    let missing = || {
        let message = format!("{} does not hold {inside}", path.display());
        Failure::new(Fault::Integrity, message)
            .with_hint("only bundles that `sre-bundle` built carry it")
    };
    let entry = bundle.entry(inside).ok_or_else(missing)?;
    Ok(bundle.read_whole(entry)?)
}
