//! Certificates: a primary key, its subkeys, and what the owner says about them.

use pgp::composed::{SignedPublicKey, SignedPublicSubKey};
use pgp::packet::{PublicKey, PublicSubkey, Signature, SignatureType, SubpacketData};
use pgp::types::{Duration, KeyDetails, Tag, VerifyingKey};
use sre_format::Timestamp;

use crate::fingerprint::{Fingerprint, KeyName};
use crate::moment::{after, moment};
use crate::policy::{Refusal, check_key, check_signature};

/// A certificate with everything that came with it, none of it believed yet.
#[derive(Clone, Debug)]
pub(crate) struct Certificate(SignedPublicKey);

/// One key of a certificate.
#[derive(Clone, Copy)]
pub(crate) enum Component<'a> {
    Primary,
    Subkey(&'a SignedPublicSubKey),
}

/// What the owner says about a key, from the newest signature that may be believed.
struct Statement<'a> {
    signature: &'a Signature,
    made: Timestamp,
    signs: Option<bool>,
    lifetime: Option<Duration>,
}

impl Certificate {
    pub(crate) const fn new(key: SignedPublicKey) -> Self {
        Self(key)
    }

    pub(crate) fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(&self.0.primary_key)
    }

    /// Gives the first name on the certificate; whoever made it chose it.
    pub(crate) fn user(&self) -> Option<String> {
        self.0.details.users.first().map(|user| String::from_utf8_lossy(user.id.id()).into_owned())
    }

    /// Finds the key with a name.
    pub(crate) fn find(&self, name: &KeyName) -> Option<Component<'_>> {
        if is_named(&self.0.primary_key, name) {
            return Some(Component::Primary);
        }
        self.0.public_subkeys.iter().find(|one| is_named(&one.key, name)).map(Component::Subkey)
    }

    pub(crate) fn key_fingerprint(&self, component: Component<'_>) -> Fingerprint {
        match component {
            Component::Primary => self.fingerprint(),
            Component::Subkey(subkey) => Fingerprint::of(&subkey.key),
        }
    }

    /// Checks the arithmetic of a signature over a document.
    pub(crate) fn verify(
        &self,
        component: Component<'_>,
        signature: &Signature,
        data: impl std::io::Read,
    ) -> Result<(), pgp::errors::Error> {
        match component {
            Component::Primary => signature.verify(&self.0.primary_key, data),
            Component::Subkey(subkey) => signature.verify(&subkey.key, data),
        }
    }

    /// Says whether one of the keys may sign documents now, and since when it is there.
    pub(crate) fn may_sign(
        &self,
        component: Component<'_>,
        now: Timestamp,
    ) -> Result<Timestamp, Refusal> {
        let primary = &self.0.primary_key;
        if self.0.details.revocation_signatures.iter().any(|one| one.verify_key(primary).is_ok()) {
            return Err(Refusal::Revoked);
        }
        check_key(primary)?;
        let said = self.statement(now)?;
        not_expired(primary, &said, now)?;
        match component {
            Component::Primary => {
                said.signs.unwrap_or(true).then_some(()).ok_or(Refusal::NotForSigning)?;
                Ok(moment(primary.created_at()))
            }
            Component::Subkey(subkey) => subkey_may_sign(primary, subkey, now),
        }
    }

    /// Finds the newest statement of the owner about the primary key, directly or on a name.
    fn statement(&self, now: Timestamp) -> Result<Statement<'_>, Refusal> {
        let primary = &self.0.primary_key;
        let direct =
            self.0.details.direct_signatures.iter().filter(|one| {
                one.typ() == Some(SignatureType::Key) && one.verify_key(primary).is_ok()
            });
        let on_names = self.0.details.users.iter().flat_map(|user| {
            let valid = |one: &&Signature| {
                is_by(one, primary)
                    && one.verify_certification(primary, Tag::UserId, &user.id).is_ok()
            };
            let revoked = user
                .signatures
                .iter()
                .filter(|one| one.typ() == Some(SignatureType::CertRevocation))
                .any(|one| valid(&one));
            let kept = if revoked { &[] } else { user.signatures.as_slice() };
            kept.iter().filter(valid)
        });
        newest(direct.chain(on_names), now)
    }
}

