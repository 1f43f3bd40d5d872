//! `harden`: hosts become what the STIG wants, by a playbook.

use std::collections::BTreeMap;

use sre_format::Digest;
use sre_steps::{Phase, PhaseReporter};

use super::files::SiteFiles;
use super::hosts::{HardenedHosts, Hosts};
use super::run::{Done, Probe, Run, SITE_NAME, Stage};
use super::{ApplyError, Work, playbook};

const PLAYBOOK: &str = "playbooks/harden-os.yml";

/// Hardens hosts.
pub(super) struct HardenStage<'a> {
    pub work: &'a Work,
    pub files: &'a SiteFiles,
    pub hosts: Hosts,
}

impl HardenStage<'_> {
    /// Names the hosts that no receipt calls hardened.
    fn pending(&self, run: &Run) -> Result<Vec<String>, ApplyError> {
        let done = self.hosts.done_before(run, self)?;
        Ok(self.hosts.names().into_iter().filter(|name| !done.contains_key(name)).collect())
    }
}

impl Stage for HardenStage<'_> {
    type Made = HardenedHosts;
    const PHASE: Phase = Phase::Harden;

    fn what(&self) -> String {
        let hardening = &self.work.site().hardening;
        format!("harden {} hosts, profile {}", self.hosts.names().len(), hardening.profile)
    }

    fn inputs(&self) -> BTreeMap<String, Digest> {
        let name = self.work.name_digest();
        [(SITE_NAME.to_owned(), name), ("hardening".to_owned(), self.files.hardening)].into()
    }

    async fn probe(&self, run: &Run) -> Result<Probe<HardenedHosts>, ApplyError> {
        let pending = self.pending(run)?;
        if pending.is_empty() {
            return Ok(Probe::Stands(HardenedHosts(self.hosts.clone())));
        }
        Ok(Probe::Needed(format!(
            "not yet hardened, or to be hardened otherwise: {}",
            pending.join(", ")
        )))
    }

    async fn apply(&self, run: &Run, phase: &PhaseReporter) -> Result<Done, ApplyError> {
        // Asked for again, all of them are gone through.
        let pending = if run.is_again() { Vec::new() } else { self.pending(run)? };
        let before =
            if pending.is_empty() { BTreeMap::new() } else { self.hosts.done_before(run, self)? };
        let mut done =
            playbook::run(self.work, self.files, &self.hosts, PLAYBOOK, pending, phase).await?;
        for (name, host) in before {
            done.hosts.entry(name).or_insert(host);
        }
        Ok(done)
    }
}
