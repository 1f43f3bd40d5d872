//! External signers: a program that holds the key signs for us.
//!
//! The protocol, for each message to be signed: the command is run by `sh -c` with the message on
//! its standard input and with `SRE_SIGN_SHA256` set to the message's SHA-256 in hexadecimal (for
//! programs that sign digests), `SRE_SIGN_KEY_ID` to the id of the public key. It prints the ECDSA
//! signature: DER, base64 of DER, or the 64 bytes r and s that PKCS#11 gives. Exit status 0 means
//! success. Standard error and the terminal are its own, so it may ask for a PIN.

use std::fmt;
use std::io::{self, Read as _, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use p256::ecdsa::Signature;
use sre_format::Digest;
use sre_format::signature::PublicKey;
use sre_format::trust::read_public_key;

use super::KeyError;
use super::passphrase::VARIABLE as PASSPHRASE_VARIABLE;

/// A command that signs with a key which this program never sees.
///
/// Its words are never shown: many of these commands take a PIN among them.
pub struct SignerCommand {
    command: String,
    public: PublicKey,
}

/// The longest answer that is read, in bytes; a signature in base64 has less than 100.
const MAX_ANSWER: u64 = 4096;

impl SignerCommand {
    /// Takes a command and the file of the public key that it signs for.
    pub fn new(command: String, public: &Path) -> Result<Self, KeyError> {
        Ok(Self { command, public: read_public_key(public)? })
    }

    /// Gives the public key that the command signs for.
    #[must_use]
    pub const fn public_key(&self) -> &PublicKey {
        &self.public
    }

    /// Has a message signed; the answer is checked before it is returned, in DER.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        let answer = self.run(message)?;
        let wrong =
            |reason: String| KeyError::CommandAnswer { key: self.public.id().to_string(), reason };
        let signature = to_der(&answer).ok_or_else(|| wrong("not a signature".to_owned()))?;
        self.public.verify(message, &signature).map_err(|error| wrong(error.to_string()))?;
        Ok(signature)
    }

    fn run(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        let child = self.start(message).map_err(KeyError::Command)?;
        let (answer, status) = converse(child, message).map_err(KeyError::Command)?;
        if !status.success() {
            return Err(KeyError::CommandFailed { status: status.to_string() });
        }
        Ok(answer)
    }

    #[expect(clippy::disallowed_methods, reason = "the signer is a program by its nature")]
    fn start(&self, message: &[u8]) -> io::Result<Child> {
        Command::new("/bin/sh")
            .args(["-c", &self.command])
            .env("SRE_SIGN_SHA256", Digest::of(message).hex())
            .env("SRE_SIGN_KEY_ID", self.public.id().to_string())
            // It opens the keys that we hold, which are none of this program's business.
            .env_remove(PASSPHRASE_VARIABLE)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
    }
}

/// Writes the message while reading the answer, so that neither side waits for the other for ever.
fn converse(mut child: Child, message: &[u8]) -> io::Result<(Vec<u8>, std::process::ExitStatus)> {
    let (input, output) = (child.stdin.take(), child.stdout.take());
    let answer = std::thread::scope(|scope| {
        let writer = scope.spawn(move || {
            input.map_or(Ok(()), |mut input| match input.write_all(message) {
                // A signer that works from the digest alone need not read the message.
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
                result => result,
            })
        });
        let mut answer = Vec::new();
        let read = output.map_or(Ok(0), |out| out.take(MAX_ANSWER).read_to_end(&mut answer));
        let written = writer.join().unwrap_or_else(|_| Err(io::Error::other("writer stopped")));
        read.and(written).map(|()| answer)
    });
    let status = child.wait()?;
    Ok((answer?, status))
}

/// Reads an answer in any of its three forms and writes it in the one that a bundle carries.
pub(crate) fn to_der(answer: &[u8]) -> Option<Vec<u8>> {
    let signature = match answer.len() {
        64 => Signature::from_slice(answer).ok(),
        _ => Signature::from_der(answer).ok().or_else(|| from_base64(answer)),
    };
    signature.map(|signature| signature.normalize_s().to_der().as_bytes().to_vec())
}

fn from_base64(answer: &[u8]) -> Option<Signature> {
    let text: String = std::str::from_utf8(answer).ok()?.split_whitespace().collect();
    Signature::from_der(&STANDARD.decode(text).ok()?).ok()
}

impl fmt::Debug for SignerCommand {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("SignerCommand")
            .field("public", &self.public)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use p256::ecdsa::SigningKey;
    use p256::ecdsa::signature::Signer as _;

    use super::*;

    #[test]
    fn reads_a_signature_in_each_of_its_three_forms() {
        let key = SigningKey::from_slice(&[7; 32]).unwrap();
        let signature: Signature = key.sign(b"message");
        let signature = signature.normalize_s();
        let der = signature.to_der().as_bytes().to_vec();
        let other_half = Signature::from_scalars(signature.r(), -signature.s()).unwrap();
        assert_eq!(to_der(other_half.to_der().as_bytes()).as_ref(), Some(&der));
        let base64 = format!("{}\n", STANDARD.encode(&der));
        for form in [der.clone(), signature.to_bytes().to_vec(), base64.into_bytes()] {
            assert_eq!(to_der(&form).as_ref(), Some(&der));
        }
        for wrong in [&b""[..], b"hello", &der[1..], &[0; 64]] {
            assert_eq!(to_der(wrong), None);
        }
    }
}
