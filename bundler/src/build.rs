//! Building: the pipeline of the connected side, from a locked project to a signed file.
//!
//! `Project -> Manifests -> Filling -> Fetched -> FilledBundle -> signed`: each stage is a
//! function to the next, and the file gets its name only after the last.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use sre_format::bundle::{Table, UntrustedBundle};
use sre_format::manifest::ImageSigning;
use sre_format::signature::SignatureFile;
use sre_format::trust::Trust;
use sre_steps::{Failure, Outcome, Phase, PhaseReporter, Reporter, Unit};

use crate::contents::{Evidence, Manifests, contents};
use crate::drift::{TagCheck, check_tags};
use crate::fetch::{
    BlobCache, FetchOptions, Fetched, Filling, PartialFile, Reuse, Upstreams, fetch,
};
use crate::folder::check_folders;
use crate::git::check_commits;
use crate::image_signatures::{MadeSignatures, sign_images};
use crate::inputs::upstreams;
use crate::keys::{ReleaseKey, sign_table};
use crate::pack::{FilledBundle, pack};
use crate::project::Project;
use crate::repositories::RepositorySigner;
use crate::rpm::PackageChecks;
use crate::{deb, rpm};

/// Where a build works and how.
#[derive(Clone, Debug, clap::Args)]
pub struct BuildOptions {
    /// Write the bundle here
    #[arg(long, short, value_name = "FILE", default_value = "sre.tar.zst")]
    pub output: PathBuf,
    /// Take what this older bundle holds instead of fetching it
    #[arg(long, value_name = "FILE")]
    pub reuse: Option<PathBuf>,
    /// Fetch this many blobs at the same time
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=64))]
    pub transfers: u16,
    /// Keep manifests and other small inputs here [default: ~/.cache/sre/blobs]
    #[arg(long, value_name = "DIR", env = "SRE_CACHE")]
    pub cache: Option<PathBuf>,
}

/// A build that has begun: what the bundle will hold, and where things come from.
pub struct Build {
    filling: Filling,
    upstreams: Arc<Upstreams>,
    cache: BlobCache,
    options: BuildOptions,
    packages: PackageChecks,
    phase: PhaseReporter,
}

/// A finished bundle.
#[derive(Debug)]
pub struct Built {
    /// Path of the file.
    pub path: PathBuf,
    /// Bytes of the file.
    pub size: u64,
    /// Its contents table.
    pub table: Table,
    /// Its signature files.
    pub signatures: Vec<SignatureFile>,
}

impl Build {
    /// Checks that tags and folders are as they were, fetches the manifests, signs images and lays the
    /// bundle out.
    ///
    /// `keys` sign the images, unless the manifest says otherwise; without keys, they stay unsigned. The
    /// places of everything depend on it, so a run goes on only where one with the same keys stopped.
    pub async fn begin(
        project: Project,
        options: BuildOptions,
        tags: TagCheck,
        keys: &[ReleaseKey],
        signer: &RepositorySigner,
        reporter: &Reporter,
    ) -> Result<Self, Failure> {
        PartialFile::look_at(&options.output)?;
        let packages = PackageChecks::of(&project.manifest.rpms, &project.folder)?;
        let phase = reporter.phase(Phase::Fetch, options.output.display().to_string(), Unit::Bytes);
        let upstreams = Arc::new(upstreams(&project.manifest, &project.folder, &phase));
        let folder = options.cache.clone().unwrap_or_else(BlobCache::default_folder);
        let cache = BlobCache::open(folder)?;
        if tags != TagCheck::AskedBefore {
            tokio::task::block_in_place(|| check_folders(&project.lock, &project.folder, &cache))?;
        }
        if tags == TagCheck::Ask {
            tokio::task::block_in_place(|| check_commits(&project.lock, &project.folder))?;
        }
        check_tags(tags, &project.lock, &upstreams, &phase).await?;
        let manifests = Manifests::fetch(&project.lock, &upstreams, &cache).await?;
        let signatures = signatures(&project, &manifests, keys, &cache, &phase)?;
        let evidence = Evidence { manifest: project.manifest_bytes, lock: project.lock_bytes };
        let mut repository_signatures =
            rpm::sign_repositories(&project.lock, &upstreams, &cache, signer).await?;
        repository_signatures.extend(deb::sign_repositories(&project.lock, signer)?);
        let filling = contents(
            &project.lock,
            evidence,
            &manifests,
            &project.folder,
            &signatures,
            repository_signatures,
        )?;
        Ok(Self { filling, upstreams, cache, options, packages, phase })
    }

