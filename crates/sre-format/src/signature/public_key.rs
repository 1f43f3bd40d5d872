//! Public keys and the ids that name them.

use std::fmt;
use std::str::FromStr;

use data_encoding::HEXLOWER;
use p256::ecdsa::signature::Verifier as _;
use p256::ecdsa::{Signature, VerifyingKey};
use p256::pkcs8::{DecodePublicKey as _, EncodePublicKey as _, LineEnding};

use super::Fingerprint;
use crate::Digest;
use crate::text_form::text_form;

/// The id of a key: the SHA-256 of its `SubjectPublicKeyInfo` in DER, written as 64 hexadecimal digits.
///
/// `openssl pkey -pubin -in site.pub -outform DER | sha256sum` prints the same.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId([u8; 32]);

/// Says why a text is not a key id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a key id: expected 64 lowercase hexadecimal digits")]
pub struct ParseKeyIdError {
    text: String,
}

/// A public key that signatures are checked with: ECDSA on the curve P-256.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey {
    key: VerifyingKey,
    spki: Vec<u8>,
    id: KeyId,
}

/// Says why bytes are not a public key that can be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PublicKeyError {
    /// The text is a private key, which belongs to nobody but the signer.
    #[error("it holds a private key")]
    Private,
    /// The text holds no PEM block of the kind.
    #[error("it holds no `-----BEGIN PUBLIC KEY-----` block")]
    NoPem,
    /// More than one key, or the key within another file, whose other lines would be ignored.
    #[error("it holds something else beside one public key")]
    Surplus,
    /// The block is there, but no key on P-256 is in it.
    #[error("its public key is not ECDSA on the curve P-256")]
    Curve,
    /// More text than a key and its comment needs.
    #[error("it is larger than a public key: {size} bytes")]
    Size {
        /// Size of the text in bytes.
        size: usize,
    },
}

/// Says that a signature does not belong to the key and the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WrongSignature {
    /// The bytes are not an ASN.1 DER pair of two numbers.
    #[error("not an ECDSA signature in DER")]
    Malformed,
    /// The second number is in the upper half: the same signature in the form that is not allowed.
    #[error("not in the one form that is allowed: its second number is in the upper half")]
    UpperHalf,
    /// The signature is well formed and of something else, or by another key.
    #[error("not a signature of this key over these bytes")]
    Mismatch,
}

/// The largest PEM text that is read as one public key, in bytes; a P-256 key takes 178.
const MAX_PEM: usize = 4096;

const BEGIN: &str = "-----BEGIN PUBLIC KEY-----";
const END: &str = "-----END PUBLIC KEY-----";

impl KeyId {
    /// Wraps the 32 bytes of the hash.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Gives the 32 bytes of the hash.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Gives the same 32 bytes in the form that people compare and type.
    #[must_use]
    pub const fn fingerprint(self) -> Fingerprint {
        Fingerprint::of(self)
    }
}

impl PublicKey {
    /// Reads a `SubjectPublicKeyInfo` from PEM, as `openssl pkey -pubout` and `cosign` write it.
    pub fn from_pem(text: &str) -> Result<Self, PublicKeyError> {
        if text.len() > MAX_PEM {
            return Err(PublicKeyError::Size { size: text.len() });
        }
        if text.contains("PRIVATE KEY-----") {
            return Err(PublicKeyError::Private);
        }
        let start = text.find(BEGIN).ok_or(PublicKeyError::NoPem)?;
        let (before, pem) = (&text[..start], text[start..].trim_end());
        let is_comment = |line: &str| line.is_empty() || line.starts_with('#');
        // A trust file under another name must not pass for its first key.
        if !before.lines().all(is_comment) || !pem.ends_with(END) || pem.matches(END).count() > 1 {
            return Err(PublicKeyError::Surplus);
        }
        let key = VerifyingKey::from_public_key_pem(pem).map_err(|_| PublicKeyError::Curve)?;
        Self::from_verifying_key(key)
    }

