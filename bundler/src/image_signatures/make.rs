//! Making the signatures, and the index that names them.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use sre_format::lock::Lock;
use sre_format::signature::{Statement, envelope};
use sre_format::{Digest, ImageReference};
use sre_oci::media_type::{OCI_INDEX, OCI_MANIFEST};

use super::ImageSignatureError;
use super::kept::KeptSignatures;
use super::sigstore::{self, BUNDLE_TYPE, EMPTY, EMPTY_TYPE};
use super::simple::{self, CONFIG_TYPE, PAYLOAD_TYPE, Signatures};
use super::subjects::{Subject, signature_tag, subjects};
use crate::contents::Manifests;
use crate::fetch::BlobCache;
use crate::keys::ReleaseKey;

/// The annotation that names what a descriptor stands for (image-spec, "Annotation keys").
const REFERENCE_NAME: &str = "org.opencontainers.image.ref.name";

/// The signatures of a bundle's images.
#[derive(Debug, Default)]
pub struct MadeSignatures {
    blobs: BTreeMap<Digest, MadeBlob>,
    rows: Vec<Value>,
    subjects: usize,
}

/// A part of a signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MadeBlob {
    /// What kind of thing it is.
    pub media_type: &'static str,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Signs every root and carried child of a lock with every key.
///
/// `manifests` gives the signatures that upstream has under the same tags. Asking a signer command takes
/// long, so this belongs on a blocking thread.
pub fn sign_images(
    lock: &Lock,
    manifests: &Manifests,
    keys: &[ReleaseKey],
    cache: &BlobCache,
) -> Result<MadeSignatures, ImageSignatureError> {
    let mut made = MadeSignatures::default();
    if keys.is_empty() {
        return Ok(made);
    }
    let kept = KeptSignatures::beside(cache)?;
    for subject in subjects(lock) {
        made.simple(&subject, manifests, keys, &kept)?;
        made.sigstore(&subject, keys, &kept)?;
        made.subjects += 1;
    }
    Ok(made)
}

impl MadeSignatures {
    /// Says whether nothing was signed.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.subjects == 0
    }

    /// Gives all parts by their digests.
    pub fn blobs(&self) -> impl Iterator<Item = (&Digest, &MadeBlob)> {
        self.blobs.iter()
    }

    /// Gives the index that names the signatures: an OCI index with full names, as `oci/index.json` has them.
    #[must_use]
    pub fn index(&self) -> Vec<u8> {
        let index = json!({
            "schemaVersion": 2,
            "mediaType": OCI_INDEX,
            "manifests": self.rows,
        });
        let mut bytes = index.to_string().into_bytes();
        bytes.push(b'\n');
        bytes
    }

    fn simple(
        &mut self,
        subject: &Subject,
        manifests: &Manifests,
        keys: &[ReleaseKey],
        kept: &KeptSignatures,
    ) -> Result<(), ImageSignatureError> {
        let digest = subject.manifest.digest;
        let earlier = subject.earlier.and_then(|earlier| manifests.get(&earlier));
        let mut signatures = match earlier {
            Some(earlier) => Signatures::after(earlier.bytes())
                .map_err(|source| ImageSignatureError::Earlier { subject: digest, source })?,
            None => Signatures::default(),
        };
        let payload = simple::payload(subject);
        for key in keys {
            signatures.add(&payload, &kept.sign(key, &payload)?);
        }
        if let Some([manifest, config]) = signatures.artifact() {
            let name = format!("{}:{}", subject.reference.name(), signature_tag(digest));
            self.blob(PAYLOAD_TYPE, payload);
            self.blob(CONFIG_TYPE, config);
            self.named(&name, None, manifest);
        }
        Ok(())
    }

    fn sigstore(
        &mut self,
        subject: &Subject,
        keys: &[ReleaseKey],
        kept: &KeptSignatures,
    ) -> Result<(), ImageSignatureError> {
        let statement = Statement::of_image(subject.manifest.digest);
        for key in keys {
            let signature = kept.sign(key, &statement.pre_authentication_encoding())?;
            let bundle = envelope::write(key.public_key(), &statement, &signature);
            let manifest = sigstore::manifest(subject, &bundle);
            let name: ImageReference = subject.reference.at_digest(Digest::of(&manifest));
            self.blob(BUNDLE_TYPE, bundle);
            self.blob(EMPTY_TYPE, EMPTY.to_vec());
            self.named(&name.to_string(), Some(BUNDLE_TYPE), manifest);
        }
        Ok(())
    }

    fn blob(&mut self, media_type: &'static str, bytes: Vec<u8>) {
        self.blobs.insert(Digest::of(&bytes), MadeBlob { media_type, bytes });
    }

    fn named(&mut self, name: &str, artifact_type: Option<&str>, manifest: Vec<u8>) {
        let mut row = json!({
            "mediaType": OCI_MANIFEST,
            "digest": Digest::of(&manifest),
            "size": manifest.len(),
            "annotations": { REFERENCE_NAME: name },
        });
        if let Some(artifact_type) = artifact_type {
            row["artifactType"] = json!(artifact_type);
        }
        self.rows.push(row);
        self.blob(OCI_MANIFEST, manifest);
    }
}
