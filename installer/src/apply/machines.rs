//! The machines of a site that Proxmox makes: OpenTofu plans and makes them, before hosts are reached.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use sre_site::{Proxmox, ProxmoxTrust};
use sre_steps::{Outcome, PhaseReporter, Readers, Step, write_atomically};

use super::journal::Journal;
use super::{ApplyError, Work};
use crate::host::{
    Access, Changes, OpenTofu, OpenTofuError, SecretsOfTheSite, Tofu, Workspace, certificate_of,
};
use crate::site;

/// The certificate of a Proxmox that is known by its fingerprint.
const CERTIFICATE: &str = "proxmox.pem";
/// The port of the API, where the endpoint names none.
const HTTPS: u16 = 443;

/// Has Proxmox make the machines of a site, as far as they are not there, and says what they are.
pub(super) async fn make(
    work: &Work,
    proxmox: &Proxmox,
    phase: &PhaseReporter,
) -> Result<Value, ApplyError> {
    let folder = work.folder().join(site::TOFU);
    let authorities = authorities(work, proxmox, &folder).await?;
    let token = proxmox.token.resolve(&SecretsOfTheSite::new(work.site_folder()))?;
    let access = Access { authorities, token };
    let mut journal = Journal::begin(work.state(), phase.phase())?;
    let (bundle, state, shown) = (work.bundle().clone(), work.state().to_owned(), phase.clone());
    let making = move || {
        let tofu = OpenTofu::of_bundle(&bundle, &state)?;
        go(&tofu, &folder, &access, &mut journal, shown)
    };
    tokio::task::spawn_blocking(making).await?
}

/// Gives the file of the authorities by which Proxmox is believed.
async fn authorities(
    work: &Work,
    proxmox: &Proxmox,
    folder: &Path,
) -> Result<Option<PathBuf>, ApplyError> {
    match &proxmox.trust {
        ProxmoxTrust::System => Ok(None),
        ProxmoxTrust::AuthorityFile(path) => {
            let path = work.site_folder().join(path);
            std::fs::read(&path)
                .map_err(|source| site::HostPlanError::File { path: path.clone(), source })?;
            Ok(Some(path))
        }
        ProxmoxTrust::Fingerprint(fingerprint) => {
            let url = proxmox.endpoint.as_url();
            let (host, port) = (url.host_str().unwrap_or_default(), url.port().unwrap_or(HTTPS));
            let certificate = certificate_of(host, port, fingerprint.as_str()).await?;
            let path = folder.join(CERTIFICATE);
            let written = write_atomically(&path, certificate.as_bytes(), Readers::Owner);
            written.map_err(|source| ApplyError::File { path: path.clone(), source })?;
            Ok(Some(path))
        }
    }
}

fn go(
    tofu: &OpenTofu,
    folder: &Path,
    access: &Access,
    journal: &mut Journal,
    phase: PhaseReporter,
) -> Result<Value, ApplyError> {
    let log_path = journal.log_path().to_owned();
    let unwritten = |source| ApplyError::File { path: log_path.clone(), source };
    let workspace = Workspace { tofu, folder, access, log: &log_path };
    workspace.init()?;
    if workspace.may_be_at_work() {
        phase.note(
            "an OpenTofu of an earlier run may be at work: it is waited for, some minutes at most",
        );
    }
    let mut shown = Shown { phase, steps: BTreeMap::new(), journal, unwritten: None };
    let changes = plan(&workspace, &mut shown)?;
    if changes.remove > 0 {
        return Err(OpenTofuError::Destroys { count: changes.remove, log: log_path }.into());
    }
    if !changes.is_empty() {
        shown.phase.note(in_words(changes));
        shown.phase.expect(changes.add + changes.change);
        workspace.apply(&mut |told| shown.take(told))?;
    }
    if let Some(source) = shown.unwritten {
        return Err(unwritten(source));
    }
    let machines = workspace.machines()?;
    let program = tofu.program().display().to_string();
    Ok(json!({ "machines": machines, "tofu": program, "log": log_path.display().to_string() }))
}

/// Plans; a machine that was left half made would be destroyed and made anew, and is kept instead.
fn plan(workspace: &Workspace<'_>, shown: &mut Shown<'_>) -> Result<Changes, OpenTofuError> {
    let refused = match workspace.plan(&mut |told| shown.take(told)) {
        Ok(changes) if changes.remove == 0 => return Ok(changes),
        planned => planned,
    };
    let half_made = workspace.half_made()?;
    if half_made.is_empty() {
        return refused;
    }
    for address in half_made {
        let what = "was left half made; it is brought to its end where it is";
        shown.phase.note(format!("{address} {what}"));
        workspace.keep(&address)?;
    }
    workspace.plan(&mut |told| shown.take(told))
}

fn in_words(changes: Changes) -> String {
    let Changes { add, change, import, .. } = changes;
    format!("Proxmox makes {add} things, changes {change} and takes over {import}")
}

/// Shows what OpenTofu tells: a step for each machine, warnings and errors at once.
struct Shown<'a> {
    phase: PhaseReporter,
    steps: BTreeMap<String, Step>,
    journal: &'a mut Journal,
    unwritten: Option<std::io::Error>,
}

impl Shown<'_> {
    fn take(&mut self, told: Tofu) {
        match told {
            Tofu::ApplyStart { hook } => {
                let name = hook.name().to_owned();
                let step = self.phase.step(format!("{name}: {}", hook.action));
                self.steps.insert(name, step);
            }
            Tofu::ApplyComplete { hook } => {
                self.write(
                    &json!({ "machine": hook.name(), "action": hook.action, "status": "done" }),
                );
                self.phase.advance(1);
                self.end(hook.name(), Outcome::Done);
            }
            Tofu::ApplyErrored { hook } => {
                self.write(
                    &json!({ "machine": hook.name(), "action": hook.action, "status": "failed" }),
                );
                self.end(hook.name(), Outcome::Abandoned);
            }
            // Errors end the run, whose message has them.
            Tofu::Diagnostic { diagnostic } if !diagnostic.is_error() => {
                self.phase.warn(diagnostic.to_string());
            }
            Tofu::Diagnostic { .. } | Tofu::ChangeSummary { .. } | Tofu::Other => {}
        }
    }

    fn end(&mut self, name: &str, outcome: Outcome) {
        if let Some(step) = self.steps.remove(name) {
            step.end(outcome);
        }
    }

    fn write(&mut self, entry: &Value) {
        self.unwritten = self.journal.write(entry).err().or(self.unwritten.take());
    }
}
