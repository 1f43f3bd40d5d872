//! OpenPGP beside `GnuPG`: each believes what the other signed, and refuses the same.

mod keys;
mod ours;
mod packets;
mod theirs;

use sre_format::Timestamp;
use sre_openpgp::{Keyring, Refusal, VerifyError};
use std::io::Cursor;

const DOCUMENT: &[u8] = b"<repomd>\n- a line with a dash\n</repomd>\n";

fn keyring(keys: &[u8]) -> Keyring {
    Keyring::parse("keys.asc", keys).unwrap()
}

fn verify(keys: &[u8], document: &[u8], signature: &[u8]) -> Result<String, VerifyError> {
    verify_at(keys, document, signature, Timestamp::now())
}

/// Gives the fingerprint of the key that signed.
fn verify_at(
    keys: &[u8],
    document: &[u8],
    signature: &[u8],
    now: Timestamp,
) -> Result<String, VerifyError> {
    let good = keyring(keys).verify_detached(&mut Cursor::new(document), signature, now)?;
    Ok(good[0].key.to_string())
}

/// Wants a refusal and gives its reason.
#[track_caller]
fn refusal<T: std::fmt::Debug>(result: Result<T, VerifyError>) -> Refusal {
    match result {
        Err(VerifyError::Refused { refused }) => refused[0].refusal.clone(),
        other => panic!("not refused: {other:?}"),
    }
}
