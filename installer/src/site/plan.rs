//! What each host of a site gets, as people and programs read it.

use std::fmt;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::num::NonZeroUsize;

use serde::Serialize;
use sre_format::Digest;
use sre_rke2::files::{DefaultRoute, HostFile, Sensitivity, Stage, node_files};
use sre_rke2::ports::{Source, When};
use sre_rke2::{Cluster, NodeSpecification, order, paths};
use sre_site::words::HostAddress;
use sre_site::{SecretSource, Site};
use sre_steps::Phase;
use sre_steps::display::Answer;

use super::cluster::cluster;
use super::{HostPlanError, Release};

/// What the hosts of a site get from a bundle.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HostPlan {
    /// What the site is called.
    pub site: String,
    /// The digest of what its file means.
    pub digest: Digest,
    /// Where hosts find the seed server.
    pub seed_server: String,
    /// The port of the seed server.
    pub seed_port: u16,
    /// The prefix below which hosts ask it for images, where the site's registry has one: all mirrors share it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed_prefix: Option<String>,
    /// What each phase does, in their order.
    pub phases: Vec<PlannedPhase>,
    /// The hosts, in the order in which they join the cluster.
    pub hosts: Vec<PlannedHost>,
    #[serde(skip)]
    pub(super) release: Release,
}

/// The seed server as hosts see it.
pub(super) struct SeedServer {
    pub url: String,
    pub has_own_authority: bool,
}

/// A port of a host that others may come to.
#[derive(Debug)]
pub(super) struct OpenPort {
    pub ports: String,
    pub protocol: &'static str,
    pub what: &'static str,
    /// Whether anybody may come, not nodes of the cluster alone.
    pub for_clients: bool,
}

/// What a phase does.
#[derive(Debug, Serialize)]
pub struct PlannedPhase {
    /// The phase.
    pub phase: Phase,
    /// What it does, in words.
    pub what: String,
}

/// What one host gets.
#[derive(Serialize)]
pub struct PlannedHost {
    /// Its name.
    pub name: String,
    /// Its address.
    pub address: IpAddr,
    /// What it is in the cluster.
    pub role: &'static str,
    /// The files that are made for it, by their paths on it.
    #[serde(serialize_with = "paths_of")]
    pub files: Vec<HostFile>,
    /// The ports that something on it will listen to, for others or for itself.
    #[serde(skip)]
    pub listens: Vec<ListeningPort>,
    #[serde(skip)]
    pub(super) ports: Vec<OpenPort>,
}

/// A port that something on a host will listen to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListeningPort {
    /// Its number.
    pub number: u16,
    /// `tcp` or `udp`.
    pub protocol: &'static str,
    /// What listens.
    pub what: &'static str,
}

fn paths_of<S: serde::Serializer>(files: &[HostFile], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(files.iter().map(|file| file.path.as_str()))
}

impl HostPlan {
    /// Puts a site and a bundle together; `has_own_authority` says whether the certificate of the seed
    /// server is signed by an authority that hosts are given.
    pub fn of<S: SecretSource>(
        site: &Site,
        release: Release,
        secrets: &S,
        has_own_authority: bool,
    ) -> Result<Self, HostPlanError> {
        let release = release.for_plugin(site.cluster.cni.as_str())?;
        let seed = SeedServer { url: seed_server(site)?, has_own_authority };
        let cluster = cluster(site, &release, &seed, secrets)?;
        let seed_server = seed.url;
        let order = order::install_order(&cluster, NonZeroUsize::MIN);
        let hosts = order.into_iter().flatten().map(|node| planned(site, &cluster, node));
        Ok(Self {
            site: site.place.name.to_string(),
            digest: site.digest(),
            phases: phases(site, &release, &seed_server),
            hosts: hosts.collect(),
            seed_server,
            seed_port: site.seed_server.port,
            seed_prefix: site.registry.prefix().map(ToString::to_string),
            release,
        })
    }
}

impl HostPlan {
    /// Gives what the bundle brings, without the images of other network plugins.
    #[must_use]
    pub fn release(&self) -> &Release {
        &self.release
    }
}

/// Gives the URL of the seed server: the address that the site names, or the one by which this machine
/// reaches the first node. Nothing is sent to find it out.
fn seed_server(site: &Site) -> Result<String, HostPlanError> {
    let named = site.seed_server.address.map(HostAddress::ip);
    let address = named.or_else(|| site.seed_node().map(|node| node.address.ip()));
    let address = address.or_else(|| own_address(site)).ok_or(HostPlanError::NoAddress)?;
    Ok(format!("https://{}", SocketAddr::new(address, site.seed_server.port)))
}

fn own_address(site: &Site) -> Option<IpAddr> {
    let node = site.nodes.first()?.address.ip();
    let any: IpAddr = if node.is_ipv4() { [0; 4].into() } else { [0_u16; 8].into() };
    let socket = UdpSocket::bind((any, 0)).ok()?;
    // A datagram socket that is connected has only asked the table of routes.
    socket.connect((node, site.seed_server.port)).ok()?;
    Some(socket.local_addr().ok()?.ip())
}

