//! The options that say who signs the metadata of package repositories.

use std::fmt::Write as _;
use std::path::PathBuf;

use sre_format::lock::Lock;
use sre_steps::Failure;

use super::RepositorySigner;
use crate::keys::{PassphraseSource, read_repository_key};

/// Who signs the metadata of package repositories.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct RepositoryKeyOptions {
    /// Sign the metadata of package repositories with this OpenPGP private key
    #[arg(long, value_name = "FILE", help_heading = "Keys")]
    repository_key: Option<PathBuf>,
    /// Read the passphrase of that key from the first line of this file [default: `SRE_KEY_PASSPHRASE`, else ask]
    #[arg(long, value_name = "FILE", requires = "repository_key", help_heading = "Keys")]
    repository_passphrase_file: Option<PathBuf>,
    /// Carry package repositories that no key has signed, which hosts believe only when told to
    #[arg(long, conflicts_with = "repository_key", help_heading = "Keys")]
    unsigned_repositories: bool,
}

impl RepositoryKeyOptions {
    /// Shows the options as they have to be given again.
    #[must_use]
    pub fn shown(&self) -> String {
        let mut shown = String::new();
        let files = [
            ("--repository-key", &self.repository_key),
            ("--repository-passphrase-file", &self.repository_passphrase_file),
        ];
        for (option, path) in files {
            if let Some(path) = path {
                _ = write!(shown, " {option} {}", path.display());
            }
        }
        if self.unsigned_repositories {
            shown.push_str(" --unsigned-repositories");
        }
        shown
    }

    /// Reads the key, where the lock has repositories that it is needed for.
    pub fn read_for(&self, lock: &Lock) -> Result<RepositorySigner, Failure> {
        let needing = lock.sets.iter().find(|set| RepositorySigner::is_needed_for(set));
        let Some(set) = needing else { return Ok(RepositorySigner::Nobody) };
        match &self.repository_key {
            Some(path) => {
                let passphrases = PassphraseSource::new(self.repository_passphrase_file.clone());
                Ok(RepositorySigner::Key(Box::new(read_repository_key(path, &passphrases)?)))
            }
            None if self.unsigned_repositories => Ok(RepositorySigner::Nobody),
            None => {
                let message = format!("no key signs the package repository `{}`", set.name);
                Err(Failure::usage(message).with_hint(
                    "name the key that `sre-bundle keygen` made with `--repository-key site.pgp.key`, or carry it \
                     unsigned with `--unsigned-repositories`",
                ))
            }
        }
    }
}
