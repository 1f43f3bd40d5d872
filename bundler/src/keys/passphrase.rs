//! Where passphrases come from.

use std::io::{IsTerminal as _, Read as _};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::KeyError;

/// A passphrase that is wiped when dropped and never shown.
pub struct Passphrase(Zeroizing<String>);

/// Where to look for a passphrase: a file, else the environment, else the terminal.
#[derive(Clone, Debug, Default)]
pub struct PassphraseSource {
    file: Option<PathBuf>,
}

/// Name of the environment variable; set and empty means that there is no passphrase.
const VARIABLE: &str = "SRE_KEY_PASSPHRASE";
/// The largest passphrase file that is read, in bytes.
const MAX_FILE: u64 = 4096;

impl Passphrase {
    /// Wraps a passphrase.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// Says whether there is none, which means no encryption.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl std::fmt::Debug for Passphrase {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Passphrase(***)")
    }
}

impl PassphraseSource {
    /// Reads from a file when one is named.
    #[must_use]
    pub const fn new(file: Option<PathBuf>) -> Self {
        Self { file }
    }

    /// Finds the passphrase of a key that is there; `None` when there is nobody to ask.
    pub(super) fn ask(&self, key: &Path) -> Result<Option<Passphrase>, KeyError> {
        self.given()?.map_or_else(
            || prompt(&format!("Passphrase of {}: ", key.display())),
            |passphrase| Ok(Some(passphrase)),
        )
    }

    /// Finds a passphrase for a new key, asked for twice; `None` when there is nobody to ask.
    pub(super) fn choose(&self, key: &Path) -> Result<Option<Passphrase>, KeyError> {
        if let Some(given) = self.given()? {
            return Ok(Some(given));
        }
        let name = key.display();
        let Some(first) = prompt(&format!("New passphrase of {name} (empty = none): "))? else {
            return Ok(None);
        };
        let second = prompt("The same again: ")?;
        match second {
            Some(second) if second.as_bytes() == first.as_bytes() => Ok(Some(first)),
            _ => Err(KeyError::PassphrasesDiffer),
        }
    }

    fn given(&self) -> Result<Option<Passphrase>, KeyError> {
        if let Some(path) = &self.file {
            return read(path).map(Some);
        }
        Ok(std::env::var(VARIABLE).ok().map(Passphrase::new))
    }
}

/// Reads the first line, so that an editor's line end is no part of the passphrase.
fn read(path: &Path) -> Result<Passphrase, KeyError> {
    let failed = |source| KeyError::Read { path: path.to_owned(), source };
    let mut text = Zeroizing::new(String::new());
    let file = std::fs::File::open(path).map_err(failed)?;
    file.take(MAX_FILE).read_to_string(&mut text).map_err(failed)?;
    Ok(Passphrase::new(text.lines().next().unwrap_or_default().to_owned()))
}

fn prompt(text: &str) -> Result<Option<Passphrase>, KeyError> {
    if !std::io::stdin().is_terminal() {
        return Ok(None);
    }
    rpassword::prompt_password(text).map(Passphrase::new).map(Some).map_err(KeyError::Prompt)
}
