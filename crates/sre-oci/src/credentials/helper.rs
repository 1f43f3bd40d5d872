//! Credential helpers: programs that keep secrets outside of files.

use std::io::ErrorKind;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use serde::Deserialize;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, Command};

use super::{Credential, Secret};

/// A helper may ask a person for a passphrase, but not for ever.
const PATIENCE: Duration = Duration::from_mins(1);
/// The most bytes that a helper may answer.
const MAX_ANSWER: u64 = 64 << 10;
/// The user name that means "the secret is an identity token".
const TOKEN_USER: &str = "<token>";
/// What helpers print when they know nothing about a server.
const NOT_FOUND: &str = "credentials not found";

/// Where helpers are looked for, and how long each may take.
#[derive(Clone, Debug)]
pub(super) struct Helpers {
    /// The folder, if it is not `PATH` that says.
    pub(super) folder: Option<PathBuf>,
    /// How long one may take.
    pub(super) patience: Duration,
}

impl Default for Helpers {
    fn default() -> Self {
        Self { folder: None, patience: PATIENCE }
    }
}

/// A helper that gave no answer, and why; never what it printed.
#[derive(Clone, Debug)]
pub(super) struct Failed {
    pub(super) program: String,
    pub(super) reason: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    username: String,
    secret: String,
}

impl Helpers {
    /// Asks `docker-credential-NAME` for the credential of a registry.
    pub(super) async fn ask(&self, name: &str, host: &str) -> Result<Option<Credential>, Failed> {
        let program = format!("docker-credential-{name}");
        let failed = |reason: String| Failed { program: program.clone(), reason };
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        if !name.bytes().all(plain) {
            return Err(failed("its name is not one of a program".to_owned()));
        }
        let path = self.folder.as_ref().map_or_else(|| (&program).into(), |it| it.join(&program));
        let run = async {
            let child = start(&path).map_err(|error| failed(error.to_string()))?;
            talk(child, server(host)).await.map_err(|error| failed(error.to_string()))
        };
        let (success, output) = tokio::time::timeout(self.patience, run)
            .await
            .map_err(|_| failed(format!("no answer in {} s", self.patience.as_secs_f32())))??;
        if !success {
            let says_unknown = String::from_utf8_lossy(&output).contains(NOT_FOUND);
            let ended = || failed("it ended with an error".to_owned());
            return if says_unknown { Ok(None) } else { Err(ended()) };
        }
        let answer: Answer = serde_json::from_slice(&output).map_err(|_| {
            failed("its answer is not JSON with `Username` and `Secret`".to_owned())
        })?;
        Ok(credential(answer))
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one program that this crate starts: the helper that the credential file names"
)]
fn start(program: &PathBuf) -> std::io::Result<Child> {
    Command::new(program)
        .arg("get")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
}

async fn talk(mut child: Child, server: &str) -> std::io::Result<(bool, Vec<u8>)> {
    if let Some(mut input) = child.stdin.take() {
        match input.write_all(format!("{server}\n").as_bytes()).await {
            // One that knows a single registry need not read which.
            Err(error) if error.kind() == ErrorKind::BrokenPipe => {}
            written => written?,
        }
    }
    let mut output = Vec::new();
    if let Some(stdout) = child.stdout.take() {
        stdout.take(MAX_ANSWER).read_to_end(&mut output).await?;
    }
    Ok((child.wait().await?.success(), output))
}

fn server(host: &str) -> &str {
    if host == "docker.io" { "https://index.docker.io/v1/" } else { host }
}

fn credential(answer: Answer) -> Option<Credential> {
    match (answer.username.as_str(), answer.secret.is_empty()) {
        (_, true) => None,
        (TOKEN_USER, false) => Some(Credential::IdentityToken(Secret::new(answer.secret))),
        (user, false) => Some(Credential::basic(user, &answer.secret)),
    }
}
