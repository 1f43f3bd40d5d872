//! `provision`: hosts are there, answer by SSH, and their keys are pinned.

use std::collections::BTreeMap;

use serde_json::json;
use sre_format::Digest;
use sre_steps::{Phase, PhaseReporter, with_causes};

use super::files::SiteFiles;
use super::hosts::{Hosts, ask_all, ssh};
use super::run::{Done, Probe, Run, SITE_NAME, Stage};
use super::{ApplyError, Work};

/// Asks what tells a machine from all others.
const MACHINE: &str = "cat /etc/machine-id";

/// Reaches all hosts.
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

    async fn reach(&self) -> Result<Reached, ApplyError> {
        let mut reached = Reached::default();
        for (name, answer) in ask_all(self.work, MACHINE).await? {
            match answer {
                Ok(machine) => reached.machines.extend([(name, machine.trim().to_owned())]),
                Err(error) => reached.failed.push((name, with_causes(&error))),
            }
        }
        Ok(reached)
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
        format!("reach {} hosts by SSH", self.work.site().nodes.len())
    }

    fn inputs(&self) -> BTreeMap<String, Digest> {
        let name = self.work.name_digest();
        [(SITE_NAME.to_owned(), name), ("site".to_owned(), self.work.plan().digest)].into()
    }

    async fn probe(&self, _: &Run) -> Result<Probe<Hosts>, ApplyError> {
        let unpinned = self.unpinned();
        if !unpinned.is_empty() {
            return Ok(Probe::Needed(format!("no key is pinned of {}", unpinned.join(", "))));
        }
        let Reached { machines, failed } = self.reach().await?;
        if let Some((name, why)) = failed.into_iter().next() {
            return Ok(Probe::Needed(format!("{name} does not answer: {why}")));
        }
        Ok(Probe::Stands(Hosts::new(machines)))
    }

    async fn apply(&self, _: &Run, phase: &PhaseReporter) -> Result<Done, ApplyError> {
        let unpinned = self.unpinned();
        phase.expect(self.work.site().nodes.len() as u64);
        let Reached { machines, failed } = self.reach().await?;
        phase.advance(machines.len() as u64);
        for node in
            self.work.site().nodes.iter().filter(|node| unpinned.contains(&node.name.to_string()))
        {
            for fingerprint in ssh(self.work, node).pinned_fingerprints() {
                phase.warn(format!(
                    "the key of {} is believed from now on, on its own word: {fingerprint}; compare it on the console",
                    node.name
                ));
            }
        }
        let of = self.work.site().nodes.len();
        let failure = (!failed.is_empty()).then_some(ApplyError::Hosts {
            phase: Phase::Provision,
            failed,
            of,
            log: None,
        });
        let details = json!({ "machines": machines, "files": self.files.folder() });
        Ok(Done { hosts: BTreeMap::new(), details, failure })
    }
}