    /// Fetches every payload into the partial file and the cache.
    ///
    /// `signers` are the keys whose signature on the bundle to reuse is believed; with none, it
    /// is believed unsigned, since all that is taken from it is checked against the lock.
    pub async fn fetch(self, signers: &[ReleaseKey]) -> Result<FetchedBuild, Failure> {
        let Self { filling, upstreams, cache, options, packages, phase } = self;
        let reuse = options.reuse.as_deref().map(|path| open_reused(path, signers)).transpose()?;
        let partial = PartialFile::open(&options.output, &filling)?;
        let filling = Arc::new(filling);
        let fetch_options = FetchOptions { transfers: usize::from(options.transfers), reuse };
        let fetched = fetch(
            Arc::clone(&filling),
            upstreams,
            cache.clone(),
            partial,
            fetch_options,
            phase.clone(),
        )
        .await?;
        phase.finish(Outcome::Done);
        let filling = Arc::into_inner(filling).ok_or_else(defect)?;
        Ok(FetchedBuild { filling, fetched, packages, cache })
    }
}

/// Signs the images, unless the manifest says otherwise.
fn signatures(
    project: &Project,
    manifests: &Manifests,
    keys: &[ReleaseKey],
    cache: &BlobCache,
    phase: &PhaseReporter,
) -> Result<MadeSignatures, Failure> {
    if keys.is_empty() || project.manifest.image_signing == ImageSigning::None {
        return Ok(MadeSignatures::default());
    }
    let step = phase.step("sign images, charts and folders");
    let signing = || sign_images(&project.lock, manifests, keys, cache);
    let made = tokio::task::block_in_place(signing)?;
    step.done();
    Ok(made)
}

fn defect() -> Failure {
    Failure::new(sre_format::Fault::Defect, "a transfer outlived its run")
}

fn open_reused(path: &Path, signers: &[ReleaseKey]) -> Result<Reuse, Failure> {
    let bundle: UntrustedBundle = sre_format::bundle::open_file(path)?;
    let believe = |error| sre_format::bundle::FileError::of(path, error);
    if signers.is_empty() {
        return Ok(Reuse::new(bundle.blindly_believe_unsigned().map_err(believe)?));
    }
    let trust = signers
        .iter()
        .map(|key| Trust::of_key(key.public_key().clone()))
        .fold(Trust::default(), Trust::or);
    Ok(Reuse::new(bundle.verify(&trust).map_err(believe)?.0))
}

/// A build with everything fetched.
pub struct FetchedBuild {
    filling: Filling,
    fetched: Fetched,
    packages: PackageChecks,
    cache: BlobCache,
}

impl FetchedBuild {
    /// Gives the bytes that came from upstreams in this run.
    #[must_use]
    pub fn downloaded(&self) -> u64 {
        self.fetched.downloaded
    }

    /// Gives the contents table, in which the places of late entries are not known yet.
    #[must_use]
    pub fn table(&self) -> &Table {
        self.filling.layout.table()
    }

    /// Packs what was fetched; compressing and syncing block, so this belongs on a blocking thread.
    pub fn pack(self, reporter: &Reporter) -> Result<FilledBundle, Failure> {
        let Self { filling, fetched, packages, cache } = self;
        let phase = reporter.phase(Phase::Pack, "late entries and tables", Unit::Items);
        let filled = pack(filling, fetched, &cache, &phase)?;
        packages.check(filled.path(), &phase)?;
        phase.finish(Outcome::Done);
        Ok(filled)
    }
}

/// Signs a filled bundle with all keys and gives it its name; without keys it stays unsigned.
pub fn sign_and_publish(
    filled: FilledBundle,
    keys: &[ReleaseKey],
    reporter: &Reporter,
) -> Result<Built, Failure> {
    let table = Table::parse(filled.table_bytes()).map_err(sre_format::bundle::OpenError::Table)?;
    let mut signatures = Vec::new();
    if !keys.is_empty() {
        let phase = reporter.phase(Phase::Sign, "sre.json", Unit::Items);
        signatures = sign_table(&table.identity.facts(), filled.table_bytes(), keys)?;
        filled.sign(&signatures)?;
        phase.finish(Outcome::Done);
    }
    let size = filled.file_size();
    let path = filled.publish()?;
    Ok(Built { path, size, table, signatures })
}
