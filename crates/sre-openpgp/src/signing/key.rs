//! Keys that sign, unlocked, in memory.

use std::fmt;

use pgp::composed::{ArmorOptions, SignedSecretKey};
use pgp::crypto::hash::HashAlgorithm;
use pgp::crypto::public_key::PublicKeyAlgorithm;
use pgp::crypto::sym::SymmetricKeyAlgorithm;
use pgp::types::{KeyDetails as _, Password, S2kParams, StringToKey, Timestamp as Seconds};
use rand_core::{OsRng, RngCore as _};
use sre_format::Timestamp;
use zeroize::Zeroizing;

use super::SigningError;
use crate::certificate::{Certificate, Component};
use crate::fingerprint::Fingerprint;
use crate::keyring::Keyring;
use crate::policy::Refusal;

/// A private key that signs repository metadata; its numbers are wiped when it is dropped.
pub struct SigningKey {
    pub(super) key: SignedSecretKey,
    pub(super) part: Part,
    pub(super) public: Keyring,
    /// When the key was seen to be fit to sign.
    pub(super) fit_at: Timestamp,
}

/// Which key of the certificate signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Primary,
    Subkey(usize),
}

/// How often a passphrase is hashed, in the code of RFC 9580, section 3.7.1.3: 62 MiB, the most that can
/// be said. Argon2 would be better, and no released `gpg` reads it.
const ROUNDS: u8 = 255;
/// Bytes of a block of AES.
const BLOCK: usize = 16;

impl SigningKey {
    /// Takes an unlocked key and finds the part of it that may sign: the newest subkey made for it, else the
    /// primary key.
    pub(super) fn new(
        name: &str,
        key: SignedSecretKey,
        now: Timestamp,
    ) -> Result<Self, SigningError> {
        let certificate = Certificate::new(key.to_public_key());
        let subkeys = key.secret_subkeys.iter().enumerate().rev();
        let subkeys = subkeys.map(|(at, one)| (Part::Subkey(at), one.key.algorithm()));
        let primary = (Part::Primary, key.primary_key.algorithm());
        let (mut refusal, mut part) = (None, None);
        for (found, algorithm) in subkeys.chain([primary]) {
            if !matches!(algorithm, PublicKeyAlgorithm::RSA | PublicKeyAlgorithm::RSASign) {
                continue;
            }
            match may_sign(&certificate, &key, found, now) {
                Ok(()) => part = part.or(Some(found)),
                Err(error) => refusal = Some(error),
            }
        }
        let name = name.to_owned();
        match (part, refusal) {
            (Some(part), _) => {
                Ok(Self { public: Keyring::of(certificate), key, part, fit_at: now })
            }
            (None, Some(refusal)) => Err(SigningError::Unfit { name, refusal }),
            (None, None) => Err(SigningError::NotRsa { name }),
        }
    }

    /// Gives the fingerprint of the certificate.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(&self.key.primary_key)
    }

    /// Gives the public half as a keyring.
    #[must_use]
    pub const fn keyring(&self) -> &Keyring {
        &self.public
    }

    /// Writes the public half, armored, as `rpm --import` and `signed-by` of apt read it.
    pub fn public_key(&self) -> Result<String, SigningError> {
        let public = self.key.to_public_key();
        public.to_armored_string(ArmorOptions::default()).map_err(SigningError::making("key"))
    }

    /// Writes the private half, armored, sealed with a passphrase unless there is none.
    pub fn private_key(
        &self,
        passphrase: Option<&[u8]>,
    ) -> Result<Zeroizing<String>, SigningError> {
        let failed = SigningError::making("key");
        let mut key = self.key.clone();
        if let Some(passphrase) = passphrase {
            let passphrase = Password::from(passphrase);
            let primary = &mut key.primary_key;
            primary.set_password_with_s2k(&passphrase, sealing()).map_err(&failed)?;
            for subkey in &mut key.secret_subkeys {
                subkey.key.set_password_with_s2k(&passphrase, sealing()).map_err(&failed)?;
            }
        }
        key.to_armored_string(ArmorOptions::default()).map(Zeroizing::new).map_err(failed)
    }
}

fn may_sign(
    certificate: &Certificate,
    key: &SignedSecretKey,
    part: Part,
    now: Timestamp,
) -> Result<(), Refusal> {
    let component = match part {
        Part::Primary => Some(Component::Primary),
        Part::Subkey(at) => {
            let subkey = key.secret_subkeys.get(at).map(|one| Fingerprint::of(&one.key));
            subkey.and_then(|one| certificate.find(&crate::KeyName::Fingerprint(one)))
        }
    };
    component.map_or(Err(Refusal::Unbound(None)), |one| certificate.may_sign(one, now).map(|_| ()))
}

/// AES-256 in the one mode that every `gpg` reads.
fn sealing() -> S2kParams {
    let mut vector = vec![0; BLOCK];
    OsRng.fill_bytes(&mut vector);
    S2kParams::Cfb {
        sym_alg: SymmetricKeyAlgorithm::AES256,
        s2k: StringToKey::new_iterated(OsRng, HashAlgorithm::Sha256, ROUNDS),
        iv: vector.into(),
    }
}

pub(super) fn seconds(time: Timestamp) -> Result<Seconds, SigningError> {
    let seconds = u32::try_from(time.unix_seconds());
    seconds.map(Seconds::from_secs).map_err(|_| SigningError::Time { time })
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("SigningKey")
            .field("fingerprint", &self.fingerprint())
            .finish_non_exhaustive()
    }
}
