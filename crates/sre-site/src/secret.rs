//! Secrets: where each comes from, and what it is once somebody has fetched it.
//!
//! A site file never holds a secret, only a [`SecretReference`]. Who may read files and start
//! programs gives a [`SecretSource`]; this crate does neither.

use std::fmt;
use std::path::{Path, PathBuf};

use serde::Serialize;
use sre_format::{Explain, Fault};
use zeroize::Zeroizing;

use crate::words::EnvironmentName;

/// The most bytes of a secret: room for a private key with its certificates.
pub const MAX_SECRET_BYTES: usize = 64 << 10;

/// Where a secret comes from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SecretReference {
    /// The content of a file; a relative path begins at the folder of the site file.
    File(PathBuf),
    /// The value of a variable of the environment.
    Environment(EnvironmentName),
    /// What a program prints: its name, then its arguments, without a shell.
    Command(Vec<String>),
}

/// Where secrets are fetched from; the programs give one that reads the world, tests another.
pub trait SecretSource {
    /// What can go wrong.
    type Error: std::error::Error + Send + Sync + 'static;

    /// Reads a file.
    fn read_file(&self, path: &Path) -> Result<Vec<u8>, Self::Error>;

    /// Reads a variable of the environment; an unset one is an error.
    fn read_environment(&self, name: &EnvironmentName) -> Result<Vec<u8>, Self::Error>;

    /// Runs a program and gives what it wrote to its standard output.
    fn run_command(&self, command: &[String]) -> Result<Vec<u8>, Self::Error>;
}

impl SecretReference {
    /// Fetches the secret, without the end of its last line.
    pub fn resolve<S: SecretSource>(&self, source: &S) -> Result<Secret, SecretError> {
        let fetched = match self {
            Self::File(path) => source.read_file(path),
            Self::Environment(name) => source.read_environment(name),
            Self::Command(command) => source.run_command(command),
        };
        let from = || self.to_string();
        let fetched =
            fetched.map_err(|source| SecretError::Fetch { from: from(), source: source.into() })?;
        Secret::new(fetched).map_err(|reason| SecretError::Unusable { from: from(), reason })
    }
}

impl fmt::Display for SecretReference {
    /// Names the place. The arguments of a command are left out: people put secrets there, too.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(formatter, "file {}", path.display()),
            Self::Environment(name) => write!(formatter, "environment variable {name}"),
            Self::Command(command) => {
                write!(formatter, "command {}", command.first().map_or("", String::as_str))
            }
        }
    }
}

/// A secret, which is never shown and leaves no copy in memory.
///
/// It cannot be compared, cloned or serialized, so that none of these happens by accident.
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes the bytes of a secret, without the end of its last line.
    pub fn new(bytes: Vec<u8>) -> Result<Self, &'static str> {
        let bytes = Zeroizing::new(bytes);
        if bytes.len() > MAX_SECRET_BYTES {
            return Err("it is larger than any secret");
        }
        let text = std::str::from_utf8(&bytes).map_err(|_| "it is not UTF-8 text")?;
        let text = text.strip_suffix('\n').unwrap_or(text);
        let text = text.strip_suffix('\r').unwrap_or(text);
        if text.trim().is_empty() {
            return Err("it is empty");
        }
        Ok(Self(Zeroizing::new(text.to_owned())))
    }

    /// Gives the secret to who must know it. Nothing that this gives may be shown or kept.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret(****)")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad("****")
    }
}

/// Says why a secret could not be had; never what it is.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// Its place gave nothing.
    #[error("cannot read a secret from {from}")]
    Fetch {
        /// The place.
        from: String,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Its place gave what can be no secret.
    #[error("cannot use the secret from {from}: {reason}")]
    Unusable {
        /// The place.
        from: String,
        /// Why.
        reason: &'static str,
    },
}

impl Explain for SecretError {
    fn fault(&self) -> Fault {
        Fault::Site
    }

    fn hint(&self) -> Option<String> {
        Some("the site file says where each secret comes from; make that place hold it".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Answers every question with the same bytes.
    struct Always(&'static [u8]);

    impl SecretSource for Always {
        type Error = std::io::Error;

        fn read_file(&self, path: &Path) -> Result<Vec<u8>, Self::Error> {
            if path.ends_with("missing") {
                return Err(std::io::ErrorKind::NotFound.into());
            }
            Ok(self.0.to_vec())
        }

        fn read_environment(&self, _: &EnvironmentName) -> Result<Vec<u8>, Self::Error> {
            Ok(self.0.to_vec())
        }

        fn run_command(&self, _: &[String]) -> Result<Vec<u8>, Self::Error> {
            Ok(self.0.to_vec())
        }
    }

    fn places() -> [SecretReference; 3] {
        [
            SecretReference::File("sudo.txt".into()),
            SecretReference::Environment("SUDO".parse().unwrap()),
            SecretReference::Command(vec!["pass".into(), "show".into()]),
        ]
    }

    #[test]
    fn a_secret_is_what_its_place_gives_without_the_end_of_the_line() {
        for (given, secret) in [
            (&b"hunter2"[..], "hunter2"),
            (b"hunter2\r\n", "hunter2"),
            (b" two words \n", " two words "),
            (b"a\nb\n\n", "a\nb\n"),
        ] {
            for place in places() {
                assert_eq!(place.resolve(&Always(given)).unwrap().expose(), secret);
            }
        }
    }

    #[test]
    fn a_secret_is_never_shown() {
        let secret = Secret::new(b"hunter2".to_vec()).unwrap();
        assert_eq!(format!("{secret} {secret:?}"), "**** Secret(****)");
    }

    #[test]
    fn an_error_names_the_place_and_nothing_of_what_it_gave() {
        let large = vec![b'x'; MAX_SECRET_BYTES + 1];
        for given in [&b"hunter2\xff"[..], b" \n", b"", large.leak()] {
            for place in places() {
                let error = place.resolve(&Always(given)).unwrap_err();
                let shown = format!("{error} {error:?}");
                assert!(!shown.contains("hunter2") && !shown.contains("show"), "{shown}");
            }
        }
        let missing = SecretReference::File("missing".into()).resolve(&Always(b"")).unwrap_err();
        assert_eq!(missing.to_string(), "cannot read a secret from file missing");
        assert_eq!(missing.fault(), Fault::Site);
    }
}
