//! Keyrings: the public keys that are believed.

use std::fmt;

use pgp::composed::SignedPublicKeyParser;
use sre_format::Timestamp;

use crate::certificate::{Certificate, Component};
use crate::error::KeyringError;
use crate::fingerprint::{Fingerprint, KeyName};
use crate::limits::{MAX_CERTIFICATES, MAX_KEYRING};
use crate::{armor, packets};

/// Public keys that a person chose to believe.
#[derive(Clone, Default)]
pub struct Keyring(Vec<Certificate>);

/// A signature that holds, by a key that is believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GoodSignature {
    /// The fingerprint of the key that signed.
    pub key: Fingerprint,
    /// The fingerprint of the certificate that the key belongs to; the same for a primary key.
    pub certificate: Fingerprint,
    /// The first name on the certificate, as its owner chose it.
    pub user: Option<String>,
    /// When it was made, as the signer says.
    pub made: Timestamp,
}

impl Keyring {
    /// Reads a file of one or several public keys, binary or armored in one block or several.
    ///
    /// `name` is what messages call the file.
    pub fn parse(name: &str, bytes: &[u8]) -> Result<Self, KeyringError> {
        let wrong = |reason: String| KeyringError::Unreadable { name: name.to_owned(), reason };
        if bytes.len() > MAX_KEYRING {
            return Err(KeyringError::TooLarge { name: name.to_owned() });
        }
        let bytes = armor::packets(bytes, armor::PUBLIC_KEY).map_err(|e| wrong(e.to_owned()))?;
        let mut certificates = Vec::new();
        for key in SignedPublicKeyParser::from_packets(packets::read(&bytes).peekable()) {
            if certificates.len() == MAX_CERTIFICATES {
                return Err(KeyringError::TooMany { name: name.to_owned() });
            }
            certificates.push(Certificate::new(key.map_err(|error| wrong(error.to_string()))?));
        }
        if certificates.is_empty() {
            return Err(wrong("it has none".to_owned()));
        }
        Ok(Self(certificates))
    }

    /// Wraps one certificate.
    #[cfg(feature = "signing")]
    pub(crate) fn of(certificate: Certificate) -> Self {
        Self(vec![certificate])
    }

    /// Adds the keys of another keyring.
    pub fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// Keeps the keys with these fingerprints alone; each of them must be there.
    ///
    /// `name` is what messages call the keyring.
    pub fn only(mut self, name: &str, wanted: &[Fingerprint]) -> Result<Self, KeyringError> {
        let known = self.fingerprints();
        if let Some(missing) = wanted.iter().find(|one| !known.contains(one)) {
            let (name, missing) = (name.to_owned(), missing.clone());
            return Err(KeyringError::Missing { name, missing, known });
        }
        self.0.retain(|certificate| wanted.contains(&certificate.fingerprint()));
        Ok(self)
    }

    /// Gives the fingerprints of the primary keys.
    #[must_use]
    pub fn fingerprints(&self) -> Vec<Fingerprint> {
        self.0.iter().map(Certificate::fingerprint).collect()
    }

    /// Finds every key with one of these names; an id of eight bytes may be shared.
    pub(crate) fn find<'a>(
        &'a self,
        names: &'a [KeyName],
    ) -> impl Iterator<Item = (&'a Certificate, Component<'a>)> {
        self.0.iter().filter_map(|certificate| {
            let component = names.iter().find_map(|name| certificate.find(name))?;
            Some((certificate, component))
        })
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Keyring").field(&self.fingerprints()).finish()
    }
}
