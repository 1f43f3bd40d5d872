//! The one program that this side starts besides signers: `helm template`.
//!
//! It gets an environment of its own, so that neither settings nor plugins of whoever runs it change
//! what is rendered, and no address to talk to: the chart is a file, and so are the values.

use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tempfile::TempDir;
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::{Child, Command};

use super::CheckError;

/// The most bytes that a chart may render to; the largest public ones have 10 MiB.
pub(super) const MAX_RENDERED: u64 = 256 << 20;
/// The most bytes of what helm says about a chart.
const MAX_SAID: u64 = 256 << 10;
/// Characters of it that are shown.
const SHOWN: usize = 1200;
/// How long a chart may render; a template that recurses without end needs for ever.
const PATIENCE: Duration = Duration::from_mins(2);

/// Helm, with a home of its own.
#[derive(Debug)]
pub struct Helm {
    program: PathBuf,
    home: TempDir,
}

/// One way to render a chart.
#[derive(Clone, Debug)]
pub(super) struct Template<'a> {
    pub archive: &'a Path,
    pub release: &'a str,
    pub namespace: &'a str,
    pub kubernetes: &'a str,
    pub apis: &'a [String],
    pub values: &'a [PathBuf],
    pub action: Action,
}

/// What templates are told that is done with them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    Install,
    Upgrade,
}

/// What came of it.
pub(super) enum Rendered {
    Documents(String),
    /// Helm refused, and said why.
    Refused(String),
}

impl Helm {
    /// Takes the program that is named, or the first on the path.
    pub fn find(named: Option<&Path>) -> Result<Self, CheckError> {
        let program = named.map(Path::to_owned).or_else(on_path).ok_or(CheckError::NoHelm)?;
        let failed = |source| CheckError::Helm { program: program.clone(), source };
        let home = tempfile::tempdir().map_err(failed)?;
        Ok(Self { program, home })
    }

    /// Gives a folder that goes away with this.
    pub(super) fn folder(&self) -> &Path {
        self.home.path()
    }

    /// Asks it for its version.
    pub async fn version(&self) -> Result<String, CheckError> {
        let arguments = ["version", "--template", "{{.Version}}"].map(str::to_owned);
        let (status, said, complaint) = self.run(&arguments).await?;
        if !status.success() {
            let reason = std::io::Error::other(shortened(&complaint));
            return Err(CheckError::Helm { program: self.program.clone(), source: reason });
        }
        Ok(said.trim().chars().take(40).collect())
    }

    /// Renders a chart.
    pub(super) async fn template(&self, how: &Template<'_>) -> Result<Rendered, CheckError> {
        let text = |path: &Path| path.display().to_string();
        let mut arguments = vec!["template".to_owned(), how.release.to_owned(), text(how.archive)];
        arguments.extend(
            ["--namespace", how.namespace, "--kube-version", how.kubernetes].map(str::to_owned),
        );
        arguments.push("--include-crds".to_owned());
        for api in how.apis {
            arguments.extend(["--api-versions".to_owned(), api.clone()]);
        }
        for values in how.values {
            arguments.extend(["--values".to_owned(), text(values)]);
        }
        if how.action == Action::Upgrade {
            arguments.push("--is-upgrade".to_owned());
        }
        let (status, rendered, said) = self.run(&arguments).await?;
        if rendered.len() as u64 > MAX_RENDERED {
            let chart = how.release.to_owned();
            return Err(CheckError::TooMuch { chart, limit: MAX_RENDERED });
        }
        let refused = || Rendered::Refused(shortened(&said));
        Ok(if status.success() { Rendered::Documents(rendered) } else { refused() })
    }

    async fn run(&self, arguments: &[String]) -> Result<(ExitStatus, String, String), CheckError> {
        let failed = |source| CheckError::Helm { program: self.program.clone(), source };
        let child = self.start(arguments).map_err(failed)?;
        match tokio::time::timeout(PATIENCE, listen(child)).await {
            Ok(result) => result.map_err(failed),
            Err(_) => Err(CheckError::Patience {
                program: self.program.clone(),
                seconds: PATIENCE.as_secs(),
            }),
        }
    }

    #[expect(clippy::disallowed_methods, reason = "only helm renders charts as helm does")]
    fn start(&self, arguments: &[String]) -> std::io::Result<Child> {
        let mut command = Command::new(&self.program);
        command.env_clear().env("HOME", self.home.path());
        for name in ["HELM_CACHE_HOME", "HELM_CONFIG_HOME", "HELM_DATA_HOME", "HELM_PLUGINS"] {
            command.env(name, self.home.path().join(name));
        }
        command
            .args(arguments)
            .current_dir(self.home.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
    }
}

/// Hears both streams to their limits, one byte more where there is more.
async fn listen(mut child: Child) -> std::io::Result<(ExitStatus, String, String)> {
    let (output, complaint) = (child.stdout.take(), child.stderr.take());
    let (output, complaint) =
        tokio::join!(hear(output, MAX_RENDERED + 1), hear(complaint, MAX_SAID));
    Ok((child.wait().await?, output?, complaint?))
}

async fn hear(stream: Option<impl AsyncRead + Unpin>, limit: u64) -> std::io::Result<String> {
    let Some(mut stream) = stream else { return Ok(String::new()) };
    let mut bytes = Vec::new();
    (&mut stream).take(limit).read_to_end(&mut bytes).await?;
    // The rest is thrown away, so that the other side can end.
    tokio::io::copy(&mut stream, &mut tokio::io::sink()).await?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn on_path() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join("helm")).find(|path| path.is_file())
}

fn shortened(said: &str) -> String {
    let said = said.trim().trim_start_matches("Error: ");
    let mut short: String = said.chars().take(SHOWN).collect();
    if short.len() < said.len() {
        short.push_str(" ...");
    }
    short
}
