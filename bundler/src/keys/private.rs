//! Private keys in files.

use std::io::Read as _;
use std::path::Path;

use p256::SecretKey;
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use p256::pkcs8::DecodePrivateKey as _;
use pkcs8::EncryptedPrivateKeyInfoRef;
use pkcs8::der::{Document, SecretDocument};
use sre_format::signature::PublicKey;
use zeroize::Zeroizing;

use super::derivation::is_bearable;
use super::{KeyError, Passphrase, PassphraseSource, cosign};

/// A private key on P-256, wiped when dropped.
pub struct PrivateKey {
    key: SigningKey,
    public: PublicKey,
}

/// The largest key file that is read, in bytes.
const MAX_FILE: usize = 64 * 1024;

/// The PEM labels of private keys and how each is opened.
#[derive(Clone, Copy)]
enum Kind {
    Pkcs8,
    EncryptedPkcs8,
    Sec1,
    Cosign,
}

const KINDS: [(&str, Kind); 5] = [
    ("PRIVATE KEY", Kind::Pkcs8),
    ("ENCRYPTED PRIVATE KEY", Kind::EncryptedPkcs8),
    ("EC PRIVATE KEY", Kind::Sec1),
    ("ENCRYPTED SIGSTORE PRIVATE KEY", Kind::Cosign),
    ("ENCRYPTED COSIGN PRIVATE KEY", Kind::Cosign),
];

impl PrivateKey {
    /// Reads a key file of any known kind, asking for its passphrase when it is encrypted.
    pub fn read(path: &Path, passphrases: &PassphraseSource) -> Result<Self, KeyError> {
        let failed = |source| KeyError::Read { path: path.to_owned(), source };
        // Room for all of it from the start: a text that grows leaves copies behind that nobody wipes.
        let mut text = Zeroizing::new(String::with_capacity(MAX_FILE));
        let file = std::fs::File::open(path).map_err(failed)?;
        file.take(MAX_FILE as u64).read_to_string(&mut text).map_err(failed)?;
        Self::parse(&text, path, || {
            let none = || KeyError::NoPassphrase { path: path.to_owned() };
            passphrases.ask(path)?.ok_or_else(none)
        })
    }

    /// Computes the public half of a private number.
    pub(super) fn of(secret: &SecretKey) -> Option<Self> {
        let key = SigningKey::from(secret);
        let public = PublicKey::from_verifying_key(*key.verifying_key()).ok()?;
        Some(Self { key, public })
    }

    /// Gives the public half.
    #[must_use]
    pub const fn public_key(&self) -> &PublicKey {
        &self.public
    }

    /// Signs the SHA-256 of a message, in DER with s in the lower half; the same message gives the
    /// same signature.
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        let signature: Signature = self.key.sign(message);
        signature.normalize_s().to_der().as_bytes().to_vec()
    }

    /// Finds a key in a text; `ask` gives the passphrase of one that is encrypted.
    pub(crate) fn parse(
        text: &str,
        path: &Path,
        ask: impl Fn() -> Result<Passphrase, KeyError>,
    ) -> Result<Self, KeyError> {
        let unknown = || KeyError::Unknown { path: path.to_owned() };
        let (pem, kind) = find(text).ok_or_else(unknown)?;
        if pem.contains("Proc-Type: 4,ENCRYPTED") {
            return Err(KeyError::OldEncryption { path: path.to_owned() });
        }
        let secret = match kind {
            Kind::Pkcs8 => SecretKey::from_pkcs8_pem(pem).map_err(|e| unusable(path, &e)),
            Kind::Sec1 => SecretKey::from_sec1_pem(pem).map_err(|e| unusable(path, &e)),
            Kind::EncryptedPkcs8 => decrypt(pem, path, &ask()?),
            Kind::Cosign => {
                let document = cosign::decrypt(pem, path, &ask()?)?;
                SecretKey::from_pkcs8_der(&document).map_err(|e| unusable(path, &e))
            }
        }?;
        Self::of(&secret).ok_or_else(unknown)
    }
}

impl std::fmt::Debug for PrivateKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("PrivateKey").field("id", &self.public.id()).finish_non_exhaustive()
    }
}

pub(super) fn unusable(path: &Path, reason: &dyn std::fmt::Display) -> KeyError {
    KeyError::Unusable { path: path.to_owned(), reason: reason.to_string() }
}

/// Finds the first block of a private key; `openssl ecparam -genkey` writes another one before it.
fn find(text: &str) -> Option<(&str, Kind)> {
    let blocks = KINDS.iter().filter_map(|(label, kind)| {
        let (begin, end) = (format!("-----BEGIN {label}-----"), format!("-----END {label}-----"));
        let start = text.find(&begin)?;
        let length = text[start..].find(&end)? + end.len();
        Some((start, &text[start..start + length], *kind))
    });
    blocks.min_by_key(|(start, ..)| *start).map(|(_, pem, kind)| (pem, kind))
}

fn decrypt(pem: &str, path: &Path, passphrase: &Passphrase) -> Result<SecretKey, KeyError> {
    let (_, document) = Document::from_pem(pem).map_err(|e| unusable(path, &e))?;
    let encrypted = EncryptedPrivateKeyInfoRef::try_from(document.as_bytes())
        .map_err(|e| unusable(path, &e))?;
    if !is_bearable(&encrypted.encryption_algorithm) {
        return Err(unusable(path, &"the parameters of its key derivation are out of bounds"));
    }
    let wrong = |_| KeyError::WrongPassphrase { path: path.to_owned() };
    let plain: SecretDocument = encrypted.decrypt(passphrase.as_bytes()).map_err(wrong)?;
    SecretKey::from_pkcs8_der(plain.as_bytes()).map_err(|e| unusable(path, &e))
}
