//! New keys.

use pgp::composed::{KeyType, SecretKeyParamsBuilder, SignedKeyDetails, SignedSecretKey};
use pgp::crypto::hash::HashAlgorithm;
use pgp::packet::{
    KeyFlags, PacketTrait as _, SignatureConfig, SignatureType, Subpacket, SubpacketData,
};
use pgp::types::{KeyDetails as _, Password, SignedUser, Timestamp as Seconds};
use rand_core::OsRng;
use sre_format::Timestamp;

use super::key::seconds;
use super::{SigningError, SigningKey};

/// Bits of a new key: 128 bits of strength (NIST SP 800-57), half the time of 4096 to make and use.
const BITS: u32 = 3072;

impl SigningKey {
    /// Makes a key that signs and never expires, with a name that people will see.
    pub fn generate(user: &str, made: Timestamp) -> Result<Self, SigningError> {
        let failed = SigningError::making("key");
        let created = seconds(made)?;
        let parameters = SecretKeyParamsBuilder::default()
            .key_type(KeyType::Rsa(BITS))
            .can_certify(true)
            .can_sign(true)
            .primary_user_id(user.to_owned())
            .created_at(created)
            .build()
            .map_err(|error| SigningError::Making { what: "key", reason: error.to_string() })?;
        let key = parameters.generate(OsRng).map_err(&failed)?;
        Self::new("the new key", named(&key, created).map_err(failed)?, made)
    }
}

/// Certifies the name of a key again: the library takes the clock's time and wishes that we do not have.
fn named(key: &SignedSecretKey, made: Seconds) -> Result<SignedSecretKey, pgp::errors::Error> {
    let primary = &key.primary_key;
    let mut flags = KeyFlags::default();
    flags.set_certify(true);
    flags.set_sign(true);
    let mut users = Vec::new();
    for user in &key.details.users {
        let mut certification = SignatureConfig::v4(
            SignatureType::CertPositive,
            primary.algorithm(),
            HashAlgorithm::Sha256,
        );
        certification.hashed_subpackets = vec![
            Subpacket::regular(SubpacketData::SignatureCreationTime(made))?,
            Subpacket::regular(SubpacketData::IssuerFingerprint(primary.fingerprint()))?,
            Subpacket::regular(SubpacketData::KeyFlags(flags.clone()))?,
            Subpacket::regular(SubpacketData::IsPrimary(true))?,
        ];
        certification.unhashed_subpackets =
            vec![Subpacket::regular(SubpacketData::IssuerKeyId(primary.legacy_key_id()))?];
        let signature = certification.sign_certification(
            primary,
            primary.public_key(),
            &Password::empty(),
            user.id.tag(),
            &user.id,
        )?;
        users.push(SignedUser::new(user.id.clone(), vec![signature]));
    }
    let details = SignedKeyDetails::new(Vec::new(), Vec::new(), users, Vec::new());
    Ok(SignedSecretKey::new(key.primary_key.clone(), details, Vec::new(), Vec::new()))
}
