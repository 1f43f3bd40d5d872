//! Our own signature over each repository.

use sre_format::Timestamp;
use sre_format::lock::{Lock, LockedFileSet, SetKind};
use sre_openpgp::signing::SigningKey;

use super::error::DebError;
use super::repository::{metadata_of, package_path};
use crate::repositories::{MadeFile, RepositorySigner};

const SIGNED_TYPE: &str = "text/plain";
const SIGNATURE_TYPE: &str = "application/pgp-signature";
const KEY_TYPE: &str = "application/pgp-keys";

/// Signs `Release` of each repository, as apt wants it in the clear and as older programs want it apart, and
/// puts the public key where hosts find it.
///
/// The time of the lock is the time of the signature, so that the same lock and key give the same bytes.
pub(crate) fn sign_repositories(
    lock: &Lock,
    signer: &RepositorySigner,
) -> Result<Vec<MadeFile>, DebError> {
    let RepositorySigner::Key(key) = signer else { return Ok(Vec::new()) };
    let mut made = Vec::new();
    for set in lock.sets.iter().filter(|set| set.kind == SetKind::Deb) {
        made.extend(sign(set, lock.time, key)?);
    }
    Ok(made)
}

fn sign(set: &LockedFileSet, time: Timestamp, key: &SigningKey) -> Result<[MadeFile; 3], DebError> {
    let folder = format!("dists/{}", set.name);
    let path = package_path(&set.name, &format!("{folder}/Release"))?;
    let files = metadata_of(set)?;
    let release = files.iter().find(|file| file.path == path);
    let release = release.ok_or_else(|| DebError::NoRow { path: path.clone() })?;
    let text = String::from_utf8_lossy(&release.bytes);
    let made = |path: &str, media_type, text: String| {
        let path = package_path(&set.name, path)?;
        Ok::<_, DebError>(MadeFile { path, bytes: text.into_bytes(), media_type })
    };
    let detached = key.sign_detached(&release.bytes, time)?;
    Ok([
        made(&format!("{folder}/InRelease"), SIGNED_TYPE, key.sign_clear(&text, time)?)?,
        made(&format!("{folder}/Release.gpg"), SIGNATURE_TYPE, detached)?,
        made("key.asc", KEY_TYPE, key.public_key()?)?,
    ])
}
