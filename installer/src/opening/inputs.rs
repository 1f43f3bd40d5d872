//! The options that say which bundle, and whom to believe.

use std::io::{self, BufReader, IsTerminal as _};
use std::path::{Path, PathBuf};

use sre_format::bundle::{FileError, OpenError, UntrustedBundle, VerifiedBundle, open_file};
use sre_format::card::Origin;
use sre_format::trust::{OlderSerials, SerialRecord, Trust, TrustError};
use sre_steps::{Context, Failure, Reporter, StateDirectory, StateOptions, with_causes};

use super::{OpenedBundle, OpeningError, serials};
use crate::host::shell_word;
use crate::trust::{TrustFolders, TrustSourceError, ask};

/// Which bundle, whom to believe, and where this machine remembers.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Inputs {
    /// Work on this bundle
    #[arg(long, global = true, value_name = "FILE", help_heading = "Bundle")]
    bundle: Option<PathBuf>,
    /// Believe this public key or trust file [default: all in /etc/sre/trust.d]
    #[arg(long = "key", global = true, value_name = "FILE", help_heading = "Bundle")]
    keys: Vec<PathBuf>,
    /// Go back to a bundle older than the one that was applied here
    #[arg(long, global = true, help_heading = "Bundle")]
    allow_older_serial: bool,
    /// Use a bundle that nobody has signed
    #[arg(
        long = "allow-unsigned-bundle-which-anyone-could-have-made",
        global = true,
        help_heading = "Bundle"
    )]
    allow_unsigned: bool,
    #[command(flatten)]
    state: StateOptions,
}

impl Inputs {
    /// Opens the bundle that the command line names, for a verb that will use it.
    pub async fn open(&self, context: &Context) -> Result<OpenedBundle, Failure> {
        let (inputs, reporter) = (self.clone(), context.reporter().clone());
        let opened = tokio::task::spawn_blocking(move || inputs.open_now(&reporter)).await;
        Ok(opened.map_err(|error| Failure::of(sre_format::Fault::Defect, error))??)
    }

    /// Opens the bundle again after its medium was lost; asks nobody and remembers nothing.
    ///
    /// The caller compares the table with the one it had.
    pub fn open_again(&self) -> Result<VerifiedBundle, OpeningError> {
        let untrusted = self.open_untrusted()?;
        if untrusted.signatures().is_empty() && self.allow_unsigned {
            return untrusted.blindly_believe_unsigned().map_err(|source| self.refused(source));
        }
        Ok(self.check(untrusted, &self.trust()?)?.0)
    }

    /// Gives the state directory, made if it is missing.
    pub fn state(&self) -> Result<StateDirectory, sre_steps::StateError> {
        self.state.open()
    }

    /// Gives the path of the bundle.
    pub fn path(&self) -> Result<&Path, OpeningError> {
        self.bundle.as_deref().ok_or(OpeningError::NoBundle)
    }

    /// Gives these options as words of a command line, for naming the next command.
    #[must_use]
    pub fn words(&self) -> String {
        let mut words = Vec::new();
        // What the environment says is said there for the next command, too.
        let told = std::env::var_os("SRE_STATE").map(PathBuf::from);
        let state = self.state.directory.iter().filter(|state| Some(*state) != told.as_ref());
        let paths = self.bundle.iter().map(|path| ("--bundle", path));
        let paths = paths.chain(self.keys.iter().map(|path| ("--key", path)));
        for (option, path) in paths.chain(state.map(|path| ("--state", path))) {
            words.extend([option.to_owned(), quoted(path)]);
        }
        words.extend(self.permissions().map(str::to_owned));
        words.join(" ")
    }

    /// Gives these options but the state directory as words for a program with another working folder;
    /// `keys` are named instead of those of the command line.
    pub fn absolute_words(&self, keys: Option<&[PathBuf]>) -> Result<Vec<String>, OpeningError> {
        let absolute = |path: &Path| {
            std::path::absolute(path).unwrap_or_else(|_| path.to_owned()).display().to_string()
        };
        let mut words = vec!["--bundle".to_owned(), absolute(self.path()?)];
        for key in keys.unwrap_or(&self.keys) {
            words.extend(["--key".to_owned(), absolute(key)]);
        }
        words.extend(self.permissions().map(str::to_owned));
        Ok(words)
    }

    /// Gives the files of all keys that are believed here.
    pub fn key_files(&self) -> Result<Vec<PathBuf>, OpeningError> {
        if self.keys.is_empty() { Ok(self.folders().files()?) } else { Ok(self.keys.clone()) }
    }

