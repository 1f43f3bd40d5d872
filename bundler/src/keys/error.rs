//! What can go wrong with a release key.

use std::io;
use std::path::PathBuf;

use sre_format::trust::ReadTrustError;
use sre_format::{Explain, Fault};
use sre_openpgp::signing::SigningError;

/// Says what went wrong with a release key; never holds anything secret.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// A key or passphrase file cannot be read.
    #[error("cannot read {}", .path.display())]
    Read {
        /// Path of the file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A key file cannot be written.
    #[error("cannot write {}", .path.display())]
    Write {
        /// Path of the file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A key file is there already.
    #[error("{} is there already, and a key is never overwritten", .path.display())]
    Exists {
        /// Path of the file.
        path: PathBuf,
    },
    /// The file is none of the kinds that are read.
    #[error("{} holds no private key of a known kind", .path.display())]
    Unknown {
        /// Path of the file.
        path: PathBuf,
    },
    /// The file holds a key that cannot sign bundles, or is damaged.
    #[error("the key in {} cannot be used: {reason}", .path.display())]
    Unusable {
        /// Path of the file.
        path: PathBuf,
        /// Why it cannot be used.
        reason: String,
    },
    /// The PEM of before PKCS#8, whose encryption is one round of MD5.
    #[error("{} is encrypted in the old OpenSSL way, which does not protect it", .path.display())]
    OldEncryption {
        /// Path of the file.
        path: PathBuf,
    },
    /// The key is encrypted and nobody told the passphrase.
    #[error("the key in {} is encrypted and no passphrase was given", .path.display())]
    NoPassphrase {
        /// Path of the file.
        path: PathBuf,
    },
    /// The passphrase does not open the key.
    #[error("the passphrase does not open the key in {}", .path.display())]
    WrongPassphrase {
        /// Path of the file.
        path: PathBuf,
    },
    /// The environment holds something that is no text: to take it for nothing would leave a new
    /// key unencrypted.
    #[error("SRE_KEY_PASSPHRASE is not UTF-8 text")]
    PassphraseText,
    /// The passphrase file is larger than any passphrase.
    #[error("the passphrase in {} is longer than {limit} bytes", .path.display())]
    PassphraseSize {
        /// Path of the file.
        path: PathBuf,
        /// The most bytes that are read.
        limit: usize,
    },
    /// The passphrase was typed twice, differently.
    #[error("the two passphrases are not the same")]
    PassphrasesDiffer,
    /// The terminal failed while a passphrase was asked for.
    #[error("cannot ask for a passphrase")]
    Prompt(#[source] io::Error),
    /// The system gives no random numbers.
    #[error("cannot get random numbers from the system")]
    Random(#[source] getrandom::Error),
    /// The file is no public key, or cannot be read.
    #[error(transparent)]
    Public(#[from] ReadTrustError),
    /// The signer command cannot be started or talked to.
    #[error("cannot run the signer command")]
    Command(#[source] io::Error),
    /// The signer command gave up.
    #[error("the signer command failed: {status}")]
    CommandFailed {
        /// Its exit status in words.
        status: String,
    },
    /// The signer command answered with something else than a signature of its key.
    #[error("the signer command gave no right signature for key {key}: {reason}")]
    CommandAnswer {
        /// Id of the public key that it should sign for.
        key: String,
        /// What is wrong with the answer.
        reason: String,
    },
    /// A key gave a signature that does not verify.
    #[error("key {key} made a signature that does not verify")]
    Defect {
        /// Id of the key.
        key: String,
    },
    /// An OpenPGP key cannot be made or used.
    #[error(transparent)]
    OpenPgp(#[from] SigningError),
    /// The same key was named twice.
    #[error("key {key} is given twice")]
    Twice {
        /// Id of the key.
        key: String,
    },
}

impl Explain for KeyError {
    fn fault(&self) -> Fault {
        match self {
            Self::Read { source, .. } => Fault::of_named_file(source),
            Self::Write { source, .. } => Fault::of_io(source),
            Self::Exists { .. } => Fault::Conflict,
            Self::Unknown { .. } | Self::Unusable { .. } | Self::OldEncryption { .. } => {
                Fault::Input
            }
            Self::Public(error) => error.fault(),
            Self::NoPassphrase { .. }
            | Self::PassphraseText
            | Self::PassphraseSize { .. }
            | Self::PassphrasesDiffer
            | Self::Twice { .. } => Fault::Usage,
            Self::WrongPassphrase { .. } | Self::CommandAnswer { .. } => Fault::Trust,
            Self::Prompt(_) | Self::Random(_) | Self::Command(_) | Self::CommandFailed { .. } => {
                Fault::Site
            }
            Self::Defect { .. } => Fault::Defect,
            Self::OpenPgp(error) => error.fault(),
        }
    }

    fn hint(&self) -> Option<String> {
        let text = match self {
            Self::Read { .. } => "check the path, and that this user may read it",
            Self::Write { .. } => {
                "name a folder that exists and that this user may write to: `--out FOLDER/site`"
            }
            Self::Exists { path } => {
                return Some(format!("choose another name, or move {} away first", path.display()));
            }
            Self::Unknown { .. } => {
                "`--key` takes the private key, and the public one with `--signer-command` only; PKCS#8, SEC1 \
                 and cosign's PEM are read, and `sre-bundle keygen --out site` makes a new key"
            }
            Self::Unusable { .. } => {
                "ECDSA keys on P-256 are used; `sre-bundle keygen --out site` makes such a pair"
            }
            Self::OldEncryption { path } => {
                let path = path.display();
                return Some(format!("convert it: `openssl pkcs8 -topk8 -in {path} -out new.key`"));
            }
            Self::NoPassphrase { .. } | Self::WrongPassphrase { .. } | Self::Prompt(_) => {
                "give it with `--passphrase-file FILE` or SRE_KEY_PASSPHRASE"
            }
            Self::Public(error) => return error.hint(),
            Self::PassphraseSize { .. } => {
                "give a shorter passphrase, on the first line of its file"
            }
            Self::PassphraseText => "give it with `--passphrase-file FILE`, in UTF-8",
            Self::PassphrasesDiffer => "run it again and type the same one twice",
            Self::Random(_) => "this system is broken: make the key on another one",
            Self::Command { .. } | Self::CommandFailed { .. } => {
                "run it by hand with some file on its standard input, and see what it says"
            }
            Self::CommandAnswer { .. } => {
                "the command reads the message on stdin and prints its ECDSA signature in DER; \
                 `--key` names the public key"
            }
            Self::Twice { .. } => "name each key once",
            Self::OpenPgp(error) => return error.hint(),
            Self::Defect { .. } => return None,
        };
        Some(text.to_owned())
    }
}
