//! Private keys in files.

use std::fmt;

use pgp::composed::{SignedSecretKey, SignedSecretKeyParser};
use pgp::types::Password;
use sre_format::Timestamp;

use super::{SigningError, SigningKey};
use crate::fingerprint::Fingerprint;
use crate::limits::MAX_KEYRING;
use crate::{armor, packets};

/// A private key as it was read, perhaps sealed with a passphrase.
pub struct LockedKey {
    name: String,
    key: SignedSecretKey,
}

impl LockedKey {
    /// Reads a file with one private key, binary or armored.
    ///
    /// `name` is what messages call the file.
    pub fn parse(name: &str, bytes: &[u8]) -> Result<Self, SigningError> {
        let wrong = |reason: String| SigningError::Unreadable { name: name.to_owned(), reason };
        if bytes.len() > MAX_KEYRING {
            return Err(wrong("it is too large".to_owned()));
        }
        let bytes = armor::packets(bytes, armor::PRIVATE_KEY).map_err(|e| wrong(e.to_owned()))?;
        let bytes = zeroize::Zeroizing::new(bytes);
        let mut keys = SignedSecretKeyParser::from_packets(packets::read(&bytes).peekable());
        match (keys.next(), keys.next()) {
            (Some(Ok(key)), None) => Ok(Self { name: name.to_owned(), key }),
            (Some(Err(error)), _) | (_, Some(Err(error))) => Err(wrong(error.to_string())),
            (Some(_), Some(_)) => Err(wrong("it has more than one".to_owned())),
            (None, _) => Err(wrong("it has none".to_owned())),
        }
    }

    /// Says whether a passphrase is needed.
    #[must_use]
    pub fn is_sealed(&self) -> bool {
        let subkeys = self.key.secret_subkeys.iter().map(|one| one.key.secret_params());
        subkeys
            .chain([self.key.primary_key.secret_params()])
            .any(pgp::types::SecretParams::is_encrypted)
    }

    /// Opens the key, which must be fit to sign at the time `now`; where no passphrase is needed, it is
    /// not looked at.
    pub fn open(mut self, passphrase: &[u8], now: Timestamp) -> Result<SigningKey, SigningError> {
        let passphrase = Password::from(passphrase);
        let wrong = |_| SigningError::WrongPassphrase { name: self.name.clone() };
        self.key.primary_key.remove_password(&passphrase).map_err(wrong)?;
        for subkey in &mut self.key.secret_subkeys {
            subkey.key.remove_password(&passphrase).map_err(wrong)?;
        }
        SigningKey::new(&self.name, self.key, now)
    }
}

impl fmt::Debug for LockedKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("LockedKey")
            .field("name", &self.name)
            .field("fingerprint", &Fingerprint::of(&self.key.primary_key))
            .finish_non_exhaustive()
    }
}
