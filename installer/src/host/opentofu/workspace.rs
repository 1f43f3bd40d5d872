//! A folder that OpenTofu works in.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Seek as _, SeekFrom};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use serde::Deserialize;
use sre_site::Secret;

use super::{Changes, Diagnostic, OpenTofu, OpenTofuError, Tofu};

/// The state, beside the configuration.
const STATE: &str = "terraform.tfstate";
/// A plan between its making and its doing.
const PLAN: &str = "site.tfplan";
/// How long it waits for the OpenTofu of a run that was killed, or for one that somebody else has begun.
const LOCK_TIMEOUT: &str = "-lock-timeout=400s";
/// What it writes beside the state while it works; who was killed leaves it.
const LOCK: &str = ".terraform.tfstate.lock.info";
/// How often it is looked for what OpenTofu has said.
const PAUSE: Duration = Duration::from_millis(100);
/// The resource that a machine of a site is.
const MACHINE: &str = "module.machines.proxmox_virtual_environment_vm.machine[";

/// Gives a program five minutes to come to its own end once the pipe to this script is closed, which it is as soon as
/// who started it is gone: a machine that is left between its clone and its first setting is nobody's. If it waits
/// for an answer that never comes, it is killed with its providers, which would go on without it.
const LEASH: &str = r#"exec 3<&0
"$@" </dev/null 3<&- &
child=$!
{ read -r _ <&3 || { sleep 300; kill -TERM "$child"; sleep 20; kill -KILL -- "-$$"; }; } >/dev/null 2>&1 &
leash=$!
exec 3<&- 0<&-
wait "$child"
code=$?
kill "$leash" 2>/dev/null
exit "$code""#;

/// Whom OpenTofu believes, and who it is to them.
pub struct Access {
    /// A PEM file with the authorities that are believed; those of this machine unless given.
    pub authorities: Option<PathBuf>,
    /// The token of the API.
    pub token: Secret,
}

/// A folder with a configuration, which is a site's, and its state.
pub struct Workspace<'a> {
    /// The program.
    pub tofu: &'a OpenTofu,
    /// The folder.
    pub folder: &'a Path,
    /// Whom it believes.
    pub access: &'a Access,
    /// What it prints is added to this file, which is there.
    pub log: &'a Path,
}

/// How a run ended.
struct Ended {
    code: Option<i32>,
    diagnostics: Vec<Diagnostic>,
}

