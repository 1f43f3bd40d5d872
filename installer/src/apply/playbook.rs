//! One of our playbooks, run over the hosts of a site and shown while it runs.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use sre_steps::{Outcome, PhaseReporter, Step};

use super::files::SiteFiles;
use super::hosts::Hosts;
use super::journal::Journal;
use super::report::HostOutcome;
use super::run::Done;
use super::{ApplyError, Work};
use crate::host::{Ansible, AnsibleError, HostCounts, Playbook, TaskResult, TaskStatus, Told};

/// What a playbook came to.
#[derive(Default)]
struct Ended {
    counts: BTreeMap<String, HostCounts>,
    /// What failed on a host, and what it said.
    failures: BTreeMap<String, (String, String)>,
}

/// Runs a playbook on hosts and says how it ended on each; `limit` names those that still need it, or none
/// for all.
pub(super) async fn run(
    work: &Work,
    files: &SiteFiles,
    hosts: &Hosts,
    name: &'static str,
    limit: Vec<String>,
    phase: &PhaseReporter,
) -> Result<Done, ApplyError> {
    let ansible = work.ansible().await?;
    let mut journal = Journal::begin(work.state(), phase.phase())?;
    let log = journal.log_path().to_owned();
    let (folder, shown, limited) = (files.folder().to_owned(), phase.clone(), limit.clone());
    let ended = tokio::task::spawn_blocking(move || {
        go(&ansible, &folder, name, &limited, &mut journal, shown)
    });
    let ended = ended.await??;
    let wanted: Vec<_> = if limit.is_empty() { hosts.names() } else { limit };
    Ok(outcome(&ended, hosts, &wanted, log, phase))
}

fn go(
    ansible: &Ansible,
    folder: &Path,
    name: &str,
    limit: &[String],
    journal: &mut Journal,
    phase: PhaseReporter,
) -> Result<Ended, ApplyError> {
    let failed = |source| ApplyError::File { path: folder.to_owned(), source };
    // Sockets have short paths: 107 letters at most.
    let sockets = tempfile::Builder::new().prefix("sre-").tempdir().map_err(failed)?;
    let playbook = Playbook {
        folder: &folder.join(super::files::ANSIBLE),
        name,
        inventory: &folder.join(super::files::INVENTORY),
        limit,
        sockets: sockets.path(),
        home: &folder.join("ansible-home"),
    };
    let log = journal.log().try_clone().map_err(failed)?;
    let mut shown = Shown::of(phase);
    let mut unwritten = None;
    let ran = playbook.run(ansible, &log, |told| {
        if let Told::Result(result) = &told {
            unwritten = journal.write(result).err().or(unwritten.take());
        }
        shown.take(told);
    });
    ran.map_err(AnsibleError::Run)?;
    if let Some(source) = unwritten {
        return Err(ApplyError::File { path: journal.log_path().to_owned(), source });
    }
    Ok(shown.ended)
}

/// Joins what Ansible counted with the hosts that it should have visited: one it said nothing of is not done.
fn outcome(
    ended: &Ended,
    hosts: &Hosts,
    wanted: &[String],
    log: PathBuf,
    phase: &PhaseReporter,
) -> Done {
    let phase = phase.phase();
    if ended.counts.is_empty() {
        // It was killed, or could not begin: what it did to whom is not known.
        let failure = Some(ApplyError::Early { phase, log });
        return Done { failure, ..Done::with(serde_json::Value::Null) };
    }
    let mut outcomes = BTreeMap::new();
    let mut failed = Vec::new();
    for name in wanted {
        let counts = ended.counts.get(name).copied();
        let done = counts.is_some_and(|counts| counts.is_done());
        let (failure, said) = match ended.failures.get(name) {
            _ if done => (None, None),
            Some((topic, said)) => (Some(topic.clone()), Some(said.clone())),
            None => (Some("it was left out after another host failed".to_owned()), None),
        };
        let machine = hosts.machine(name).to_owned();
        let changed = counts.unwrap_or_default().changed;
        let outcome = HostOutcome { machine, done, changed, failure, said };
        failed.extend(outcome.why().map(|why| (name.clone(), why)));
        outcomes.insert(name.clone(), outcome);
    }
    let of = hosts.names().len();
    let failure = (!failed.is_empty()).then(|| ApplyError::Hosts {
        phase,
        failed,
        of,
        log: Some(log.clone()),
    });
    let details = serde_json::json!({ "log": log.display().to_string() });
    Done { hosts: outcomes, details, failure }
}

/// Shows what Ansible tells: a step for each role, one for each host that a role changed, and failures at once.
struct Shown {
    phase: PhaseReporter,
    ended: Ended,
    hosts: u64,
    role: String,
    step: Option<Step>,
    changed: BTreeMap<String, u32>,
    counted: BTreeSet<String>,
}

impl Shown {
    fn of(phase: PhaseReporter) -> Self {
        Self {
            phase,
            ended: Ended::default(),
            hosts: 0,
            role: String::new(),
            step: None,
            changed: BTreeMap::new(),
            counted: BTreeSet::new(),
        }
    }

    fn take(&mut self, told: Told) {
        match told {
            Told::Play { hosts, roles, name } => {
                self.end_role();
                self.hosts = hosts.len() as u64;
                self.counted.clear();
                self.phase.expect(self.hosts * roles.len() as u64);
                self.step = Some(self.phase.step(name));
            }
            Told::Task { role } if role != self.role => {
                self.end_role();
                self.step = (!role.is_empty()).then(|| self.phase.step(role.clone()));
                self.role = role;
            }
            Told::Task { .. } => {}
            Told::Result(result) => self.take_result(result),
            Told::Stats { hosts } => {
                self.end_role();
                self.ended.counts = hosts;
            }
        }
    }

    fn take_result(&mut self, result: TaskResult) {
        let TaskResult { host, role, task, status, message, .. } = result;
        match status {
            TaskStatus::Changed => *self.changed.entry(host).or_default() += 1,
            TaskStatus::Failed | TaskStatus::Unreachable => {
                let topic = if role.is_empty() { task } else { format!("{role}: {task}") };
                let why = message.unwrap_or_else(|| "what it said is secret".into());
                self.phase.warn(format!("{host}: {topic}: {why}"));
                self.ended.failures.insert(host, (topic, why));
            }
            TaskStatus::Ok
            | TaskStatus::ItemChanged
            | TaskStatus::ItemFailed
            | TaskStatus::Ignored
            | TaskStatus::Skipped
            | TaskStatus::Retry => {}
        }
    }

    fn end_role(&mut self) {
        let role = std::mem::take(&mut self.role);
        for (host, changes) in std::mem::take(&mut self.changed) {
            self.phase.step(format!("{host}: {role}, {changes} changes")).done();
        }
        if let Some(step) = self.step.take() {
            step.end(Outcome::Done);
        }
        // Handlers come back to a role at the end of a play.
        if !role.is_empty() && self.counted.insert(role) {
            self.phase.advance(self.hosts);
        }
    }
}
