//! Starting other programs: the only place of the workshop that does.

use anyhow::{Context as _, Result, bail};
use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};

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

    pub(crate) fn in_folder(mut self, folder: &Path) -> Self {
        self.command.current_dir(folder);
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

/// A program of ours that serves on loopback; it is stopped when dropped.
pub(crate) struct Server {
    child: Child,
    host: String,
}

impl Server {
    /// Starts the program, hands on what it says, and waits for the address in it.
    pub(crate) fn start(mut program: Program) -> Result<Self> {
        let mut child = program
            .command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start `{}`", program.line))?;
        let (send, lines) = std::sync::mpsc::channel();
        for stream in [
            child.stdout.take().map(|stream| Box::new(stream) as Box<dyn Read + Send>),
            child.stderr.take().map(|stream| Box::new(stream) as Box<dyn Read + Send>),
        ] {
            let send = send.clone();
            std::thread::spawn(move || {
                let lines = stream.map(|stream| BufReader::new(stream).lines());
                for line in lines.into_iter().flatten().map_while(Result::ok) {
                    eprintln!("{line}");
                    // When nobody waits for the address any more, the lines are still read and shown.
                    drop(send.send(line));
                }
            });
        }
        drop(send);
        let host = lines.iter().find_map(|line| {
            let (_, rest) = line.split_once("://127.0.0.1:")?;
            let port = rest.split(|letter: char| !letter.is_ascii_digit()).next()?;
            Some(format!("127.0.0.1:{port}"))
        });
        let host = host.with_context(|| format!("`{}` did not start", program.line));
        if host.is_err() {
            child.wait()?;
        }
        Ok(Self { child, host: host? })
    }

    pub(crate) fn host(&self) -> &str {
        &self.host
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Err(error) = self.child.kill().and_then(|()| self.child.wait().map(drop)) {
            eprintln!("warning: a server is left running: {error}");
        }
    }
}
