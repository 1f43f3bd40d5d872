//! Keys that sign, wherever they are, and what they sign.

use std::collections::BTreeSet;

use sre_format::signature::{BundleFacts, PublicKey, SignatureFile, SigningRequest, Statement};

use super::{KeyError, PrivateKey, SignerCommand};

/// A key that can sign bundles and trust files.
#[derive(Debug)]
pub enum ReleaseKey {
    /// It is in our memory.
    Local(PrivateKey),
    /// Another program holds it.
    Command(SignerCommand),
}

impl ReleaseKey {
    /// Gives the public half.
    #[must_use]
    pub const fn public_key(&self) -> &PublicKey {
        match self {
            Self::Local(key) => key.public_key(),
            Self::Command(command) => command.public_key(),
        }
    }

    /// Signs the SHA-256 of a message, in DER.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        match self {
            Self::Local(key) => Ok(key.sign(message)),
            Self::Command(command) => command.sign(message),
        }
    }
}

/// Signs the contents table of a bundle: a function of table, facts and keys, three files for each key.
///
/// `table` is `sre.json` as it will stand in the bundle, with its padding.
pub fn sign_table(
    facts: &BundleFacts,
    table: &[u8],
    keys: &[ReleaseKey],
) -> Result<Vec<SignatureFile>, KeyError> {
    sign(&SigningRequest::new(table, Statement::of_table(facts, table)), keys)
}

/// Signs what is asked for with every key; the files come in the order of the keys' ids.
pub fn sign(
    request: &SigningRequest<'_>,
    keys: &[ReleaseKey],
) -> Result<Vec<SignatureFile>, KeyError> {
    let mut seen = BTreeSet::new();
    let mut files = Vec::new();
    for key in keys {
        let public = key.public_key();
        if !seen.insert(public.id()) {
            return Err(KeyError::Twice { key: public.id().to_string() });
        }
        let plain = key.sign(request.plain())?;
        let statement = key.sign(&request.statement())?;
        let made = request.files(public, plain, &statement);
        files.extend(made.map_err(|_| KeyError::Defect { key: public.id().to_string() })?);
    }
    files.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(files)
}
