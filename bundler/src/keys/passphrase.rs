//! Where passphrases come from.

use std::env::VarError;
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
pub(super) const VARIABLE: &str = "SRE_KEY_PASSPHRASE";
/// The longest passphrase, with the end of its line, that is read from a file, in bytes.
const MAX_LINE: usize = 4096;

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
        match std::env::var(VARIABLE) {
            Ok(text) => Ok(Some(Passphrase::new(text))),
            Err(VarError::NotPresent) => Ok(None),
            Err(VarError::NotUnicode(_)) => Err(KeyError::PassphraseText),
        }
    }
}

/// Reads the first line, so that an editor's line end is no part of the passphrase.
fn read(path: &Path) -> Result<Passphrase, KeyError> {
    let failed = |source| KeyError::Read { path: path.to_owned(), source };
    // Room for all of it from the start: a text that grows leaves copies behind that nobody wipes.
    let mut text = Zeroizing::new(String::with_capacity(MAX_LINE + 1));
    let file = std::fs::File::open(path).map_err(failed)?;
    file.take(MAX_LINE as u64 + 1).read_to_string(&mut text).map_err(failed)?;
    let line = text.lines().next().unwrap_or_default();
    if line.len() == MAX_LINE + 1 {
        return Err(KeyError::PassphraseSize { path: path.to_owned(), limit: MAX_LINE });
    }
    Ok(Passphrase::new(line.to_owned()))
}

fn prompt(text: &str) -> Result<Option<Passphrase>, KeyError> {
    if !std::io::stdin().is_terminal() {
        return Ok(None);
    }
    rpassword::prompt_password(text).map(Passphrase::new).map(Some).map_err(KeyError::Prompt)
}
