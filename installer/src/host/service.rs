//! A program of ours that goes on after this one has ended: a unit of systemd, or a process in the background.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rustix::process::{Pid, Signal, geteuid, kill_process, test_kill_process};
use sre_format::{Explain, Fault};
use sre_steps::{Readers, write_atomically};

/// The folder that is there while systemd is the init of this machine.
const SYSTEMD: &str = "/run/systemd/system";
/// Where an administrator's units are.
const UNITS: &str = "/etc/systemd/system";

/// Says why a service does not run.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// A file of it cannot be written.
    #[error("cannot write {}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A program cannot be started.
    #[error("cannot start {program}")]
    Start {
        /// The program.
        program: String,
        /// What the system said.
        source: io::Error,
    },
    /// systemd refused.
    #[error("`systemctl {words}` failed: {said}")]
    Systemd {
        /// What it was told.
        words: String,
        /// What it said.
        said: String,
    },
    /// It was started and does not answer.
    #[error("{what} was started and does not answer at {url}: {why}; it said last: {said}")]
    Silent {
        /// What it is.
        what: &'static str,
        /// Where it should answer.
        url: String,
        /// What came instead.
        why: String,
        /// Its last words.
        said: String,
    },
    /// The user that the service runs as cannot read a file.
    #[error("a service without rights of its own cannot read {}", .path.display())]
    Unreadable {
        /// The file, or a folder on the way to it.
        path: PathBuf,
    },
}

impl Explain for ServiceError {
    fn fault(&self) -> Fault {
        match self {
            Self::File { source, .. } | Self::Start { source, .. } => Fault::of_io(source),
            Self::Systemd { .. } | Self::Silent { .. } | Self::Unreadable { .. } => Fault::Site,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::File { source, .. } | Self::Start { source, .. } => sre_format::file_hint(source),
            Self::Systemd { .. } => None,
            Self::Silent { .. } => Some(
                "another program may hold the port; `port` under `[seed-server]` names another"
                    .into(),
            ),
            Self::Unreadable { path } => Some(format!(
                "let everybody read {} (nothing in a bundle is secret), or move it to a folder such as /srv; \
                 /tmp and /var/tmp are hidden from services",
                path.display()
            )),
        }
    }
}

/// Says whether units can be started here: systemd is init, and this user is root.
#[must_use]
pub fn systemd_is_ours() -> bool {
    geteuid().is_root() && Path::new(SYSTEMD).is_dir()
}

/// Writes a unit, has it started now and at every boot, and restarts it where it runs already.
pub fn start_unit(name: &str, text: &str) -> Result<(), ServiceError> {
    let path = Path::new(UNITS).join(name);
    write_atomically(&path, text.as_bytes(), Readers::Everyone)
        .map_err(|source| ServiceError::File { path, source })?;
    systemctl(&["daemon-reload"])?;
    systemctl(&["enable", "--quiet", name])?;
    systemctl(&["restart", name])
}

/// Gives the last lines that a unit said.
#[must_use]
pub fn last_words_of_unit(name: &str) -> String {
    let words = ["--unit", name, "--lines", "5", "--no-pager", "--output", "cat"];
    output("journalctl", &words).unwrap_or_default().trim().replace('\n', " / ")
}

fn systemctl(words: &[&str]) -> Result<(), ServiceError> {
    output("systemctl", words).map(drop)
}

#[expect(clippy::disallowed_methods, reason = "units are started by systemd's own program")]
fn output(program: &str, words: &[&str]) -> Result<String, ServiceError> {
    let started = Command::new(program).args(words).stdin(Stdio::null()).output();
    let ended =
        started.map_err(|source| ServiceError::Start { program: program.to_owned(), source })?;
    if !ended.status.success() {
        let said = String::from_utf8_lossy(&ended.stderr).trim().to_owned();
        return Err(ServiceError::Systemd { words: words.join(" "), said });
    }
    Ok(String::from_utf8_lossy(&ended.stdout).into_owned())
}

