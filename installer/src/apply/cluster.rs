//! `cluster`: hardened hosts become a cluster of RKE2, by a playbook.

use std::collections::{BTreeMap, BTreeSet};

use sre_format::Digest;
use sre_steps::{Phase, PhaseReporter, with_causes};

use super::files::SiteFiles;
use super::hosts::{HardenedHosts, ask_root};
use super::run::{Done, Probe, Run, SITE_NAME, Stage};
use super::{ApplyError, Work, playbook, upgrade};

const PLAYBOOK: &str = "playbooks/install-rke2.yml";

/// Names each node with whether it is ready, one a line: `node1=True`.
const NODES: &str = r#"/var/lib/rancher/rke2/bin/kubectl --kubeconfig /etc/rancher/rke2/rke2.yaml \
    get nodes -o 'jsonpath={range .items[*]}{.metadata.name}={.status.conditions[?(@.type=="Ready")].status}{"\n"}{end}'
"#;

/// Makes a cluster of hosts.
pub(super) struct ClusterStage<'a> {
    pub work: &'a Work,
    pub files: &'a SiteFiles,
    pub hosts: HardenedHosts,
}

/// A cluster whose nodes are all ready.
pub(super) struct Cluster;

impl ClusterStage<'_> {
    /// Says which nodes are not ready, by the word of the first server.
    async fn missing(&self) -> Result<(), String> {
        let Some(server) = self.work.site().servers().next() else { return Ok(()) };
        let answer = ask_root(self.work, server, NODES).await;
        let answer = answer.map_err(|error| {
            format!("{} cannot be asked for its nodes: {}", server.name, with_causes(&error))
        })?;
        let ready: BTreeSet<_> =
            answer.lines().filter_map(|line| line.trim().strip_suffix("=True")).collect();
        let mut lacking = self.hosts.0.names();
        lacking.retain(|name| !ready.contains(name.as_str()));
        if lacking.is_empty() { Ok(()) } else { Err(format!("not ready: {}", lacking.join(", "))) }
    }
}

impl Stage for ClusterStage<'_> {
    type Made = Cluster;
    const PHASE: Phase = Phase::Cluster;

    fn what(&self) -> String {
        let site = self.work.site();
        let (servers, agents) = (site.servers().count(), site.agents().count());
        format!("RKE2 on {servers} servers and {agents} agents")
    }

    fn inputs(&self) -> BTreeMap<String, Digest> {
        let SiteFiles { hardening, cluster, .. } = self.files;
        let name = self.work.name_digest();
        [(SITE_NAME, name), ("hardening", *hardening), ("cluster", *cluster)]
            .map(|(what, digest)| (what.to_owned(), digest))
            .into()
    }

    async fn probe(&self, run: &Run) -> Result<Probe<Cluster>, ApplyError> {
        let done = self.hosts.0.done_before(run, self)?;
        let names = self.hosts.0.names();
        let pending: Vec<_> = names.into_iter().filter(|name| !done.contains_key(name)).collect();
        if !pending.is_empty() {
            return Ok(Probe::Needed(format!(
                "not yet as the site wants it: {}",
                pending.join(", ")
            )));
        }
        Ok(match self.missing().await {
            Ok(()) => Probe::Stands(Cluster),
            Err(why) => Probe::Needed(why),
        })
    }

    async fn apply(&self, _: &Run, phase: &PhaseReporter) -> Result<Done, ApplyError> {
        upgrade::refuse_wrong_step(self.work).await?;
        // Always on all hosts: joins need the first server, and each start waits for the one before it.
        let all = Vec::new();
        let mut done =
            playbook::run(self.work, self.files, &self.hosts.0, PLAYBOOK, all, phase).await?;
        if done.failure.is_some() {
            // Ansible leaves the others where they are and counts no failure of theirs; the next run looks at all.
            for host in done.hosts.values_mut().filter(|host| host.done) {
                host.done = false;
                host.failure = Some("it may have been left early, because another failed".into());
            }
        }
        Ok(done)
    }
}
