//! Our own signature over the index of each repository.

use sre_format::Timestamp;
use sre_format::bundle::BundlePath;
use sre_format::lock::{Lock, LockedFileSet, SetKind};
use sre_openpgp::signing::SigningKey;

use super::error::RpmError;
use super::place::{folder, inside};
use super::remake::remake;
use crate::fetch::{BlobCache, FetchError, Upstreams};
use crate::repositories::{MadeFile, RepositorySigner};

/// The most bytes of an index of ours.
const MAX_INDEX: u64 = 1 << 20;
const SIGNATURE_TYPE: &str = "application/pgp-signature";
const KEY_TYPE: &str = "application/pgp-keys";

/// Signs the index of each repository of packages, and puts the public key beside it.
///
/// The time of the lock is the time of the signature, so that the same lock and key give the same bytes.
pub(crate) async fn sign_repositories(
    lock: &Lock,
    upstreams: &Upstreams,
    cache: &BlobCache,
    signer: &RepositorySigner,
) -> Result<Vec<MadeFile>, RpmError> {
    let RepositorySigner::Key(key) = signer else { return Ok(Vec::new()) };
    let mut made = Vec::new();
    for set in lock.sets.iter().filter(|set| set.kind == SetKind::Rpm) {
        remake(set, upstreams, cache).await?;
        made.extend(sign(set, lock.time, cache, key)?);
    }
    Ok(made)
}

fn sign(
    set: &LockedFileSet,
    time: Timestamp,
    cache: &BlobCache,
    key: &SigningKey,
) -> Result<[MadeFile; 2], RpmError> {
    let index = format!("{}/repodata/repomd.xml", folder(&set.name));
    let locked = set.files.iter().find(|file| file.path.as_str() == index);
    let locked = locked.ok_or_else(|| RpmError::NoIndex { set: set.name.clone() })?;
    let bytes = cache.read(&locked.digest, MAX_INDEX).ok_or_else(|| {
        RpmError::Cache(FetchError::NotFetched { entry: index.clone(), digest: locked.digest })
    })?;
    let signature = key.sign_detached(&bytes, time)?;
    let public = key.public_key()?;
    Ok([
        file(&format!("{index}.asc"), SIGNATURE_TYPE, signature)?,
        file(&format!("{index}.key"), KEY_TYPE, public)?,
    ])
}

fn file(path: &str, media_type: &'static str, text: String) -> Result<MadeFile, RpmError> {
    let path: BundlePath = inside(path)?;
    Ok(MadeFile { path, bytes: text.into_bytes(), media_type })
}