    /// Wraps a key that was computed from a private one.
    pub fn from_verifying_key(key: VerifyingKey) -> Result<Self, PublicKeyError> {
        let spki = key.to_public_key_der().map_err(|_| PublicKeyError::Curve)?.into_vec();
        let id = KeyId(*Digest::of(&spki).as_bytes());
        Ok(Self { key, spki, id })
    }

    /// Gives the id that names the key's files.
    #[must_use]
    pub const fn id(&self) -> KeyId {
        self.id
    }

    /// Gives the `SubjectPublicKeyInfo` in DER.
    #[must_use]
    pub fn spki(&self) -> &[u8] {
        &self.spki
    }

    /// Writes the key as PEM with `\n` line ends, the only form that a bundle carries.
    #[must_use]
    pub fn to_pem(&self) -> String {
        let pem = self.key.to_public_key_pem(LineEnding::LF);
        #[expect(clippy::expect_used, reason = "the same key was encoded when it was made")]
        pem.expect("a key that has a DER form has a PEM form")
    }

    /// Checks an ASN.1 DER signature over the SHA-256 of a message.
    ///
    /// With (r, s) anybody can write (r, n - s), which mathematics accepts as well; only the one
    /// with s in the lower half is taken, so that no byte of a signature can be changed unnoticed.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), WrongSignature> {
        let signature = Signature::from_der(signature).map_err(|_| WrongSignature::Malformed)?;
        if signature.normalize_s() != signature {
            return Err(WrongSignature::UpperHalf);
        }
        self.key.verify(message, &signature).map_err(|_| WrongSignature::Mismatch)
    }
}

impl FromStr for KeyId {
    type Err = ParseKeyIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || ParseKeyIdError { text: text.chars().take(80).collect() };
        let bytes = HEXLOWER.decode(text.as_bytes()).map_err(|_| wrong())?;
        Ok(Self(bytes.try_into().map_err(|_| wrong())?))
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&HEXLOWER.encode(&self.0))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("PublicKey").field(&self.id).finish()
    }
}

text_form!(KeyId);

#[cfg(test)]
mod tests {
    use super::*;

    /// Made by `openssl ecparam -genkey -name prime256v1 | openssl pkey -pubout`.
    const BY_OPENSSL: &str = "-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEORcVI0ip4YDg+8naLNPbu70hNycq
GF9zbVY0S9825CnLaizPK5HEJs5ZdPfLYI8lsNIK5ZAQ0x6yhtSl6zkHow==
-----END PUBLIC KEY-----
";
    const ID_BY_SHA256SUM: &str =
        "39134be2016350ec45be5e66a82a6bc3fc817b7f40c6ba913930ab22e9d27131";

    #[test]
    fn names_a_key_as_openssl_and_sha256sum_do() {
        let key = PublicKey::from_pem(BY_OPENSSL).unwrap();
        assert_eq!(key.id().to_string(), ID_BY_SHA256SUM);
        assert_eq!(key.to_pem(), BY_OPENSSL);
    }

    #[test]
    fn reads_a_key_with_a_comment_before_it() {
        assert!(PublicKey::from_pem(&format!("# release key 2026\n{BY_OPENSSL}\n")).is_ok());
    }

    #[test]
    fn refuses_private_keys_other_curves_and_other_texts() {
        let private = "-----BEGIN PRIVATE KEY-----\n";
        assert_eq!(PublicKey::from_pem(private), Err(PublicKeyError::Private));
        assert_eq!(PublicKey::from_pem("hello"), Err(PublicKeyError::NoPem));
        let cut = BY_OPENSSL.replace("MFkw", "MFkx");
        assert_eq!(PublicKey::from_pem(&cut), Err(PublicKeyError::Curve));
        for text in [
            format!("threshold = 2\n{BY_OPENSSL}"),
            format!("{BY_OPENSSL}{BY_OPENSSL}"),
            format!("{BY_OPENSSL}and more"),
        ] {
            assert_eq!(PublicKey::from_pem(&text), Err(PublicKeyError::Surplus), "{text}");
        }
        let long = " ".repeat(MAX_PEM + 1);
        assert!(matches!(PublicKey::from_pem(&long), Err(PublicKeyError::Size { .. })));
    }
}
