//! Starting other programs: the only place of the workshop that does.

use anyhow::{Context as _, Result, bail};
use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

/// A program to be started, with the command line that error messages show.
pub(crate) struct Program {
    command: Command,
    line: String,
}

impl Program {
    #[expect(clippy::disallowed_methods, reason = "the one door of the workshop to other programs")]
    pub(crate) fn new(name: impl AsRef<OsStr>) -> Self {
        let line = name.as_ref().to_string_lossy().into_owned();
        let mut command = Command::new(name);
        command.current_dir(crate::places::workspace()).stdin(Stdio::null());
        Self { command, line }
    }

    pub(crate) fn arguments<I: IntoIterator<Item: AsRef<OsStr>>>(mut self, arguments: I) -> Self {
        for argument in arguments {
            self.line.push(' ');
            self.line.push_str(&argument.as_ref().to_string_lossy());
            self.command.arg(argument);
        }
        self
    }

    pub(crate) fn environment(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Runs the program with our own output streams and wants success.
    pub(crate) fn run(mut self) -> Result<()> {
        let status =
            self.command.status().with_context(|| format!("cannot start `{}`", self.line))?;
        if !status.success() {
            bail!("`{}` failed: {status}", self.line);
        }
        Ok(())
    }

    /// Runs the program, hands on every line of its output as it comes, and tells whether it succeeded.
    pub(crate) fn run_by_line(mut self, mut line: impl FnMut(&str)) -> Result<bool> {
        let mut child = self
            .command
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start `{}`", self.line))?;
        if let Some(output) = child.stdout.take() {
            for text in BufReader::new(output).split(b'\n') {
                line(&String::from_utf8_lossy(&text?));
            }
        }
        Ok(child.wait()?.success())
    }

    /// Runs the program silently and gives its output when it succeeds, its complaint when it fails.
    pub(crate) fn output(mut self) -> Result<String> {
        let output =
            self.command.output().with_context(|| format!("cannot start `{}`", self.line))?;
        if !output.status.success() {
            let complaint = String::from_utf8_lossy(&output.stderr);
            bail!("`{}` failed: {}\n{}", self.line, output.status, complaint.trim_end());
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Tells whether the program starts and succeeds; nothing of its output is shown.
    pub(crate) fn succeeds(mut self) -> bool {
        self.command
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    }
}