impl Workspace<'_> {
    /// Makes the folder ready, from the providers of the bundle alone.
    pub fn init(&self) -> Result<(), OpenTofuError> {
        let providers = format!("-plugin-dir={}", self.tofu.providers.display());
        let state = format!("-backend-config=path={STATE}");
        let words = ["init", "-input=false", "-json", "-lockfile=readonly", &providers, &state];
        self.run("get ready", &words, &mut |_| {})
    }

    /// Plans what makes the site's machines as they should be, and says how much it is.
    pub fn plan(&self, tell: &mut dyn FnMut(Tofu)) -> Result<Changes, OpenTofuError> {
        let out = format!("-out={PLAN}");
        let words = ["plan", "-input=false", "-json", LOCK_TIMEOUT, &out];
        let mut found = None;
        self.run("plan", &words, &mut |told| {
            if let Tofu::ChangeSummary { changes } = &told {
                found = Some(*changes);
            }
            tell(told);
        })?;
        found.ok_or(OpenTofuError::Odd("its plan has no sum"))
    }

    /// Does what was planned.
    pub fn apply(&self, tell: &mut dyn FnMut(Tofu)) -> Result<(), OpenTofuError> {
        let words = ["apply", "-input=false", "-json", LOCK_TIMEOUT, PLAN];
        let done = self.run("make the machines", &words, tell);
        // What was planned is not to be done twice.
        drop(std::fs::remove_file(self.folder.join(PLAN)));
        done
    }

    /// Says whether an OpenTofu may be at work here.
    #[must_use]
    pub fn may_be_at_work(&self) -> bool {
        self.folder.join(LOCK).exists()
    }

    /// Names the machines that an earlier run has begun and not brought to their end.
    pub fn half_made(&self) -> Result<Vec<String>, OpenTofuError> {
        if !self.folder.join(STATE).exists() {
            return Ok(Vec::new());
        }
        let shown: Shown = self.ask(&["show", "-json"])?;
        let resources = shown.values.map(|values| values.root_module.all()).unwrap_or_default();
        let tainted = resources.into_iter().filter(|found| found.tainted);
        Ok(tainted.map(|found| found.address).filter(|it| it.starts_with(MACHINE)).collect())
    }

    /// Has the next plan bring a half-made machine to its end where it is, instead of making it anew.
    pub fn keep(&self, address: &str) -> Result<(), OpenTofuError> {
        let words = ["untaint", "-no-color", LOCK_TIMEOUT, address];
        self.run("keep a machine that was left half made", &words, &mut |_| {})
    }

    /// Gives what Proxmox has made of each machine: its number, its node, its addresses.
    pub fn machines(&self) -> Result<serde_json::Value, OpenTofuError> {
        self.ask(&["output", "-json", "machines"])
    }

    /// Asks something whose answer is one JSON text.
    fn ask<T: for<'de> Deserialize<'de>>(&self, words: &[&str]) -> Result<T, OpenTofuError> {
        let child =
            self.command(words).and_then(|mut command| command.stdout(Stdio::piped()).spawn());
        let mut child = child.map_err(OpenTofuError::Run)?;
        let answer = child.stdout.take().ok_or(OpenTofuError::Odd("it has no output"))?;
        let answer = io::read_to_string(answer).map_err(OpenTofuError::Run)?;
        let status = child.wait().map_err(OpenTofuError::Run)?;
        if !status.success() {
            return Err(self.failed("look at what is there", Vec::new()));
        }
        serde_json::from_str(&answer).map_err(|_| OpenTofuError::Odd("its answer is no JSON"))
    }

    fn run(
        &self,
        what: &'static str,
        words: &[&str],
        tell: &mut dyn FnMut(Tofu),
    ) -> Result<(), OpenTofuError> {
        let ended = self.listen(words, tell).map_err(OpenTofuError::Run)?;
        if ended.code != Some(0) {
            return Err(self.failed(what, ended.diagnostics));
        }
        Ok(())
    }

    fn listen(&self, words: &[&str], tell: &mut dyn FnMut(Tofu)) -> io::Result<Ended> {
        // It prints into a file, because a pipe that nobody reads any more would be its end.
        let log = File::options().append(true).open(self.log)?;
        let mut lines = BufReader::new(File::open(self.log)?);
        lines.seek(SeekFrom::End(0))?;
        let mut child = self.command(words)?.stdout(log).spawn()?;
        let (mut line, mut diagnostics) = (Vec::new(), Vec::new());
        loop {
            // Asked before the last line is read: what was said until then is in the file.
            let ended = child.try_wait()?;
            while lines.read_until(b'\n', &mut line)? > 0 && line.ends_with(b"\n") {
                if let Ok(told) = serde_json::from_slice(&std::mem::take(&mut line)) {
                    if let Tofu::Diagnostic { diagnostic } = &told {
                        diagnostics.extend(Some(diagnostic.clone()).filter(Diagnostic::is_error));
                    }
                    tell(told);
                }
            }
            if let Some(status) = ended {
                return Ok(Ended { code: status.code(), diagnostics });
            }
            std::thread::sleep(PAUSE);
        }
    }

    fn failed(&self, what: &'static str, diagnostics: Vec<Diagnostic>) -> OpenTofuError {
        OpenTofuError::Failed { what, diagnostics, log: self.log.to_owned() }
    }

    #[expect(clippy::disallowed_methods, reason = "machines are made by OpenTofu")]
    fn command(&self, words: &[&str]) -> io::Result<Command> {
        let mut command = Command::new("sh");
        command.args(["-c", LEASH, "sh"]).arg(&self.tofu.program).args(words);
        // What the operator's own OpenTofu is told is not meant for ours, and nobody but Proxmox is asked for
        // anything, no proxy either.
        let kept = ["PATH", "HOME", "TF_ENCRYPTION"];
        let kept = kept.into_iter().filter_map(|name| Some((name, std::env::var_os(name)?)));
        command.env_clear().envs(kept);
        command
            .env("LC_ALL", "C.UTF-8")
            .env("CHECKPOINT_DISABLE", "1")
            .env("TF_IN_AUTOMATION", "1")
            .env("TF_CLI_CONFIG_FILE", "/dev/null")
            .env("PROXMOX_VE_API_TOKEN", self.access.token.expose());
        if let Some(authorities) = &self.access.authorities {
            command.env("SSL_CERT_FILE", authorities);
        }
        // A group of its own: an interrupt at the terminal is this program's, which lets OpenTofu end.
        command.current_dir(self.folder).process_group(0).stdin(Stdio::piped());
        command.stderr(File::options().append(true).open(self.log)?);
        Ok(command)
    }
}

/// What `tofu show -json` says of a state, as far as it matters here.
#[derive(Deserialize)]
struct Shown {
    values: Option<Values>,
}

#[derive(Deserialize)]
struct Values {
    root_module: Module,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Module {
    resources: Vec<StateResource>,
    child_modules: Vec<Module>,
}

#[derive(Deserialize)]
struct StateResource {
    address: String,
    #[serde(default)]
    tainted: bool,
}

impl Module {
    fn all(self) -> Vec<StateResource> {
        let deeper = self.child_modules.into_iter().flat_map(Self::all);
        self.resources.into_iter().chain(deeper).collect()
    }
}
