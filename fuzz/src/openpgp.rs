//! OpenPGP: keys, signatures of upstreams, and private keys.

use std::io::Cursor;

use sre_format::Timestamp;
use sre_openpgp::Keyring;
use sre_openpgp::signing::LockedKey;

/// The keys that the examples of signatures were made with.
const KEYS: &[u8] = include_bytes!("../corpus/openpgp-keyring/site.pgp.pub");
/// What the examples of signatures are over.
const SIGNED: &[u8] = b"signed\n";

fn now() -> Timestamp {
    Timestamp::from_unix_seconds(1_800_000_000).unwrap_or_else(Timestamp::now)
}

/// Reads public keys.
#[must_use]
pub fn keyring(bytes: &[u8]) -> bool {
    let Ok(keyring) = Keyring::parse("keys", bytes) else { return false };
    assert!(!keyring.fingerprints().is_empty());
    true
}

/// Checks detached signatures.
#[must_use]
pub fn signature(bytes: &[u8]) -> bool {
    let Ok(keyring) = Keyring::parse("keys", KEYS) else { return false };
    let other = keyring.verify_detached(&mut Cursor::new(b"other"), bytes, now());
    assert!(other.is_err(), "nobody signed this");
    keyring.verify_detached(&mut Cursor::new(SIGNED), bytes, now()).is_ok()
}

/// Checks a document that is signed in the clear.
#[must_use]
pub fn clear_signed(bytes: &[u8]) -> bool {
    let Ok(keyring) = Keyring::parse("keys", KEYS) else { return false };
    let Ok(signed) = keyring.verify_clear_signed(bytes, now()) else { return false };
    assert_eq!(signed.text.as_bytes(), SIGNED, "nobody signed this");
    true
}

/// Reads a private key.
#[must_use]
pub fn private_key(bytes: &[u8]) -> bool {
    LockedKey::parse("key", bytes).is_ok()
}
