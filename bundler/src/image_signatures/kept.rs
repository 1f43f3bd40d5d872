//! Signatures of earlier runs.
//!
//! Hardware signs with fresh randomness: signed again, the same image would have another signature, and with
//! it the bundle another layout, in which nothing that an interrupted run fetched is found again. So what
//! a signer command answered is kept, and believed once the public key has checked it.

use std::fs::{self, File};
use std::io::Read as _;
use std::path::PathBuf;

use sre_format::Digest;

use crate::fetch::{BlobCache, FetchError};
use crate::keys::{KeyError, ReleaseKey};

/// The most bytes of a kept signature; one in DER has less than 80.
const MAX_SIGNATURE: u64 = 256;

/// The folder of the signatures that signer commands gave.
pub(super) struct KeptSignatures {
    folder: PathBuf,
}

impl KeptSignatures {
    pub(super) fn beside(cache: &BlobCache) -> Result<Self, FetchError> {
        let folder = cache.beside("signatures");
        fs::create_dir_all(&folder).map_err(FetchError::file("make the cache folder", &folder))?;
        Ok(Self { folder })
    }

    /// Has a message signed, unless the key signed it before; the signature is in DER.
    pub(super) fn sign(&self, key: &ReleaseKey, message: &[u8]) -> Result<Vec<u8>, SignError> {
        // Ours are deterministic and quick, so a copy of them would only be one more secret to guard.
        if matches!(key, ReleaseKey::Local(_)) {
            return Ok(key.sign(message)?);
        }
        let public = key.public_key();
        let name = Digest::of(&[public.id().as_bytes(), message].concat()).hex();
        let path = self.folder.join(name);
        if let Some(kept) = read(&path).filter(|kept| public.verify(message, kept).is_ok()) {
            return Ok(kept);
        }
        let signature = key.sign(message)?;
        let failed = || FetchError::file("keep", &path);
        let file = tempfile::NamedTempFile::new_in(&self.folder).map_err(failed())?;
        fs::write(file.path(), &signature).map_err(failed())?;
        file.persist(&path).map_err(|error| failed()(error.error))?;
        Ok(signature)
    }
}

/// Says why a message is not signed.
#[derive(Debug, thiserror::Error)]
pub(super) enum SignError {
    /// The key failed.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The signature cannot be kept.
    #[error(transparent)]
    Keep(#[from] FetchError),
}

impl From<SignError> for super::ImageSignatureError {
    fn from(error: SignError) -> Self {
        match error {
            SignError::Key(error) => error.into(),
            SignError::Keep(error) => error.into(),
        }
    }
}

fn read(path: &std::path::Path) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path).ok()?.take(MAX_SIGNATURE).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}
