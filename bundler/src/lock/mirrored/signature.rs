//! Signatures over files of sums, by the keys that the manifest names.
//!
//! A registry gives keys along with its packages; they are not believed, because whoever can alter
//! a package there can alter them as well.

use std::io::Cursor;

use sre_format::lock::Verification;
use sre_format::{SourceUrl, Timestamp};

use super::MirrorError;
use crate::lock::{ResolveError, Resolver};
use crate::publisher_keys::read_keyring;

/// The most bytes of a signature; an honest one has less than a thousand.
const MAX_SIGNATURE: u64 = 256 << 10;

impl Resolver<'_> {
    /// Wants one of the keys to have signed a file of sums; says nothing where the manifest names
    /// no key.
    pub(super) async fn signed_sums(
        &self,
        keys: &[String],
        sums: &SourceUrl,
        text: &[u8],
        signature: &SourceUrl,
    ) -> Result<Option<Verification>, ResolveError> {
        if keys.is_empty() {
            return Ok(None);
        }
        let keyring = read_keyring(self.folder, keys)?;
        let failed = |source| ResolveError::Server { what: signature.to_string(), source };
        let bytes = self.small(signature, MAX_SIGNATURE).await.map_err(failed)?;
        let bytes = bytes.ok_or_else(|| ResolveError::NoFile { url: signature.clone() })?;
        let good = keyring.verify_detached(&mut Cursor::new(text), &bytes, Timestamp::now());
        let refused = |source| MirrorError::Signature { sums: sums.clone(), source };
        let key = good.map_err(refused)?.first().map(|good| good.certificate.to_string());
        Ok(key.map(|key| Verification::ChecksumSignature { url: signature.clone(), key }))
    }
}