/// Writes a text as one word of a unit's `ExecStart` (systemd.service(5), "Command lines").
#[must_use]
pub fn unit_word(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{}\"", escaped.replace('%', "%%").replace('$', "$$"))
}

/// A process that goes on after this one, with its number in a file.
#[derive(Clone, Debug)]
pub struct Background {
    /// The program.
    pub program: PathBuf,
    /// The file with its number.
    pub process_file: PathBuf,
    /// What it says.
    pub log: PathBuf,
}

impl Background {
    /// Ends the process of an earlier run, if it is still the same program, and starts a new one.
    #[expect(
        clippy::disallowed_methods,
        reason = "without systemd the server is a process of its own"
    )]
    pub fn start(&self, arguments: &[String]) -> Result<(), ServiceError> {
        self.end();
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |source| ServiceError::File { path, source }
        };
        let log = File::create(&self.log).map_err(failed(&self.log))?;
        let errors = log.try_clone().map_err(failed(&self.log))?;
        let mut command = Command::new(&self.program);
        // A group of its own: an interrupt at the terminal is not meant for it.
        command.args(arguments).process_group(0).stdin(Stdio::null()).stdout(log).stderr(errors);
        let child = command.spawn().map_err(|source| ServiceError::Start {
            program: self.program.display().to_string(),
            source,
        })?;
        let number = format!("{}\n", child.id());
        write_atomically(&self.process_file, number.as_bytes(), Readers::Everyone)
            .map_err(failed(&self.process_file))
    }

    /// Gives its last words.
    #[must_use]
    pub fn last_words(&self) -> String {
        let said = fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<_> = said.lines().rev().take(5).collect();
        lines.into_iter().rev().collect::<Vec<_>>().join(" / ")
    }

    fn end(&self) {
        let number = fs::read_to_string(&self.process_file).unwrap_or_default();
        let process = number.trim().parse().ok().and_then(Pid::from_raw);
        let is_ours = |process: &Pid| {
            *process != rustix::process::getpid() && is_same(*process, &self.program)
        };
        let Some(process) = process.filter(is_ours) else { return };
        let _ended_by_itself = kill_process(process, Signal::TERM);
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(5);
        while test_kill_process(process).is_ok() && std::time::Instant::now() < deadline {
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
    }
}

/// Says whether a process runs a program of this name: numbers are given to others after a reboot.
fn is_same(process: Pid, program: &Path) -> bool {
    let path = format!("/proc/{}/exe", process.as_raw_nonzero());
    let found = fs::read_link(path).unwrap_or_default();
    // The file may have been replaced since, which its link tells.
    let name = found.file_name().and_then(OsStr::to_str).unwrap_or_default();
    program.file_name().and_then(OsStr::to_str) == Some(name.trim_end_matches(" (deleted)"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_of_a_unit_is_taken_as_it_stands() {
        assert_eq!(unit_word("/media/a b/%h.zst"), r#""/media/a b/%%h.zst""#);
        assert_eq!(unit_word(r#"a"b\c$d"#), r#""a\"b\\c$$d""#);
    }

    #[test]
    fn a_process_in_the_background_is_replaced_and_no_other_is_touched() {
        let folder = tempfile::tempdir().unwrap();
        let background = Background {
            program: fs::canonicalize("/bin/sleep").unwrap(),
            process_file: folder.path().join("process"),
            log: folder.path().join("log"),
        };
        let number = || -> i32 {
            fs::read_to_string(&background.process_file).unwrap().trim().parse().unwrap()
        };
        background.start(&["1000".to_owned()]).unwrap();
        let first = Pid::from_raw(number()).unwrap();
        background.start(&["1000".to_owned()]).unwrap();
        let second = Pid::from_raw(number()).unwrap();
        assert_ne!(first, second);
        let state = fs::read_to_string(format!("/proc/{}/stat", first.as_raw_nonzero()));
        assert!(state.is_err() || state.unwrap().contains(") Z "));
        fs::write(&background.process_file, std::process::id().to_string()).unwrap();
        background.end();
        kill_process(second, Signal::KILL).unwrap();
    }
}
