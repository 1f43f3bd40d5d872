//! The images that stand inside archives of images, as the lock in the bundle lists them.

use serde::Serialize;

use super::ImagesError;
use crate::ImageReference;
use crate::bundle::{LOCK_PATH, VerifiedBundle};
use crate::lock::{Lock, LockError};

/// An image inside an archive that a bundle carries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Archived {
    /// Its name, with the digest where the archive tells it.
    pub reference: ImageReference,
    /// The input that the archive belongs to, such as `rke2 v1.35.7+rke2r1`.
    pub within: String,
}

/// Lists the images inside archives; none where the bundle carries no lock, or a later one.
pub fn archived(bundle: &VerifiedBundle) -> Result<Vec<Archived>, ImagesError> {
    let Some(entry) = bundle.entry(LOCK_PATH) else { return Ok(Vec::new()) };
    let lock = match Lock::parse(LOCK_PATH, &bundle.read_whole(entry)?) {
        // What a later program wrote cannot be listed; nothing else depends on it here.
        Err(LockError::Version { .. }) => return Ok(Vec::new()),
        parsed => parsed?,
    };
    let sets = lock.sets.iter();
    let images = sets.flat_map(|set| set.images.iter().map(|image| (set.title(), image)));
    let archived =
        images.map(|(within, reference)| Archived { reference: reference.clone(), within });
    Ok(archived.collect())
}
