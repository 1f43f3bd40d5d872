//! The public half of a key that logs in, which stands beside the private one.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use sre_site::words::PublicKey;

use super::HostPlanError;

/// The most bytes of a public key that are read: more than any line that is one.
const MOST_BYTES: u64 = 16 << 10;

/// Reads the public key that belongs to a private one, by the name that `ssh-keygen` gives it.
pub(super) fn public_key(key: &Path) -> Result<PublicKey, HostPlanError> {
    let mut path = OsString::from(key);
    path.push(".pub");
    let path = PathBuf::from(path);
    match read(&path) {
        Ok(found) => Ok(found),
        Err(source) => Err(HostPlanError::PublicKey { path, key: key.to_owned(), source }),
    }
}

fn read(path: &Path) -> io::Result<PublicKey> {
    let mut text = String::new();
    File::open(path)?.take(MOST_BYTES).read_to_string(&mut text)?;
    text.trim_end().parse().map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}
