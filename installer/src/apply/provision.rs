//! `provision`: machines are made where the site has a Proxmox; hosts answer by SSH, and their keys are pinned.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::json;
use sre_format::Digest;
use sre_site::Node;
use sre_steps::{Outcome, Phase, PhaseReporter, with_causes};

use super::files::SiteFiles;
use super::hosts::{Hosts, ask_all, ssh};
use super::run::{Done, Probe, Run, SITE_NAME, Stage};
use super::{ApplyError, Work, machines};
use crate::host::SshError;

/// Asks what tells a machine from all others.
const MACHINE: &str = "cat /etc/machine-id";
/// The input that says what machines are made of.
const MACHINES: &str = "machines";
/// How long machines may take from their making until they answer.
const BOOT: Duration = Duration::from_mins(5);
const PAUSE: Duration = Duration::from_secs(3);

/// Makes machines and reaches all hosts.
pub(super) struct ProvisionStage<'a> {
    pub work: &'a Work,
    /// What the folder of the site holds; the keys that the site file names are in it.
    pub files: &'a SiteFiles,
}

impl ProvisionStage<'_> {
    fn unpinned(&self) -> Vec<String> {
        let nodes = self.work.site().nodes.iter();
        let unpinned = nodes.filter(|node| !ssh(self.work, node).is_pinned());
        unpinned.map(|node| node.name.to_string()).collect()
    }

    /// Says whether Proxmox was never asked for just these machines.
    fn lacks_machines(&self, run: &Run) -> Result<bool, ApplyError> {
        let Some(wanted) = self.files.machines else { return Ok(false) };
        let receipt = run.newest(self)?.filter(|receipt| receipt.outcome == Outcome::Done);
        Ok(receipt.is_none_or(|receipt| receipt.inputs.get(MACHINES) != Some(&wanted)))
    }

    /// Asks all nodes; those that are asked again while they boot are machines that somebody waits for.
    async fn reach(&self, patience: Duration) -> Result<Reached, ApplyError> {
        let deadline = Instant::now() + patience;
        let mut reached = Reached::default();
        let mut left: Vec<&Node> = self.work.site().nodes.iter().collect();
        loop {
            let answers = ask_all(self.work, left.iter().copied(), MACHINE).await?;
            let may_boot = |name: &str| {
                left.iter().any(|node| *name == *node.name.as_str() && node.machine.is_some())
            };
            let mut again = Vec::new();
            for (name, answer) in answers {
                match answer {
                    Ok(id) => reached.machines.extend([(name, id.trim().to_owned())]),
                    Err(SshError::Unreachable { .. })
                        if may_boot(&name) && Instant::now() < deadline =>
                    {
                        again.push(name);
                    }
                    Err(error) => reached.failed.push((name, with_causes(&error))),
                }
            }
            left.retain(|node| again.iter().any(|name| *name == *node.name.as_str()));
            if left.is_empty() {
                return Ok(reached);
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Shows the keys of hosts that were pinned just now, for a person to compare.
    fn show_keys(&self, unpinned: &[String], phase: &PhaseReporter) {
        let nodes = self.work.site().nodes.iter();
        for node in nodes.filter(|node| unpinned.contains(&node.name.to_string())) {
            for fingerprint in ssh(self.work, node).pinned_fingerprints() {
                phase.warn(format!(
                    "the key of {} is believed from now on, on its own word: {fingerprint}; compare it on the console",
                    node.name
                ));
            }
        }
    }
}

#[derive(Default)]
struct Reached {
    machines: BTreeMap<String, String>,
    failed: Vec<(String, String)>,
}

impl Stage for ProvisionStage<'_> {
    type Made = Hosts;
    const PHASE: Phase = Phase::Provision;

    fn what(&self) -> String {
        let site = self.work.site();
        let reach = format!("reach {} hosts by SSH", site.nodes.len());
        match &site.proxmox {
            Some(proxmox) => format!("make machines on Proxmox at {}, {reach}", proxmox.endpoint),
            None => reach,
        }
    }

    fn inputs(&self) -> BTreeMap<String, Digest> {
        let name = self.work.name_digest();
        let always = [(SITE_NAME.to_owned(), name), ("site".to_owned(), self.work.plan().digest)];
        let machines = self.files.machines.map(|digest| (MACHINES.to_owned(), digest));
        always.into_iter().chain(machines).collect()
    }

    async fn probe(&self, run: &Run) -> Result<Probe<Hosts>, ApplyError> {
        if self.lacks_machines(run)? {
            return Ok(Probe::Needed("Proxmox was not yet asked for these machines".to_owned()));
        }
        let unpinned = self.unpinned();
        if !unpinned.is_empty() {
            return Ok(Probe::Needed(format!("no key is pinned of {}", unpinned.join(", "))));
        }
        let Reached { machines, failed } = self.reach(Duration::ZERO).await?;
        if let Some((name, why)) = failed.into_iter().next() {
            return Ok(Probe::Needed(format!("{name} does not answer: {why}")));
        }
        Ok(Probe::Stands(Hosts::new(machines)))
    }

    async fn apply(&self, _: &Run, phase: &PhaseReporter) -> Result<Done, ApplyError> {
        let proxmox = self.work.site().proxmox.as_ref();
        let (made, patience) = match proxmox {
            Some(proxmox) => (machines::make(self.work, proxmox, phase).await?, BOOT),
            None => (serde_json::Value::Null, Duration::ZERO),
        };
        let unpinned = self.unpinned();
        phase.expect(self.work.site().nodes.len() as u64);
        let Reached { machines, failed } = self.reach(patience).await?;
        phase.advance(machines.len() as u64);
        self.show_keys(&unpinned, phase);
        let of = self.work.site().nodes.len();
        let failure = (!failed.is_empty()).then_some(ApplyError::Hosts {
            phase: Phase::Provision,
            failed,
            of,
            log: None,
        });
        let details =
            json!({ "machines": machines, "files": self.files.folder(), "proxmox": made });
        Ok(Done { hosts: BTreeMap::new(), details, failure })
    }
}
