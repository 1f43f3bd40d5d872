//! Keys, signatures, and the files that say whom to believe.

use sre_bundle::fuzzing;
use sre_format::signature::{BundleFacts, PublicKey, SignatureFile, envelope as sigstore};
use sre_format::trust::{Trust, TrustFile};

use crate::text;

/// Length of a plain signature in the examples of [`signatures`].
const PLAIN: usize = 72;

/// Takes payload and signature out of a Sigstore bundle.
#[must_use]
pub fn envelope(bytes: &[u8]) -> bool {
    let Ok(opened) = sigstore::open(bytes) else { return false };
    assert!(opened.payload.len() + opened.signature.len() <= bytes.len());
    true
}

/// Reads a public key; what is believed must be the same when it is written again.
#[must_use]
pub fn public_key(bytes: &[u8]) -> bool {
    let Ok(key) = PublicKey::from_pem(text(bytes)) else { return false };
    assert_eq!(PublicKey::from_pem(&key.to_pem()).ok().map(|again| again.id()), Some(key.id()));
    true
}

/// Reads a private key of any kind.
#[must_use]
pub fn private_key(bytes: &[u8]) -> bool {
    let Some(key) = fuzzing::private_key(text(bytes)) else { return false };
    assert!(PublicKey::from_pem(&key.to_pem()).is_ok());
    true
}

/// Reads what a signer command printed.
#[must_use]
pub fn signer_answer(bytes: &[u8]) -> bool {
    let Some(signature) = fuzzing::signer_answer(bytes) else { return false };
    assert!(signature.len() <= PLAIN);
    true
}

/// Reads a trust file, which must mean the same when it is written again.
#[must_use]
pub fn trust_file(bytes: &[u8]) -> bool {
    let Ok(file) = TrustFile::parse(bytes) else { return false };
    let again = TrustFile::parse(file.to_toml().as_bytes());
    assert_eq!(again.ok().map(|again| again.to_toml()), Some(file.to_toml()));
    true
}

/// Checks signatures that nobody made.
///
/// Up to the first zero byte stands a public key; the rest is split into a plain signature of
/// 72 bytes and a Sigstore bundle.
#[must_use]
pub fn signatures(bytes: &[u8]) -> bool {
    let Some(split) = bytes.iter().position(|byte| *byte == 0) else { return false };
    let (pem, rest) = bytes.split_at(split);
    let Ok(key) = PublicKey::from_pem(text(pem)) else { return false };
    let (plain, sigstore) = rest[1..].split_at((rest.len() - 1).min(PLAIN));
    let file = |suffix: &str, bytes: &[u8]| SignatureFile {
        name: format!("{}{suffix}", key.id()),
        bytes: bytes.to_vec(),
    };
    let files = [file(".sig", plain), file(".sigstore.json", sigstore)];
    let (Ok(name), Ok(version), Ok(channel)) = ("sre".parse(), "1.0.0".parse(), "stable".parse())
    else {
        return false;
    };
    let facts = BundleFacts { name, version, channel, serial: 1 };
    let checked = Trust::of_key(key).check_table(&facts, b"table", &files);
    assert!(checked.is_err(), "nobody signed this");
    true
}
