//! Where the secrets of a site come from.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use sre_site::words::EnvironmentName;
use sre_site::{MAX_SECRET_BYTES, SecretSource};

/// How long a program may take to print a secret: a person may have to unlock it. One that waits for more than
/// that waits for somebody who is not there, and would hold up whoever needs the secret for ever.
const COMMAND_TIME: Duration = Duration::from_mins(1);
/// How often it is looked whether a program that has printed all has ended.
const BETWEEN_LOOKS: Duration = Duration::from_millis(10);

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

    fn run_command(&self, command: &[String]) -> io::Result<Vec<u8>> {
        run_within(COMMAND_TIME, &self.folder, command)
    }
}

/// Runs a program that prints a secret. Its arguments are told to nobody: people put secrets there, too.
#[expect(clippy::disallowed_methods, reason = "the site names the program that knows a secret")]
fn run_within(time: Duration, folder: &Path, command: &[String]) -> io::Result<Vec<u8>> {
    let [program, arguments @ ..] = command else {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it names no program"));
    };
    let deadline = Instant::now() + time;
    let mut child = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()?;
    let (sender, printed) = mpsc::channel();
    if let Some(stdout) = child.stdout.take() {
        // What the program has begun may hold the pipe open after it; that keeps this thread waiting and nobody else.
        std::thread::spawn(move || sender.send(limited(stdout)));
    }
    let left = deadline.saturating_duration_since(Instant::now());
    let printed = match printed.recv_timeout(left) {
        Ok(printed) => printed,
        Err(RecvTimeoutError::Disconnected) => Ok(Vec::new()),
        Err(RecvTimeoutError::Timeout) => return Err(too_slow(&mut child, program, time)),
    };
    let status = loop {
        match child.try_wait()? {
            Some(status) => break status,
            None if Instant::now() >= deadline => {
                return Err(too_slow(&mut child, program, time));
            }
            None => std::thread::sleep(BETWEEN_LOOKS),
        }
    };
    if !status.success() {
        return Err(io::Error::other(format!("it ended with {status}")));
    }
    printed
}

/// Ends a program, and says why.
fn too_slow(child: &mut Child, program: &str, time: Duration) -> io::Error {
    // One that has just ended by itself needs no end.
    drop(child.kill());
    drop(child.wait());
    let text = format!("`{program}` did not print it within {} s, and was ended", time.as_secs());
    io::Error::new(io::ErrorKind::TimedOut, text)
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
        // One that never ends is ended, and named without what it was told.
        for script in ["exec sleep 1000", "exec >&-; exec sleep 1000"] {
            let command = ["sh", "-c", script].map(str::to_owned);
            let slow = run_within(Duration::from_millis(200), folder.path(), &command);
            let told = slow.unwrap_err().to_string();
            assert!(told.starts_with("`sh` did not print it within"), "{told}");
            assert!(!told.contains("1000"), "{told}");
        }
        let endless = secrets.run_command(&words("head -c 200000 /dev/zero"));
        assert!(endless.map_or(true, |bytes| bytes.len() == MAX_SECRET_BYTES + 1));
    }
}
