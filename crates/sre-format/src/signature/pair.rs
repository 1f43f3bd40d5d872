//! The check of both signatures of one key.

use std::fmt;

use super::statement::pre_authentication_encoding;
use super::{Form, KeyId, PublicKey, Statement, envelope};

/// The files of one key in a signature region, borrowed from it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Pair<'a> {
    /// Content of `<key id>.sig`.
    pub plain: Option<&'a [u8]>,
    /// Content of `<key id>.sigstore.json`.
    pub sigstore: Option<&'a [u8]>,
    /// Content of `<key id>.pub`; not needed, but where it stands it must be the key's.
    pub public_key: Option<&'a [u8]>,
}

/// How one of the two signatures fared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Half {
    /// It is there and right.
    Right,
    /// It is not there.
    Missing,
    /// It is there and wrong, for the reason in the text.
    Wrong(String),
}

/// Says which signature of a key does not hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PairError {
    /// One of the two is right, the other missing or wrong.
    #[error("only one of the two signatures of key {key} holds: {}", Halves(.key, .plain, .sigstore))]
    Lone {
        /// The key that made the right one.
        key: KeyId,
        /// The plain signature.
        plain: Half,
        /// The Sigstore bundle.
        sigstore: Half,
    },
    /// Neither is right.
    #[error("the signature of key {key} does not hold: {}", Halves(.key, .plain, .sigstore))]
    Bad {
        /// The key that the files name.
        key: KeyId,
        /// The plain signature.
        plain: Half,
        /// The Sigstore bundle.
        sigstore: Half,
    },
    /// The public key that lies beside the signatures is not the one that its name says.
    #[error("`signatures/{key}.pub` is not the public key that its name says")]
    OtherKey {
        /// The key that the file names.
        key: KeyId,
    },
}

impl Pair<'_> {
    /// Checks both signatures of a key over the same bytes.
    ///
    /// `signed` is the file itself, `statement` the statement that the verifier made of it.
    pub fn check(
        &self,
        key: &PublicKey,
        statement: &Statement,
        signed: &[u8],
    ) -> Result<(), PairError> {
        let plain = check_plain(key, signed, self.plain);
        let sigstore = check_sigstore(key, statement, self.sigstore);
        let id = key.id();
        match (&plain, &sigstore) {
            (Half::Right, Half::Right) => {}
            (Half::Right, _) | (_, Half::Right) => {
                return Err(PairError::Lone { key: id, plain, sigstore });
            }
            _ => return Err(PairError::Bad { key: id, plain, sigstore }),
        }
        match self.public_key {
            Some(bytes) if bytes != key.to_pem().as_bytes() => Err(PairError::OtherKey { key: id }),
            _ => Ok(()),
        }
    }
}

impl PairError {
    /// Says which key's files are meant.
    #[must_use]
    pub const fn key(&self) -> KeyId {
        match self {
            Self::Lone { key, .. } | Self::Bad { key, .. } | Self::OtherKey { key } => *key,
        }
    }
}

fn check_plain(key: &PublicKey, signed: &[u8], file: Option<&[u8]>) -> Half {
    let Some(signature) = file else { return Half::Missing };
    match key.verify(signed, signature) {
        Ok(()) => Half::Right,
        Err(error) => Half::Wrong(error.to_string()),
    }
}

/// Follows DSSE: the signature is checked over the payload's bytes before they mean anything
/// (`protocol.md`, "Verifying"), and then they must be the statement we would have written.
fn check_sigstore(key: &PublicKey, statement: &Statement, file: Option<&[u8]>) -> Half {
    let Some(bytes) = file else { return Half::Missing };
    let opened = match envelope::open(bytes) {
        Ok(opened) => opened,
        Err(error) => return Half::Wrong(error.to_string()),
    };
    let message = pre_authentication_encoding(&opened.payload);
    if let Err(error) = key.verify(&message, &opened.signature) {
        return Half::Wrong(error.to_string());
    }
    if opened.payload != statement.bytes() {
        return Half::Wrong("its statement is about something else".to_owned());
    }
    if bytes != envelope::write(key, statement, &opened.signature) {
        return Half::Wrong("it is not written in the one form that is allowed".to_owned());
    }
    Half::Right
}

struct Halves<'a>(&'a KeyId, &'a Half, &'a Half);

impl fmt::Display for Halves<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(key, plain, sigstore) = self;
        let plain_file = Form::Plain.suffix();
        let sigstore_file = Form::Sigstore.suffix();
        write!(formatter, "`signatures/{key}{plain_file}` is {plain}, ")?;
        write!(formatter, "`signatures/{key}{sigstore_file}` is {sigstore}")
    }
}

impl fmt::Display for Half {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Right => formatter.write_str("right"),
            Self::Missing => formatter.write_str("missing"),
            Self::Wrong(reason) => write!(formatter, "wrong ({reason})"),
        }
    }
}
