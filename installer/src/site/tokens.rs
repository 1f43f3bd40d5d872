//! The tokens by which nodes join: made once, kept beside the inventory, shown to nobody.

use std::fs;
use std::io;
use std::path::Path;

use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};
use sre_steps::{Readers, write_atomically};

use super::inventory::AGENT_TOKEN;

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

/// What is hashed before a token, so that its digest serves nothing but comparing; `facts.sh` does the same.
const BEFORE_TOKEN: &[u8] = b"sre-preflight ";

/// Gives the digest by which the agents' token in the folder of a site is known, once it was made.
pub(crate) fn digest_of_agent_token(folder: &Path) -> Option<String> {
    let token = fs::read(folder.join(AGENT_TOKEN)).ok()?;
    let digest = Sha256::new().chain_update(BEFORE_TOKEN).chain_update(token).finalize();
    Some(HEXLOWER.encode(&digest))
}
