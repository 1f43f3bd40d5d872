//! The `git` program: where a tag leads, and the objects of a commit in a folder of their own.

use std::io;
use std::process::{Command, Output, Stdio};

use sre_format::lock::ObjectId;
use tempfile::TempDir;

use super::GitError;

/// Settings of every run: no protocol but those of a manifest, no hooks, no tidying, no server that
/// sends nothing for a minute.
const SETTINGS: [&str; 9] = [
    "protocol.allow=never",
    "protocol.https.allow=always",
    "protocol.http.allow=always",
    "protocol.file.allow=always",
    "core.hooksPath=/dev/null",
    "gc.auto=0",
    "maintenance.auto=false",
    "http.lowSpeedLimit=1",
    "http.lowSpeedTime=60",
];

/// The most bytes of what the program says that are repeated.
const MAX_SAID: usize = 400;

/// The objects of one commit.
pub struct FetchedCommit {
    folder: TempDir,
}

/// Asks where a tag or branch of a repository leads: a tag before a branch, as git does.
pub fn find(repository: &str, reference: &str) -> Result<ObjectId, GitError> {
    let [tag, peeled, branch] = [
        format!("refs/tags/{reference}"),
        format!("refs/tags/{reference}^{{}}"),
        format!("refs/heads/{reference}"),
    ];
    let mut ask = git();
    ask.args(["ls-remote", "--quiet", "--", repository]).args([&tag, &peeled, &branch]);
    let answer = run(ask, "ask", repository)?;
    let listed = |wanted: &str| {
        answer.lines().find_map(|line| {
            let (id, name) = line.split_once('\t')?;
            (name == wanted).then(|| id.parse().ok()).flatten()
        })
    };
    let found = listed(&peeled).or_else(|| listed(&tag)).or_else(|| listed(&branch));
    found.ok_or_else(|| GitError::NoReference {
        repository: repository.to_owned(),
        reference: reference.to_owned(),
    })
}

impl FetchedCommit {
    /// Fetches a commit with its files and without its history.
    pub fn fetch(repository: &str, commit: &ObjectId) -> Result<Self, GitError> {
        let folder = tempfile::tempdir().map_err(GitError::Talk)?;
        let format = if commit.is_sha256() { "sha256" } else { "sha1" };
        let mut begin = git();
        begin.args(["init", "--quiet", "--bare", &format!("--object-format={format}")]);
        begin.arg(folder.path());
        run(begin, "begin", repository)?;
        let mut fetch = git();
        fetch.arg("-C").arg(folder.path());
        fetch.args(["fetch", "--quiet", "--no-tags", "--depth=1", "--", repository]);
        fetch.arg(commit.as_str());
        run(fetch, "fetch from", repository)?;
        Ok(Self { folder })
    }

    /// Starts the program that gives objects out.
    pub(super) fn objects(&self) -> io::Result<std::process::Child> {
        let mut command = git();
        command.arg("-C").arg(self.folder.path()).args(["cat-file", "--batch"]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()
    }
}

/// The program with our settings. The user's own configuration holds, because it has the credentials
/// and the proxy; what the environment says of another repository does not.
#[expect(clippy::disallowed_methods, reason = "this module speaks to git through its program")]
fn git() -> Command {
    let mut command = Command::new("git");
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("GIT_") {
            command.env_remove(name);
        }
    }
    command.env("LC_ALL", "C").env("GIT_TERMINAL_PROMPT", "0").stdin(Stdio::null());
    for setting in SETTINGS {
        command.args(["-c", setting]);
    }
    command
}

fn run(mut command: Command, action: &'static str, repository: &str) -> Result<String, GitError> {
    let Output { status, stdout, stderr } = command.output().map_err(GitError::Program)?;
    if status.success() {
        return Ok(String::from_utf8_lossy(&stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&stderr);
    let last = said.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("nothing");
    let said = last.chars().filter(|c| !c.is_control()).take(MAX_SAID).collect();
    Err(GitError::Failed { action, repository: repository.to_owned(), said })
}
