//! The one program that this side starts besides signers: `helm template`.
//!
//! It gets an environment of its own, so that neither settings nor plugins of whoever runs it change
//! what is rendered, and no address to talk to: the chart is a file, and so are the values.

use std::os::unix::fs::PermissionsExt as _;
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
/// How long a chart may render; a template can count to a thousand million.
const PATIENCE: Duration = Duration::from_mins(2);

/// Helm, with a home of its own.
#[derive(Debug)]
pub struct Helm {
    program: PathBuf,
    home: TempDir,
    patience: Duration,
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
        // It runs in a folder of its own, where a relative path would lead elsewhere.
        let absolute = std::path::absolute(&program).map_err(failed)?;
        let home = tempfile::tempdir().map_err(failed)?;
        Ok(Self { program: absolute, home, patience: PATIENCE })
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
        let first = ["template", "--namespace", how.namespace, "--kube-version", how.kubernetes];
        let mut arguments = first.map(str::to_owned).to_vec();
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
        // Nothing behind it is an option, whatever a lock calls a chart.
        arguments.extend(["--".to_owned(), how.release.to_owned(), text(how.archive)]);
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
        match tokio::time::timeout(self.patience, listen(child)).await {
            Ok(result) => result.map_err(failed),
            Err(_) => Err(CheckError::Patience {
                program: self.program.clone(),
                seconds: self.patience.as_secs(),
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
    let programs = std::env::split_paths(&path).map(|folder| folder.join("helm"));
    let mut programs = programs.filter(|path| is_program(path));
    programs.next()
}

fn is_program(path: &Path) -> bool {
    path.metadata().is_ok_and(|it| it.is_file() && it.permissions().mode() & 0o111 != 0)
}

fn shortened(said: &str) -> String {
    let said = said.trim().trim_start_matches("Error: ");
    let mut short: String = said.chars().take(SHOWN).collect();
    if short.len() < said.len() {
        short.push_str(" ...");
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A program that stands for a helm which behaves in a way that no chart makes it behave here.
    fn script(folder: &Path, body: &str) -> PathBuf {
        let path = folder.join("helm");
        std::fs::write(&path, format!("#!/bin/sh\n{body}\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    async fn rendered(body: &str, patience: Duration) -> Result<Rendered, CheckError> {
        let folder = tempfile::tempdir().unwrap();
        let mut helm = Helm::find(Some(&script(folder.path(), body))).unwrap();
        helm.patience = patience;
        let how = Template {
            archive: Path::new("a.tgz"),
            release: "a",
            namespace: "b",
            kubernetes: "1.35.7",
            apis: &[],
            values: &[],
            action: Action::Install,
        };
        helm.template(&how).await
    }

    #[tokio::test]
    async fn a_helm_that_never_ends_is_stopped() {
        let stopped = rendered("exec sleep 600", Duration::from_millis(100)).await;
        assert!(matches!(stopped, Err(CheckError::Patience { .. })));
    }

    #[tokio::test]
    async fn a_chart_that_renders_to_too_much_is_refused() {
        let body = format!("head -c {} /dev/zero", MAX_RENDERED + 2);
        let refused = rendered(&body, PATIENCE).await;
        assert!(matches!(refused, Err(CheckError::TooMuch { .. })));
    }

    #[tokio::test]
    async fn names_stand_behind_the_end_of_the_options() {
        let Ok(Rendered::Documents(said)) = rendered("echo \"$@\"", PATIENCE).await else {
            panic!("the script prints its arguments");
        };
        assert!(said.trim().ends_with("--include-crds -- a a.tgz"), "{said}");
    }
}
