//! Where the secrets of a site come from.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use sre_site::words::EnvironmentName;
use sre_site::{MAX_SECRET_BYTES, SecretSource};

/// Reads secrets where a site file says that they are.
#[derive(Clone, Debug)]
pub struct SecretsOfTheSite {
    folder: PathBuf,
}

impl SecretsOfTheSite {
    /// Takes the folder of the site file, at which relative paths begin.
    #[must_use]
    pub fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned() }
    }
}

/// Reads one byte more than a secret may have, so that a longer one is told apart.
fn limited(from: impl io::Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(MAX_SECRET_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

impl SecretSource for SecretsOfTheSite {
    type Error = io::Error;

    fn read_file(&self, path: &Path) -> io::Result<Vec<u8>> {
        limited(File::open(self.folder.join(path))?)
    }

    fn read_environment(&self, name: &EnvironmentName) -> io::Result<Vec<u8>> {
        let value = std::env::var_os(name.as_str());
        let value =
            value.ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "it is not set"))?;
        Ok(value.into_encoded_bytes())
    }

    #[expect(clippy::disallowed_methods, reason = "the site names the program that knows a secret")]
    fn run_command(&self, command: &[String]) -> io::Result<Vec<u8>> {
        let [program, arguments @ ..] = command else {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "it names no program"));
        };
        let mut child = Command::new(program)
            .args(arguments)
            .current_dir(&self.folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()?;
        let printed = child.stdout.take().map_or(Ok(Vec::new()), limited);
        let status = child.wait()?;
        if !status.success() {
            return Err(io::Error::other(format!("it ended with {status}")));
        }
        printed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_place_gives_what_it_holds_and_says_why_not() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("secret"), "hunter2\n").unwrap();
        let secrets = SecretsOfTheSite::new(folder.path());
        assert_eq!(secrets.read_file(Path::new("secret")).unwrap(), b"hunter2\n");
        let words = |line: &str| line.split(' ').map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(secrets.run_command(&words("cat secret")).unwrap(), b"hunter2\n");
        assert!(secrets.run_command(&words("false")).unwrap_err().to_string().contains("ended"));
        assert!(secrets.run_command(&words("/no/such/program")).is_err());
        let unset: EnvironmentName = "SRE_NO_SUCH_VARIABLE".parse().unwrap();
        assert!(secrets.read_environment(&unset).is_err());
        let endless = secrets.run_command(&words("head -c 200000 /dev/zero"));
        assert!(endless.map_or(true, |bytes| bytes.len() == MAX_SECRET_BYTES + 1));
    }
}
