//! `lock`: resolves a manifest to digests.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use serde::Serialize;
use sre_format::Fault;
use sre_format::lock::{Kind, Lock, SetKind};
use sre_format::manifest::Manifest;
use sre_steps::display::Answer;
use sre_steps::{Context, Failure, Outcome, Phase, Readers, Unit, write_atomically};

use crate::diff::Diff;
use crate::fetch::BlobCache;
use crate::inputs::{folder_of, read_lock, read_lock_if_any, read_manifest, upstreams};
use crate::lock::{Resolver, time_of_lock, unconfirmed};
use crate::project::ProjectFiles;

/// Resolve everything that the manifest names to digests
///
/// The lock is written only if something changed; its serial is then raised by one.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    project: ProjectFiles,
    /// Change nothing, and fail if upstream or the manifest no longer match the lock
    #[arg(long, visible_alias = "locked")]
    check: bool,
    /// Ask no upstream, and state the digests of this list for `lock` to confirm later
    #[arg(long, value_name = "FILE", conflicts_with = "check")]
    from_list: Option<PathBuf>,
    /// Keep charts and files that must be looked into here [default: ~/.cache/sre/blobs]
    #[arg(long, value_name = "DIR", env = "SRE_CACHE")]
    cache: Option<PathBuf>,
}

/// The answer of `lock`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Locked {
    lock: PathBuf,
    written: bool,
    serial: u64,
    time: sre_format::Timestamp,
    images: usize,
    charts: usize,
    files: usize,
    /// How many there are of each further kind, by its word.
    sets: BTreeMap<&'static str, usize>,
    /// How many images no upstream has been asked for.
    unconfirmed: usize,
    bytes: u64,
    changes: Option<Diff>,
}

pub(crate) async fn run(args: Args, context: &Context) -> Result<(), Failure> {
    let path = args.project.lock.clone();
    let (manifest, _) = read_manifest(&args.project.manifest)?;
    let old = if args.check { Some(read_lock(&path)?.0) } else { read_lock_if_any(&path)? };
    if let Some(list) = &args.from_list {
        return state(list, &manifest, old.as_ref(), &path, context);
    }
    let what = format!("resolve {}", args.project.manifest.display());
    let phase = context.reporter().phase(Phase::Lock, what, Unit::Items);
    let folder = folder_of(&args.project.manifest);
    let upstreams = upstreams(&manifest, folder, &phase);
    let cache = BlobCache::open(args.cache.unwrap_or_else(BlobCache::default_folder))?;
    let time = time_of_lock()?;
    let resolver = Resolver {
        upstreams: &upstreams,
        cache: &cache,
        folder,
        old: old.as_ref(),
        time,
        phase: &phase,
    };
    let new = resolver.resolve(&manifest).await?;
    let diff = old.as_ref().map(|old| Diff::between(old, &new));
    let changed = diff.as_ref().is_none_or(|diff| !diff.same);
    phase.finish(if changed { Outcome::Done } else { Outcome::AlreadyDone });
    let drift = args.check && changed;
    if changed && !args.check {
        write(&path, &new)?;
    }
    let moved = old.as_ref().is_some_and(|old| old.manifest == new.manifest);
    // What is counted is what stands in the file now.
    let stands = old.as_ref().filter(|_| args.check).unwrap_or(&new);
    context.answer(&Locked::new(path.clone(), stands, changed && !args.check, diff))?;
    if drift { Err(drifted(&path, moved)) } else { Ok(()) }
}

/// Writes a lock of statements alone.
fn state(
    list: &Path,
    manifest: &Manifest,
    old: Option<&Lock>,
    path: &Path,
    context: &Context,
) -> Result<(), Failure> {
    let new = unconfirmed(list, manifest, old, path, time_of_lock()?)?;
    let diff = old.map(|old| Diff::between(old, &new));
    let changed = old.is_none_or(|old| !new.carries_the_same_as(old));
    if changed {
        write(path, &new)?;
    }
    context.answer(&Locked::new(path.to_owned(), &new, changed, diff))
}

fn write(path: &Path, lock: &Lock) -> Result<(), Failure> {
    write_atomically(path, lock.to_string().as_bytes(), Readers::Everyone).map_err(|error| {
        let message = format!("cannot write {}: {error}", path.display());
        Failure::new(Fault::of_io(&error), message)
            .with_hint("let this user write there, or name another file with `--lock`")
    })
}

/// Drift is upstream's doing where the manifest is the one that was locked.
fn drifted(path: &Path, by_upstream: bool) -> Failure {
    let path = path.display();
    if by_upstream {
        let message = format!("upstream no longer matches {path}; both sides are shown above");
        return Failure::new(Fault::Upstream, message)
            .with_hint("if the change is wanted, run `sre-bundle lock` without `--check`");
    }
    let message = format!("the manifest was changed after {path} was written");
    Failure::new(Fault::Input, message)
        .with_hint("run `sre-bundle lock`, and look at what it changed")
}

impl Locked {
    fn new(path: PathBuf, lock: &Lock, written: bool, changes: Option<Diff>) -> Self {
        Self {
            lock: path,
            written,
            serial: lock.serial,
            time: lock.time,
            images: lock.inputs_of(Kind::Image).count(),
            charts: lock.inputs_of(Kind::Chart).count(),
            files: lock.inputs_of(Kind::File).count(),
            sets: SetKind::ALL
                .into_iter()
                .map(Kind::Set)
                .chain([Kind::Folder])
                .map(|kind| (kind.id(), lock.inputs_of(kind).count()))
                .filter(|(_, count)| *count > 0)
                .collect(),
            unconfirmed: lock.unconfirmed.len(),
            bytes: lock.inputs().map(|input| input.bytes()).sum(),
            changes,
        }
    }
}

impl Answer for Locked {
    const KIND: &'static str = "lock";
}

impl fmt::Display for Locked {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(changes) = self.changes.as_ref().filter(|changes| !changes.same) {
            writeln!(out, "{changes}")?;
        }
        let count = |count: usize, one: &str| match count {
            1 => format!("1 {one}"),
            _ => format!("{count} {one}s"),
        };
        let state = if self.written { "written" } else { "unchanged" };
        write!(
            out,
            "{} {state}: serial {}, {}, {}, {}",
            self.lock.display(),
            self.serial,
            count(self.images, "image"),
            count(self.charts, "chart"),
            count(self.files, "file"),
        )?;
        for (kind, number) in &self.sets {
            write!(out, ", {}", count(*number, kind))?;
        }
        if self.unconfirmed > 0 {
            write!(out, ", {} unconfirmed", count(self.unconfirmed, "image"))?;
        }
        write!(out, ", {} before sharing", sre_steps::display::Bytes(self.bytes))
    }
}