fn planned(site: &Site, cluster: &Cluster, node: &NodeSpecification) -> PlannedHost {
    let route = match site.network.gateway {
        Some(_) => DefaultRoute::Present,
        None => DefaultRoute::Missing,
    };
    let files = node_files(cluster, node, &[], route).into_iter().filter(is_ours);
    PlannedHost {
        name: node.name.clone(),
        address: node.addresses.first().copied().unwrap_or(IpAddr::from([0; 4])),
        role: node.role.as_str(),
        files: files.collect(),
        listens: listens(cluster, node),
        ports: ports(site, cluster, node),
    }
}

/// Lists the ports that RKE2 takes on a node; those of services and of options that are off, it does not.
fn listens(cluster: &Cluster, node: &NodeSpecification) -> Vec<ListeningPort> {
    let on = sre_rke2::ports::PORTS.iter().filter(|port| port.is_on(cluster, node.role));
    on.filter(|port| port.from != Source::Clients && !matches!(port.when, When::WireGuard(_)))
        .flat_map(|port| {
            let (protocol, what) = (port.protocol.as_str(), port.what);
            (port.first..=port.last).map(move |number| ListeningPort { number, protocol, what })
        })
        .collect()
}

/// Lists the ports that others come to, from RKE2's table and the seed server.
fn ports(site: &Site, cluster: &Cluster, node: &NodeSpecification) -> Vec<OpenPort> {
    let on = sre_rke2::ports::PORTS.iter().filter(|port| port.is_on(cluster, node.role));
    let on = on.filter(|port| port.from != Source::Loopback);
    let mut open: Vec<_> = on
        .map(|port| OpenPort {
            ports: match (port.first, port.last) {
                (first, last) if first == last => first.to_string(),
                (first, last) => format!("{first}-{last}"),
            },
            protocol: port.protocol.as_str(),
            what: port.what,
            for_clients: matches!(port.from, Source::Clients | Source::NodesPodsAndAdministrators),
        })
        .collect();
    if site.seed_node().is_some_and(|seed| seed.name.as_str() == node.name) {
        let ports = site.seed_server.port.to_string();
        open.push(OpenPort { ports, protocol: "tcp", what: "the seed server", for_clients: true });
    }
    open
}

/// Leaves out what the roles of hardening write by themselves: firewall, fapolicyd, NetworkManager.
fn is_ours(file: &HostFile) -> bool {
    file.stage == Stage::BeforeStart
        || file.sensitivity == Sensitivity::Secret
        || file.path == paths::MODES_SCRIPT
        || file.path == sre_rke2::host::SYSCTL
        || file.path.starts_with("/etc/systemd/system/")
}

fn phases(site: &Site, release: &Release, seed_server: &str) -> Vec<PlannedPhase> {
    let (servers, agents) = (site.servers().count(), site.agents().count());
    let hardening = &site.hardening;
    let names: Vec<_> = release.repositories.iter().map(|one| one.name.as_str()).collect();
    let packages = if names.is_empty() { "no repository".to_owned() } else { names.join(", ") };
    let deviations = hardening.deviations.len();
    let api = site.api_host().map(|host| host.to_string()).unwrap_or_default();
    let what = [
        (Phase::Seed, format!("serve the bundle at {seed_server}")),
        (Phase::Provision, provision(site)),
        (
            Phase::Harden,
            format!(
                "profile {}, FIPS {}, {deviations} deviations, packages from {packages}",
                hardening.profile, hardening.fips
            ),
        ),
        (
            Phase::Cluster,
            format!(
                "RKE2 {} with {} on {servers} servers and {agents} agents, which join at {api}",
                release.version, site.cluster.cni
            ),
        ),
    ];
    what.into_iter().map(|(phase, what)| PlannedPhase { phase, what }).collect()
}

/// Says which machines are made by whom, and how all of them are reached.
fn provision(site: &Site) -> String {
    let unknown = site.nodes.iter().filter(|node| node.access.host_key.is_none());
    let unknown: Vec<_> = unknown.map(|node| node.name.to_string()).collect();
    let hosts = site.nodes.len();
    let keys = if unknown.is_empty() {
        "under the keys that the site file names".to_owned()
    } else {
        format!("pin the keys of {} at the first visit", unknown.join(", "))
    };
    let made = site.nodes.iter().filter(|node| node.machine.is_some()).count();
    let made = site.proxmox.as_ref().map(|proxmox| {
        format!("{made} machines on Proxmox at {} by `infra/tofu`; ", proxmox.endpoint)
    });
    format!("{}reach {hosts} hosts by SSH, {keys}", made.unwrap_or_default())
}

impl Answer for HostPlan {
    const KIND: &'static str = "host-plan";
}

impl fmt::Display for HostPlan {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "site         {} ({})", self.site, self.digest)?;
        for PlannedPhase { phase, what } in &self.phases {
            writeln!(formatter, "{:<12} {what}", phase.id())?;
        }
        writeln!(formatter)?;
        for host in &self.hosts {
            let PlannedHost { name, address, role, files, .. } = host;
            writeln!(formatter, "{name:<20} {address:<16} {role:<13} {} files", files.len())?;
        }
        Ok(())
    }
}