    /// Gives the options by which the operator allowed what is refused otherwise.
    fn permissions(&self) -> impl Iterator<Item = &'static str> {
        let older = self.allow_older_serial.then_some("--allow-older-serial");
        let unsigned =
            self.allow_unsigned.then_some("--allow-unsigned-bundle-which-anyone-could-have-made");
        older.into_iter().chain(unsigned)
    }

    /// Reads the head of the bundle and believes nothing of it.
    pub fn open_untrusted(&self) -> Result<UntrustedBundle, OpeningError> {
        Ok(open_file(self.path()?)?)
    }

    /// Finds whom this machine believes: keys of the command line, else those of the folders.
    ///
    /// Whom the folders revoke is revoked either way: a script that still names a lost key with
    /// `--key` must not bring it back.
    pub fn trust(&self) -> Result<Trust, TrustSourceError> {
        let folders = self.folders().read()?;
        if self.keys.is_empty() {
            return Ok(folders);
        }
        Ok(Trust::read_all(&self.keys)?.revoking(&folders))
    }

    /// Says whether the command line itself names keys.
    #[must_use]
    pub fn names_keys(&self) -> bool {
        !self.keys.is_empty()
    }

    /// Gives the folders whose keys are believed here.
    #[must_use]
    pub fn folders(&self) -> TrustFolders {
        let state = self.state().ok();
        TrustFolders::new(state.as_ref().map(StateDirectory::path))
    }

    fn open_now(&self, reporter: &Reporter) -> Result<OpenedBundle, OpeningError> {
        let untrusted = self.open_untrusted()?;
        let (bundle, origin) = self.believe(untrusted, reporter)?;
        let table = bundle.table();
        let record = SerialRecord::of(&table.identity.facts(), bundle.content_digest());
        let applied = match self.state() {
            Ok(state) => serials::read_record(state.path(), &record.name, &record.channel)?,
            // Without a state directory nothing was ever applied by this user.
            Err(error) => {
                reporter.warn(format!("serials are not compared: {}", with_causes(&error)));
                None
            }
        };
        let older =
            if self.allow_older_serial { OlderSerials::GoBack } else { OlderSerials::Refuse };
        let admission = SerialRecord::admit(applied.as_ref(), &record, older)?;
        let path = self.path()?.to_owned();
        Ok(OpenedBundle { path, bundle, origin, record, admission, older })
    }

    fn believe(
        &self,
        untrusted: UntrustedBundle,
        reporter: &Reporter,
    ) -> Result<(VerifiedBundle, Origin), OpeningError> {
        if untrusted.signatures().is_empty() {
            return self.believe_unsigned(untrusted, reporter);
        }
        let trust = self.trust()?;
        if trust.is_empty() {
            return self.first_contact(untrusted, reporter);
        }
        self.check(untrusted, &trust)
    }

    fn check(
        &self,
        untrusted: UntrustedBundle,
        trust: &Trust,
    ) -> Result<(VerifiedBundle, Origin), OpeningError> {
        let (bundle, signers) = untrusted.verify(trust).map_err(|source| self.refused(source))?;
        Ok((bundle, Origin::Signed { signers }))
    }

    fn believe_unsigned(
        &self,
        untrusted: UntrustedBundle,
        reporter: &Reporter,
    ) -> Result<(VerifiedBundle, Origin), OpeningError> {
        if !self.allow_unsigned {
            return Err(self.refused(OpenError::Trust(TrustError::Unsigned)));
        }
        reporter.warn("nobody has signed this bundle: anyone could have made it");
        let bundle = untrusted.blindly_believe_unsigned().map_err(|source| self.refused(source))?;
        Ok((bundle, Origin::Unsigned))
    }

    /// Asks a person for the fingerprint; the key is kept once it has proven the signatures.
    fn first_contact(
        &self,
        untrusted: UntrustedBundle,
        reporter: &Reporter,
    ) -> Result<(VerifiedBundle, Origin), OpeningError> {
        if !(io::stdin().is_terminal() && io::stderr().is_terminal()) {
            return Err(TrustSourceError::NoKey.into());
        }
        let mut input = BufReader::new(io::stdin());
        let key = ask::for_fingerprint(untrusted.signatures(), &mut input, &mut io::stderr())?;
        let opened = self.check(untrusted, &Trust::of_key(key.clone()))?;
        let path = self.folders().keep(&key)?;
        reporter.note(format!("the key is believed from now on: {}", path.display()));
        Ok(opened)
    }

    fn refused(&self, source: OpenError) -> OpeningError {
        FileError::of(&self.bundle.clone().unwrap_or_default(), source).into()
    }
}

fn quoted(path: &Path) -> String {
    shell_word(&path.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_one_word_whatever_it_is_called() {
        for (path, word) in [
            ("/media/usb/sre.tar.zst", "/media/usb/sre.tar.zst"),
            ("my bundle.tar.zst", "'my bundle.tar.zst'"),
            ("x;reboot", "'x;reboot'"),
            ("it's $(reboot)", "'it'\\''s $(reboot)'"),
        ] {
            assert_eq!(quoted(Path::new(path)), word);
        }
    }

    #[test]
    fn the_next_command_has_the_options_of_this_one() {
        let inputs = Inputs {
            bundle: Some("/media/my stick/it's.tar.zst".into()),
            keys: vec!["site.pub".into()],
            allow_older_serial: true,
            allow_unsigned: false,
            state: StateOptions { directory: Some("/srv/sre".into()) },
        };
        assert_eq!(
            inputs.words(),
            r"--bundle '/media/my stick/it'\''s.tar.zst' --key site.pub --state /srv/sre --allow-older-serial"
        );
    }
}
