//! What a signer is asked to sign, and what its answers become.

use super::{Form, PublicKey, SignatureFile, Statement, WrongSignature, envelope};

/// The two messages that one key signs, and the files that its answers become.
///
/// ```text
/// request.plain()      -> signer -> DER --+
/// request.statement()  -> signer -> DER --+--> request.files(key, plain, statement)
/// ```
#[derive(Clone, Debug)]
pub struct SigningRequest<'a> {
    signed: &'a [u8],
    statement: Statement,
}

impl<'a> SigningRequest<'a> {
    /// Asks for signatures over a file and the statement about it.
    #[must_use]
    pub const fn new(signed: &'a [u8], statement: Statement) -> Self {
        Self { signed, statement }
    }

    /// Gives the message of the plain signature: the file itself.
    #[must_use]
    pub const fn plain(&self) -> &[u8] {
        self.signed
    }

    /// Gives the message of the Sigstore bundle: the encoded statement.
    #[must_use]
    pub fn statement(&self) -> Vec<u8> {
        self.statement.pre_authentication_encoding()
    }

    /// Makes the three files of a key from its two signatures in DER, once both are right.
    pub fn files(
        &self,
        key: &PublicKey,
        plain: Vec<u8>,
        statement: &[u8],
    ) -> Result<Vec<SignatureFile>, WrongSignature> {
        key.verify(self.plain(), &plain)?;
        key.verify(&self.statement(), statement)?;
        let envelope = envelope::write(key, &self.statement, statement);
        Ok(vec![
            SignatureFile::new(key.id(), Form::PublicKey, key.to_pem().into_bytes()),
            SignatureFile::new(key.id(), Form::Plain, plain),
            SignatureFile::new(key.id(), Form::Sigstore, envelope),
        ])
    }
}