/// A subkey signs when the primary key says so, and when the subkey itself agrees to belong to it: else
/// one could adopt the subkey of another and claim what it signed.
fn subkey_may_sign(
    primary: &PublicKey,
    subkey: &SignedPublicSubKey,
    now: Timestamp,
) -> Result<Timestamp, Refusal> {
    let of_kind = |kind| subkey.signatures.iter().filter(move |one| one.typ() == Some(kind));
    let is_valid = |one: &Signature| one.verify_subkey_binding(primary, &subkey.key).is_ok();
    if of_kind(SignatureType::SubkeyRevocation).any(is_valid) {
        return Err(Refusal::Revoked);
    }
    check_key(&subkey.key)?;
    let said = newest(of_kind(SignatureType::SubkeyBinding).filter(|one| is_valid(one)), now)?;
    said.signs.unwrap_or(true).then_some(()).ok_or(Refusal::NotForSigning)?;
    if !agrees(said.signature, &subkey.key, primary, now) {
        return Err(Refusal::Unbound(None));
    }
    not_expired(&subkey.key, &said, now)?;
    Ok(moment(subkey.key.created_at()))
}

fn agrees(binding: &Signature, subkey: &PublicSubkey, primary: &PublicKey, now: Timestamp) -> bool {
    binding.embedded_signature().is_some_and(|back| {
        check_signature(back, now).is_ok()
            && back.verify_primary_key_binding(subkey, primary).is_ok()
    })
}

/// Takes the newest statement that the policy accepts; says why none, where there is none.
fn newest<'a>(
    signatures: impl Iterator<Item = &'a Signature>,
    now: Timestamp,
) -> Result<Statement<'a>, Refusal> {
    let mut found: Option<Statement<'a>> = None;
    let mut refusal = None;
    for signature in signatures {
        match check_signature(signature, now) {
            Ok(made) if found.as_ref().is_none_or(|before| made >= before.made) => {
                found = Some(statement_of(signature, made));
            }
            Ok(_) => {}
            Err(error) => refusal = Some(Box::new(error)),
        }
    }
    found.ok_or(Refusal::Unbound(refusal))
}

fn statement_of(signature: &Signature, made: Timestamp) -> Statement<'_> {
    let flags =
        signature.config().into_iter().flat_map(pgp::packet::SignatureConfig::hashed_subpackets);
    // A key without flags may do what its algorithm can (RFC 4880, section 5.2.3.21 leaves it open).
    let signs = flags.filter_map(|one| match &one.data {
        SubpacketData::KeyFlags(flags) => Some(flags.sign()),
        _ => None,
    });
    let lifetime = signature.key_expiration_time().filter(|lifetime| lifetime.as_secs() > 0);
    Statement { signature, made, signs: signs.last(), lifetime }
}

fn not_expired(key: &impl KeyDetails, said: &Statement<'_>, now: Timestamp) -> Result<(), Refusal> {
    let Some(lifetime) = said.lifetime else { return Ok(()) };
    let end = after(key.created_at(), lifetime);
    if end <= now { Err(Refusal::KeyExpired(end)) } else { Ok(()) }
}

fn is_named(key: &impl KeyDetails, name: &KeyName) -> bool {
    match name {
        KeyName::Fingerprint(fingerprint) => Fingerprint::of(key) == *fingerprint,
        KeyName::Id(id) => key.legacy_key_id().as_ref() == id,
    }
}

/// Tells whether a signature claims to be by this key, so that those of strangers cost nothing.
fn is_by(signature: &Signature, key: &impl VerifyingKey) -> bool {
    let (id, fingerprint) = (key.legacy_key_id(), key.fingerprint());
    signature.issuer_key_id().into_iter().any(|one| *one == id)
        || signature.issuer_fingerprint().into_iter().any(|one| *one == fingerprint)
}
