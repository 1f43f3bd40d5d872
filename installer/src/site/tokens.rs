//! The tokens by which nodes join: made once, kept beside the inventory, shown to nobody.

use std::fs;
use std::io;
use std::path::Path;

use data_encoding::HEXLOWER;
use sre_steps::{Readers, write_atomically};

/// Bytes of a token: more than anybody guesses.
const TOKEN_BYTES: usize = 32;

/// Makes a token, unless the file is there already: a cluster that stands keeps the one it began with.
pub(super) fn keep_token(path: &Path) -> io::Result<()> {
    if fs::metadata(path).is_ok_and(|found| found.len() > 0) {
        return Ok(());
    }
    let mut bytes = [0; TOKEN_BYTES];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    let token = format!("{}\n", HEXLOWER.encode(&bytes));
    write_atomically(path, token.as_bytes(), Readers::Owner)
}
