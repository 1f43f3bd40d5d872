//! All files of a node.

use std::fmt;

use ipnet::IpNet;

use crate::specification::{Cluster, NodeSpecification, Role};
use crate::{audit, config, host, modes, paths, pod_security, ports, registries, virtual_address};

/// What a host already has and needs, found out before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DefaultRoute {
    /// The host has one.
    Present,
    /// The host has none, so it gets one to nowhere.
    Missing,
}

/// When a file must be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// While the host is hardened.
    Host,
    /// Before RKE2 starts for the first time.
    BeforeStart,
}

/// Whether a file may be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sensitivity {
    /// Anybody may read it in a log.
    Open,
    /// It has a password in it.
    Secret,
}

/// A file for a node; the owner is root.
#[derive(Clone, PartialEq, Eq)]
pub struct HostFile {
    /// The absolute path.
    pub path: String,
    /// The mode.
    pub mode: u16,
    /// When it must be there.
    pub stage: Stage,
    /// Whether it may be shown.
    pub sensitivity: Sensitivity,
    /// The text.
    pub content: String,
}

impl fmt::Debug for HostFile {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let content = match self.sensitivity {
            Sensitivity::Open => self.content.as_str(),
            Sensitivity::Secret => "***",
        };
        formatter
            .debug_struct("HostFile")
            .field("path", &self.path)
            .field("content", &content)
            .finish_non_exhaustive()
    }
}

/// Gives every file of a node, sorted by path.
///
/// Tokens, certificates and the files of the bundle are not among them. NetworkManager's and
/// fapolicyd's files do no harm where those programs are not.
#[must_use]
pub fn node_files(
    cluster: &Cluster,
    node: &NodeSpecification,
    administrators: &[IpNet],
    route: DefaultRoute,
) -> Vec<HostFile> {
    let mut files = host_files(cluster, node, administrators, route);
    files.extend(rke2_files(cluster, node));
    files.sort_by(|first, second| first.path.cmp(&second.path));
    files
}

fn host_files(
    cluster: &Cluster,
    node: &NodeSpecification,
    administrators: &[IpNet],
    route: DefaultRoute,
) -> Vec<HostFile> {
    let file = |path: &str, mode, content| open(Stage::Host, path, mode, content);
    let cni = cluster.specification().networking.cni;
    let mut files = vec![
        file(host::SYSCTL, 0o644, host::sysctl()),
        file(host::NETWORK_MANAGER, 0o644, host::network_manager(cni)),
        file(host::FAPOLICYD_RULES, 0o644, host::fapolicyd_rules()),
        file(ports::NFTABLES, 0o600, ports::nftables(cluster, node, administrators)),
        file(paths::MODES_SCRIPT, 0o755, modes::script()),
    ];
    files.extend(modes::units().into_iter().map(|unit| file(unit.path, 0o644, unit.content)));
    if route == DefaultRoute::Missing {
        files.push(file(host::DEFAULT_ROUTE_UNIT, 0o644, host::default_route_unit()));
    }
    files
}

fn rke2_files(cluster: &Cluster, node: &NodeSpecification) -> Vec<HostFile> {
    let file = |path: &str, content| open(Stage::BeforeStart, path, 0o600, content);
    let mirrors = file(paths::REGISTRIES, registries::render(&cluster.specification().mirrors));
    let mut files = vec![
        file(paths::CONFIG, config::render(cluster, node)),
        HostFile { sensitivity: Sensitivity::Secret, ..mirrors },
    ];
    if node.role != Role::Agent {
        files.push(file(paths::AUDIT_POLICY, audit::render()));
        files.push(file(paths::POD_SECURITY, pod_security::render(cluster)));
        let manifest = virtual_address::render(cluster);
        files.extend(manifest.map(|text| file(paths::VIRTUAL_ADDRESS, text)));
    }
    files
}

fn open(stage: Stage, path: &str, mode: u16, content: String) -> HostFile {
    HostFile { path: path.to_owned(), mode, stage, sensitivity: Sensitivity::Open, content }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example;

    fn files(name: &str, route: DefaultRoute) -> Vec<HostFile> {
        let cluster = example::cluster();
        let node = cluster.nodes().iter().find(|node| node.name == name).unwrap();
        node_files(&cluster, node, &[], route)
    }

    #[test]
    fn agents_get_no_policies_and_no_manifest() {
        let has = |name: &str, path: &str| {
            files(name, DefaultRoute::Present).iter().any(|file| file.path == path)
        };
        for path in [paths::AUDIT_POLICY, paths::POD_SECURITY, paths::VIRTUAL_ADDRESS] {
            assert!(has("server-1", path) && has("server-2", path) && !has("agent-1", path));
        }
        assert!(has("agent-1", paths::CONFIG) && has("agent-1", paths::REGISTRIES));
    }

    #[test]
    fn passwords_stand_in_one_file_and_are_never_shown() {
        let files = files("server-1", DefaultRoute::Missing);
        let with: Vec<&HostFile> =
            files.iter().filter(|file| file.content.contains("hush: #1")).collect();
        assert_eq!(with.len(), 1);
        assert_eq!((with[0].path.as_str(), with[0].mode), (paths::REGISTRIES, 0o600));
        assert!(!format!("{files:?}").contains("hush"));
        assert!(!format!("{:?}", example::cluster()).contains("hush"));
    }

    #[test]
    fn modes_are_those_of_the_table_so_that_the_keeper_has_nothing_to_mend() {
        for file in files("server-1", DefaultRoute::Missing) {
            if file.path.starts_with("/etc/rancher/rke2/") {
                assert_eq!(file.mode, 0o600, "{}", file.path);
            }
        }
    }

    #[test]
    fn a_route_to_nowhere_is_for_hosts_without_one() {
        let has =
            |route| files("agent-1", route).iter().any(|one| one.path == host::DEFAULT_ROUTE_UNIT);
        assert!(has(DefaultRoute::Missing) && !has(DefaultRoute::Present));
    }
}
