//! Whether anybody known vouches for a document.

use std::io::{Read, Seek};

use pgp::errors::Error;
use pgp::packet::{Packet, Signature};
use sre_format::Timestamp;

use crate::certificate::{Certificate, Component};
use crate::error::VerifyError;
use crate::fingerprint::{Fingerprint, KeyName};
use crate::keyring::{GoodSignature, Keyring};
use crate::limits::{MAX_SIGNATURES, MAX_SIGNATURES_FILE};
use crate::policy::{Refusal, RefusedSignature, check_kind, check_signature};
use crate::{armor, packets};

impl Keyring {
    /// Checks detached signatures, binary or armored, over a document, as of the time `now`.
    ///
    /// Gives every signature that holds, at least one. One that a known key is said to have made and that
    /// does not fit the bytes is an error, whatever others say.
    pub fn verify_detached(
        &self,
        document: &mut (impl Read + Seek),
        signatures: &[u8],
        now: Timestamp,
    ) -> Result<Vec<GoodSignature>, VerifyError> {
        if signatures.len() > MAX_SIGNATURES_FILE {
            return Err(VerifyError::TooLarge);
        }
        let unreadable = |reason: &str| VerifyError::Unreadable { reason: reason.to_owned() };
        let packets = armor::packets(signatures, armor::SIGNATURE).map_err(unreadable)?;
        self.verify_all(document, &read(&packets)?, now)
    }

    pub(crate) fn verify_all(
        &self,
        document: &mut (impl Read + Seek),
        signatures: &[Signature],
        now: Timestamp,
    ) -> Result<Vec<GoodSignature>, VerifyError> {
        let (mut good, mut refused, mut signers) = (Vec::new(), Vec::new(), Vec::new());
        for signature in signatures {
            let names = names(signature);
            signers.extend(names.first().cloned());
            for (certificate, component) in self.find(&names) {
                let key = KeyName::Fingerprint(certificate.key_fingerprint(component));
                match judge(certificate, component, signature, now) {
                    Err(refusal) => refused.push(RefusedSignature { key, refusal }),
                    Ok(made) => {
                        document.rewind().map_err(VerifyError::Read)?;
                        fits(certificate, component, signature, &mut *document, key)?;
                        good.push(GoodSignature {
                            key: certificate.key_fingerprint(component),
                            certificate: certificate.fingerprint(),
                            user: certificate.user(),
                            made,
                        });
                    }
                }
            }
        }
        match (good.is_empty(), refused.is_empty(), signatures.is_empty()) {
            (false, ..) => Ok(good),
            (true, false, _) => Err(VerifyError::Refused { refused }),
            (true, true, false) => {
                Err(VerifyError::Unknown { signers, known: self.fingerprints() })
            }
            (true, true, true) => Err(VerifyError::None),
        }
    }
}

/// Reads the signatures of a file; nothing else may stand between them.
pub(crate) fn read(bytes: &[u8]) -> Result<Vec<Signature>, VerifyError> {
    let unreadable = |reason: String| VerifyError::Unreadable { reason };
    let mut signatures = Vec::new();
    for packet in packets::read(bytes) {
        match packet.map_err(|error| unreadable(error.to_string()))? {
            Packet::Signature(_) if signatures.len() == MAX_SIGNATURES => {
                return Err(VerifyError::TooMany);
            }
            Packet::Signature(signature) => signatures.push(signature),
            _ => return Err(unreadable("it holds something else than signatures".to_owned())),
        }
    }
    if signatures.is_empty() { Err(VerifyError::None) } else { Ok(signatures) }
}

/// Applies the policy to a signature and its key, and gives the time when it was made.
fn judge(
    certificate: &Certificate,
    component: Component<'_>,
    signature: &Signature,
    now: Timestamp,
) -> Result<Timestamp, Refusal> {
    check_kind(signature)?;
    let made = check_signature(signature, now)?;
    let since = certificate.may_sign(component, now)?;
    if made < since { Err(Refusal::BeforeKey(since)) } else { Ok(made) }
}

fn fits(
    certificate: &Certificate,
    component: Component<'_>,
    signature: &Signature,
    document: impl Read,
    key: KeyName,
) -> Result<(), VerifyError> {
    certificate.verify(component, signature, document).map_err(|error| match error {
        Error::IO { source, .. } => VerifyError::Read(source),
        _ => VerifyError::Wrong { key },
    })
}

/// Gives the names by which a signature tells who made it, the longest first.
fn names(signature: &Signature) -> Vec<KeyName> {
    let fingerprints = signature.issuer_fingerprint();
    let ids = signature.issuer_key_id();
    let mut names: Vec<KeyName> = fingerprints
        .into_iter()
        .filter_map(|one| Fingerprint::from_bytes(one.as_bytes()))
        .map(KeyName::Fingerprint)
        .collect();
    names.extend(ids.into_iter().filter_map(|id| id.as_ref().try_into().ok()).map(KeyName::Id));
    names
}
