//! The OpenPGP key that signs metadata of package repositories.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use sre_format::Timestamp;
use sre_openpgp::signing::{LockedKey, SigningKey};
use zeroize::Zeroizing;

use super::{KeyError, PassphraseSource};

/// The largest key file that is read, in bytes; one has 3 KiB, and people append others' signatures.
const MAX_FILE: u64 = 1 << 20;

/// Reads an OpenPGP private key, asking for its passphrase when it is sealed.
pub fn read_repository_key(
    path: &Path,
    passphrases: &PassphraseSource,
) -> Result<SigningKey, KeyError> {
    let failed = |source| KeyError::Read { path: path.to_owned(), source };
    let mut bytes = Zeroizing::new(Vec::new());
    File::open(path)
        .and_then(|file| file.take(MAX_FILE).read_to_end(&mut bytes))
        .map_err(failed)?;
    let key = LockedKey::parse(&path.display().to_string(), &bytes)?;
    let passphrase = if key.is_sealed() { passphrases.ask(path)? } else { None };
    match passphrase {
        None if key.is_sealed() => Err(KeyError::NoPassphrase { path: path.to_owned() }),
        None => Ok(key.open(&[], Timestamp::now())?),
        Some(passphrase) => Ok(key.open(passphrase.as_bytes(), Timestamp::now())?),
    }
}
