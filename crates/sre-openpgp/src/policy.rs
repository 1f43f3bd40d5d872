//! What is believed of signatures and keys, and what is not, whatever other programs do.

use pgp::crypto::hash::HashAlgorithm;
use pgp::packet::{Signature, SignatureConfig, SignatureType, SignatureVersion, SubpacketData};
use pgp::ser::Serialize as _;
use pgp::types::{
    EcdsaPublicParams, EddsaLegacyPublicParams, KeyDetails, KeyVersion, PublicParams,
    RsaPublicParams,
};
use sre_format::Timestamp;

use crate::fingerprint::KeyName;
use crate::moment::{after, moment};

/// Says why a signature or the key behind it is not believed, as the end of a sentence about it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Its digest can be forged.
    #[error("it uses {0}, which is too weak")]
    WeakHash(String),
    /// Its key is of a kind that is not accepted.
    #[error("its key is of a kind that is not accepted: {0}")]
    KeyKind(String),
    /// Its RSA key is too short.
    #[error("its RSA key has {0} bits, less than 2048")]
    ShortKey(u16),
    /// It has a form of before 2007, or one that is not known.
    #[error("it is a signature of version {0}; versions 4 and 6 are read")]
    Version(u8),
    /// It is no signature over a document.
    #[error("it is no signature over a document")]
    Kind,
    /// It does not say when it was made.
    #[error("it does not say when it was made")]
    NoTime,
    /// It says something about itself that must be understood, and is not.
    #[error("it carries a critical statement that is not understood (subpacket {0})")]
    Critical(u8),
    /// It was made in the future.
    #[error("it was made at {0}, later than now")]
    Future(Timestamp),
    /// It was made before its key.
    #[error("it was made before its key, which is from {0}")]
    BeforeKey(Timestamp),
    /// It was meant to be believed for a time, which is over.
    #[error("it expired at {0}")]
    Expired(Timestamp),
    /// Its key was meant to be used for a time, which is over.
    #[error("its key expired at {0}")]
    KeyExpired(Timestamp),
    /// Its key was revoked.
    #[error("its key is revoked")]
    Revoked,
    /// Its key was not made for signing documents.
    #[error("its key is not meant for signing")]
    NotForSigning,
    /// Nothing acceptable binds its key to the certificate, or the certificate to a name.
    #[error("its key has no valid self-signature{}", .0.as_ref().map(|why| format!(": {why}")).unwrap_or_default())]
    Unbound(Option<Box<Refusal>>),
}

/// A signature by a known key that is not believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedSignature {
    /// The key that it names.
    pub key: KeyName,
    /// Why it is not believed.
    pub refusal: Refusal,
}

/// The shortest RSA modulus, in bits (NIST SP 800-131A).
const MIN_RSA_BITS: u16 = 2048;
/// How far clocks may differ, in seconds.
const CLOCKS: i64 = 600;

/// Checks what a signature says about itself, and gives the time when it was made.
pub(crate) fn check_signature(sig: &Signature, now: Timestamp) -> Result<Timestamp, Refusal> {
    let Some(config) = sig.config() else {
        return Err(Refusal::Version(sig.version().into()));
    };
    if !matches!(config.version(), SignatureVersion::V4 | SignatureVersion::V6) {
        return Err(Refusal::Version(config.version().into()));
    }
    check_hash(config.hash_alg)?;
    check_critical(config)?;
    let made = hashed_time(config).ok_or(Refusal::NoTime)?;
    let tolerated = i64::try_from(now.unix_seconds()).unwrap_or(i64::MAX).saturating_add(CLOCKS);
    if Timestamp::from_unix_seconds(tolerated).is_some_and(|latest| moment(made) > latest) {
        return Err(Refusal::Future(moment(made)));
    }
    let lifetime = sig.signature_expiration_time().filter(|lifetime| lifetime.as_secs() > 0);
    match lifetime.map(|lifetime| after(made, lifetime)).filter(|end| *end <= now) {
        Some(end) => Err(Refusal::Expired(end)),
        None => Ok(moment(made)),
    }
}

/// Checks that a signature is over a document and not over a key.
pub(crate) fn check_kind(sig: &Signature) -> Result<(), Refusal> {
    match sig.typ() {
        Some(SignatureType::Binary | SignatureType::Text) => Ok(()),
        _ => Err(Refusal::Kind),
    }
}

/// Checks that a key is of a kind and size that nobody can forge.
pub(crate) fn check_key(key: &impl KeyDetails) -> Result<(), Refusal> {
    if !matches!(key.version(), KeyVersion::V4 | KeyVersion::V6) {
        return Err(Refusal::KeyKind(format!("version {}", u8::from(key.version()))));
    }
    match key.public_params() {
        PublicParams::RSA(rsa) => match rsa_bits(rsa) {
            bits if bits < MIN_RSA_BITS => Err(Refusal::ShortKey(bits)),
            _ => Ok(()),
        },
        PublicParams::ECDSA(
            EcdsaPublicParams::P256 { .. }
            | EcdsaPublicParams::P384 { .. }
            | EcdsaPublicParams::P521 { .. },
        )
        | PublicParams::EdDSALegacy(EddsaLegacyPublicParams::Ed25519 { .. })
        | PublicParams::Ed25519(_)
        | PublicParams::Ed448(_) => Ok(()),
        PublicParams::DSA(_) => Err(Refusal::KeyKind("DSA".to_owned())),
        PublicParams::ECDSA(other) => Err(Refusal::KeyKind(format!("ECDSA on {}", other.curve()))),
        PublicParams::EdDSALegacy(other) => {
            Err(Refusal::KeyKind(format!("EdDSA on {}", other.curve())))
        }
        _ => Err(Refusal::KeyKind("not for signing".to_owned())),
    }
}

fn check_hash(hash: HashAlgorithm) -> Result<(), Refusal> {
    match hash {
        HashAlgorithm::Sha256
        | HashAlgorithm::Sha384
        | HashAlgorithm::Sha512
        | HashAlgorithm::Sha3_256
        | HashAlgorithm::Sha3_512 => Ok(()),
        other => Err(Refusal::WeakHash(other.to_string())),
    }
}

/// RFC 9580, section 5.2.3.7: what is critical and not understood makes the signature invalid.
fn check_critical(config: &SignatureConfig) -> Result<(), Refusal> {
    let unknown =
        config.hashed_subpackets().filter(|one| one.is_critical).find_map(|one| match &one.data {
            SubpacketData::Other(kind, _) | SubpacketData::Experimental(kind, _) => Some(*kind),
            SubpacketData::Notation(_) => Some(20),
            SubpacketData::RegularExpression(_) => Some(6),
            _ => None,
        });
    unknown.map_or(Ok(()), |kind| Err(Refusal::Critical(kind)))
}

/// The time that the signature itself protects; rPGP would also take one that anybody may add.
fn hashed_time(config: &SignatureConfig) -> Option<pgp::types::Timestamp> {
    config.hashed_subpackets().find_map(|one| match one.data {
        SubpacketData::SignatureCreationTime(made) => Some(made),
        _ => None,
    })
}

/// A number of OpenPGP begins with the count of its bits.
fn rsa_bits(params: &RsaPublicParams) -> u16 {
    let mut bytes = Vec::new();
    match params.to_writer(&mut bytes) {
        Ok(()) => bytes.first_chunk().map_or(0, |bits| u16::from_be_bytes(*bits)),
        Err(_) => 0,
    }
}
