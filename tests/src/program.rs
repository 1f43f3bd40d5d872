//! Foreign programs, run to their end or kept running.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

/// A program with its arguments, to be run.
pub struct Program {
    command: Command,
    line: String,
}

/// What a program did.
#[derive(Debug)]
pub struct Ran {
    line: String,
    output: Output,
}

impl Program {
    /// Finds a tool on the path or among the built tools; its home folder is an empty one.
    pub fn tool(name: &str) -> Self {
        Self::at(&place_of(name))
    }

    /// Takes the program at a path.
    #[expect(clippy::disallowed_methods, reason = "tests run foreign programs")]
    pub fn at(path: &Path) -> Self {
        let mut command = Command::new(path);
        // Neither proxies nor the developer's own settings and credentials may change what is tested.
        let kept = ["PATH", "CARGO_HOME", "RUSTUP_HOME"];
        let kept: Vec<_> =
            kept.into_iter().filter_map(|name| Some((name, std::env::var_os(name)?))).collect();
        command.env_clear().envs(kept).env("HOME", "/nonexistent").env("LC_ALL", "C.UTF-8");
        command.stdin(Stdio::null());
        Self { command, line: path.display().to_string() }
    }

    /// Adds an argument.
    #[must_use]
    pub fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.line.push(' ');
        self.line.push_str(&argument.as_ref().to_string_lossy());
        self.command.arg(argument);
        self
    }

    /// Adds arguments.
    #[must_use]
    pub fn args<I: IntoIterator<Item: AsRef<OsStr>>>(self, arguments: I) -> Self {
        arguments.into_iter().fold(self, Self::arg)
    }

    /// Sets a variable of the environment.
    #[must_use]
    pub fn env(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.command.env(name, value.into());
        self
    }

    /// Chooses the working folder.
    #[must_use]
    pub fn folder(mut self, folder: &Path) -> Self {
        self.command.current_dir(folder);
        self
    }

    /// Chooses where the standard input comes from.
    #[must_use]
    pub fn stdin(mut self, input: impl Into<Stdio>) -> Self {
        self.command.stdin(input);
        self
    }

    /// Lets another tool run this program, such as `strace` or `nsenter`, with options of its own.
    #[must_use]
    pub fn under(self, tool: &str, options: &[&str]) -> Self {
        let mut outer = Self::tool(tool).args(options).arg(self.command.get_program());
        outer = outer.args(self.command.get_args());
        for (name, value) in self.command.get_envs() {
            if let Some(value) = value {
                outer.command.env(name, value);
            }
        }
        if let Some(folder) = self.command.get_current_dir() {
            outer.command.current_dir(folder);
        }
        outer
    }

    /// Runs to the end and keeps what was said.
    pub fn run(mut self) -> Ran {
        let output = self.command.output();
        let output = output.unwrap_or_else(|error| panic!("cannot start {}: {error}", self.line));
        Ran { line: self.line, output }
    }

    /// Starts without waiting, with these streams.
    pub fn start(mut self, stdout: impl Into<Stdio>, stderr: impl Into<Stdio>) -> Child {
        let child = self.command.stdout(stdout).stderr(stderr).spawn();
        child.unwrap_or_else(|error| panic!("cannot start {}: {error}", self.line))
    }
}

impl Ran {
    /// Wants success and gives the standard output.
    #[track_caller]
    pub fn ok(self) -> String {
        assert!(self.output.status.success(), "{}", self.told());
        self.stdout()
    }

    /// Wants this exit code and gives the standard error.
    #[track_caller]
    pub fn fails_with(self, code: i32) -> String {
        assert_eq!(self.output.status.code(), Some(code), "{}", self.told());
        self.stderr()
    }

    /// Gives the exit code; none after a signal.
    pub fn code(&self) -> Option<i32> {
        self.output.status.code()
    }

    /// Gives the standard output as text.
    pub fn stdout(&self) -> String {
        String::from_utf8_lossy(&self.output.stdout).into_owned()
    }

    /// Gives the standard output as it is.
    pub fn bytes(&self) -> &[u8] {
        &self.output.stdout
    }

    /// Gives the standard error as text.
    pub fn stderr(&self) -> String {
        String::from_utf8_lossy(&self.output.stderr).into_owned()
    }

    /// Gives everything for the message of a failed test.
    pub fn told(&self) -> String {
        let status = self.output.status;
        format!("{}\n{status}\n{}\n{}", self.line, self.stdout(), self.stderr())
    }
}

/// Gives the folders in which tools are looked for, as a value for `PATH`.
pub fn path_of_tools() -> OsString {
    std::env::join_paths(folders_of_tools()).unwrap_or_default()
}

/// Finds a tool on the path or among the built tools.
pub(crate) fn place_of(name: &str) -> PathBuf {
    find(name).unwrap_or_else(|| panic!("{name} is missing: run `make setup`"))
}

/// Finds a tool on the path or among the built ones.
pub(crate) fn find(name: &str) -> Option<PathBuf> {
    folders_of_tools().into_iter().map(|folder| folder.join(name)).find(|path| path.is_file())
}

/// Gives the folder in the user's cache that holds what is made once and may be lost.
pub(crate) fn cache() -> PathBuf {
    user_cache().expect("HOME or XDG_CACHE_HOME is set").join("sre")
}

fn user_cache() -> Option<PathBuf> {
    std::env::var_os("XDG_CACHE_HOME")
        .filter(|value| !value.is_empty())
        .map(PathBuf::from)
        .or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cache")))
}

fn folders_of_tools() -> Vec<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    // Debian keeps programs of administrators where only root's path looks.
    std::env::split_paths(&path)
        .chain(user_cache().map(|cache| cache.join("sre/tools/bin")))
        .chain(["/usr/sbin".into(), "/sbin".into()])
        .collect()
}
