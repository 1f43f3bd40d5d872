//! The options that say which keys sign.

use std::path::PathBuf;

use super::{KeyError, PassphraseSource, PrivateKey, ReleaseKey, SignerCommand};

/// Which keys sign.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct KeyOptions {
    /// Sign with this private key; once for each key
    #[arg(long = "key", value_name = "FILE", help_heading = "Keys")]
    keys: Vec<PathBuf>,
    /// Read the keys' passphrase from the first line of this file [default: `SRE_KEY_PASSPHRASE`, else ask]
    #[arg(long, value_name = "FILE", help_heading = "Keys")]
    passphrase_file: Option<PathBuf>,
    /// Have this command sign; `--key` then names its public key
    ///
    /// It gets each message on stdin and prints the ECDSA signature, such as
    /// `openssl dgst -sha256 -engine pkcs11 -keyform engine -sign 'pkcs11:object=release'`
    #[arg(long, value_name = "COMMAND", requires = "keys", help_heading = "Keys")]
    signer_command: Option<String>,
}

impl KeyOptions {
    /// Says whether no key is named at all.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Gives the options that name these keys, for commands that are shown, each with a space before it;
    /// the words of a signer command are left out, because many take a PIN among them.
    #[must_use]
    pub fn shown(&self) -> String {
        let mut words = String::new();
        for path in &self.keys {
            words.push_str(" --key ");
            words.push_str(&path.to_string_lossy());
        }
        if self.signer_command.is_some() {
            words.push_str(" --signer-command ...");
        }
        words
    }

    /// Reads the keys, asking for passphrases where that is needed.
    ///
    /// With a signer command the last `--key` is its public key, and others sign as usual.
    pub fn read(&self) -> Result<Vec<ReleaseKey>, KeyError> {
        let passphrases = PassphraseSource::new(self.passphrase_file.clone());
        let (local, public) = match (&self.signer_command, self.keys.split_last()) {
            (Some(command), Some((public, local))) => (local, Some((command, public))),
            _ => (self.keys.as_slice(), None),
        };
        let mut keys = Vec::new();
        for path in local {
            keys.push(ReleaseKey::Local(PrivateKey::read(path, &passphrases)?));
        }
        if let Some((command, public)) = public {
            keys.push(ReleaseKey::Command(SignerCommand::new(command.clone(), public)?));
        }
        Ok(keys)
    }
}
