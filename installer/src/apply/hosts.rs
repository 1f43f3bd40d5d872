//! The hosts of a site, as those phases know them that have reached them.

use std::collections::BTreeMap;
use std::time::Duration;

use sre_site::{Escalation, Node, Secret};
use sre_steps::Receipt;
use tokio::task::JoinSet;

use super::run::{Run, Stage};
use super::{ApplyError, HostOutcome, Work};
use crate::host::{HostKeys, Rights, SecretsOfTheSite, SshError, SshNode};
use crate::site;

/// How long a small question to a host may take.
const QUESTION: Duration = Duration::from_secs(30);

/// Hosts that answered, each with its machine id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Hosts {
    machines: BTreeMap<String, String>,
}

/// Hosts that are hardened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct HardenedHosts(pub Hosts);

impl Hosts {
    pub(super) fn new(machines: BTreeMap<String, String>) -> Self {
        Self { machines }
    }

    /// Gives their names, sorted.
    pub(super) fn names(&self) -> Vec<String> {
        self.machines.keys().cloned().collect()
    }

    /// Gives the machine id of a host.
    pub(super) fn machine(&self, name: &str) -> &str {
        self.machines.get(name).map_or("", String::as_str)
    }

    /// Gives what the newest receipt of a phase says of those hosts that it has done, and that were not
    /// installed anew since.
    pub(super) fn done_before<S: Stage>(
        &self,
        run: &Run,
        stage: &S,
    ) -> Result<BTreeMap<String, HostOutcome>, ApplyError> {
        let Some(receipt) = run.receipt_of(stage)? else { return Ok(BTreeMap::new()) };
        let hosts = receipt.details.get("hosts").cloned().unwrap_or_default();
        let hosts: BTreeMap<String, HostOutcome> =
            serde_json::from_value(hosts).unwrap_or_default();
        let is_same = |name: &str, host: &HostOutcome| {
            host.done && self.machines.get(name) == Some(&host.machine)
        };
        Ok(hosts.into_iter().filter(|(name, host)| is_same(name, host)).collect())
    }
}

/// Gives how a phase ended on each host, by its receipt; receipts of phases without hosts name none.
#[must_use]
pub fn hosts_of(receipt: &Receipt) -> BTreeMap<String, HostOutcome> {
    let hosts = receipt.details.get("hosts").cloned().unwrap_or_default();
    serde_json::from_value(hosts).unwrap_or_default()
}

/// Gives a node as `ssh` reaches it.
pub(super) fn ssh(work: &Work, node: &Node) -> SshNode {
    let keys = HostKeys {
        pinned: work.folder().join(site::PINNED_HOSTS),
        known: work.folder().join(site::KNOWN_HOSTS),
    };
    SshNode::new(node, work.site_folder(), &keys).of_site(work.site())
}

/// Asks several nodes at once, as the user who logs in.
pub(super) async fn ask_all(
    work: &Work,
    nodes: impl IntoIterator<Item = &Node>,
    script: &'static str,
) -> Result<BTreeMap<String, Result<String, SshError>>, ApplyError> {
    let mut asking = JoinSet::new();
    for node in nodes {
        let (name, node) = (node.name.to_string(), ssh(work, node));
        asking.spawn(async move { (name, node.run(script, Rights::User, QUESTION).await) });
    }
    let mut answers = BTreeMap::new();
    while let Some(answer) = asking.join_next().await {
        let (name, answer) = answer?;
        answers.insert(name, answer);
    }
    Ok(answers)
}

/// Asks a node as root.
pub(super) async fn ask_root(work: &Work, node: &Node, script: &str) -> Result<String, AskError> {
    let secrets = SecretsOfTheSite::new(work.site_folder());
    let password: Option<Secret> = match &node.access.escalation {
        Escalation::Sudo(Some(password)) => Some(password.resolve(&secrets)?),
        Escalation::Sudo(None) | Escalation::None => None,
    };
    Ok(ssh(work, node).run(script, Rights::Root(password.as_ref()), QUESTION).await?)
}

/// Says why a node could not be asked as root.
#[derive(Debug, thiserror::Error)]
pub(super) enum AskError {
    /// The password is not where the site says.
    #[error(transparent)]
    Secret(#[from] sre_site::SecretError),
    /// The node does not answer.
    #[error(transparent)]
    Ssh(#[from] SshError),
}
