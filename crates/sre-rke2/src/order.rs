//! Who comes first.
//!
//! Work is cut into waves: the nodes of one wave may be worked on at the same time, and the next
//! wave begins when all of them are ready. Servers are waves of their own, always: two members of
//! etcd that join or restart at once can cost the majority.

use std::num::NonZeroUsize;

use sre_format::{Explain, Fault};

use crate::specification::{Cluster, NodeSpecification, Role};
use crate::version::{Skew, Version, VersionError, skew};

/// Nodes that may be worked on at the same time.
pub type Wave<'a> = Vec<&'a NodeSpecification>;

/// Gives the order of installation: the first server, the others one by one, then the agents.
///
/// Servers and agents that are there already join again without harm, so the order is that of the
/// whole cluster, whatever of it stands.
#[must_use]
pub fn install_order(cluster: &Cluster, agents_at_once: NonZeroUsize) -> Vec<Wave<'_>> {
    waves(cluster.nodes().iter().collect(), agents_at_once)
}

/// A node that is already there, with what it runs.
#[derive(Clone, Copy, Debug)]
pub struct Installed<'a> {
    /// The node.
    pub node: &'a NodeSpecification,
    /// What it runs.
    pub version: &'a Version,
}

/// Why an upgrade does not begin.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{node} cannot be upgraded")]
pub struct UpgradeError {
    /// The node.
    pub node: String,
    /// Why.
    pub source: VersionError,
}

impl Explain for UpgradeError {
    fn fault(&self) -> Fault {
        self.source.fault()
    }

    fn hint(&self) -> Option<String> {
        self.source.hint()
    }
}

/// Gives the order of an upgrade, of the nodes that need it: servers one by one, the first server
/// first, then agents. A kubelet must not be newer than the API server that it talks to.
///
/// Every node is looked at before the first one is touched, so a wrong step is found while
/// everything still runs. Nodes that have the version already, as after an upgrade that was
/// interrupted, are left out.
pub fn upgrade_order<'a>(
    installed: &[Installed<'a>],
    to: &Version,
    agents_at_once: NonZeroUsize,
) -> Result<Vec<Wave<'a>>, UpgradeError> {
    let mut behind = Vec::new();
    for one in installed {
        let step = skew(one.version, to)
            .map_err(|source| UpgradeError { node: one.node.name.clone(), source })?;
        if step != Skew::Same {
            behind.push(one.node);
        }
    }
    Ok(waves(behind, agents_at_once))
}

fn waves(mut nodes: Vec<&NodeSpecification>, agents_at_once: NonZeroUsize) -> Vec<Wave<'_>> {
    // The sort is stable: within a role, the order is that of the site file.
    nodes.sort_by_key(|node| node.role);
    let first_agent = nodes.partition_point(|node| node.role != Role::Agent);
    let agents = nodes.split_off(first_agent);
    let mut waves: Vec<Wave<'_>> = nodes.into_iter().map(|server| vec![server]).collect();
    waves.extend(agents.chunks(agents_at_once.get()).map(<[_]>::to_vec));
    waves
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example;

    fn names(waves: &[Wave<'_>]) -> Vec<String> {
        let join =
            |wave: &Wave<'_>| wave.iter().map(|n| n.name.as_str()).collect::<Vec<_>>().join("+");
        waves.iter().map(join).collect()
    }

    fn at_once(count: usize) -> NonZeroUsize {
        NonZeroUsize::new(count).unwrap()
    }

    #[test]
    fn the_first_server_begins_and_agents_come_last() {
        // The site file may name them in any order.
        let cluster = example::cluster_with(|specification| specification.nodes.reverse());
        for (count, expected) in [
            (1, vec!["server-1", "server-3", "server-2", "agent-2", "agent-1"]),
            (2, vec!["server-1", "server-3", "server-2", "agent-2+agent-1"]),
            (9, vec!["server-1", "server-3", "server-2", "agent-2+agent-1"]),
        ] {
            assert_eq!(names(&install_order(&cluster, at_once(count))), expected);
        }
    }

    #[test]
    fn an_interrupted_upgrade_goes_on_where_it_was() {
        let cluster = example::cluster();
        let (old, new): (Version, Version) =
            ("v1.35.7+rke2r1".parse().unwrap(), "v1.36.3+rke2r1".parse().unwrap());
        let version = |name: &str| if name == "server-1" { &new } else { &old };
        let installed: Vec<Installed<'_>> = cluster
            .nodes()
            .iter()
            .map(|node| Installed { node, version: version(&node.name) })
            .collect();
        let waves = upgrade_order(&installed, &new, at_once(2)).unwrap();
        assert_eq!(names(&waves), ["server-2", "server-3", "agent-1+agent-2"]);
    }

    #[test]
    fn one_node_that_cannot_follow_stops_the_upgrade_before_it_begins() {
        let cluster = example::cluster();
        let (old, older, new): (Version, Version, Version) = (
            "v1.35.7+rke2r1".parse().unwrap(),
            "v1.34.1+rke2r1".parse().unwrap(),
            "v1.36.3+rke2r1".parse().unwrap(),
        );
        let version = |name: &str| if name == "agent-2" { &older } else { &old };
        let installed: Vec<Installed<'_>> = cluster
            .nodes()
            .iter()
            .map(|node| Installed { node, version: version(&node.name) })
            .collect();
        let error = upgrade_order(&installed, &new, at_once(1)).unwrap_err();
        assert_eq!(error.node, "agent-2");
        assert_eq!(error.hint().unwrap(), "install a bundle with v1.35 first");
        assert!(upgrade_order(&installed[..4], &old, at_once(1)).unwrap().is_empty());
    }
}
