//! The site: what a site file means.

use std::path::Path;

use serde::Serialize;
use sre_format::Digest;

use crate::SecretReference;
use crate::tables::{
    AgentsReach, Authority, Cluster, Escalation, Flux, Hardening, Network, Node, Place, Proxmox,
    Registry, SeedHost, SeedServer, Time,
};
use crate::words::{DnsLabel, Host, Role};

/// Begins what is hashed, so that a later form of it cannot be taken for this one.
const FORM: &[u8] = b"sre-site/1\n";

/// Where SRE is installed. It can only be valid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Site {
    /// What it is called.
    pub place: Place,
    /// What its network offers.
    pub network: Network,
    /// Where the nodes have the time from.
    pub time: Time,
    /// The machines, in the order of the file; at least one is a server.
    pub nodes: Vec<Node>,
    /// What RKE2 is told beside its nodes.
    pub cluster: Cluster,
    /// The Proxmox VE that makes machines; there whenever a node has one to be made.
    pub proxmox: Option<Proxmox>,
    /// The registry that the cluster pulls from.
    pub registry: Registry,
    /// The server that gives out what the bundle has.
    pub seed_server: SeedServer,
    /// Who signs the certificates of the site.
    pub authority: Authority,
    /// What Flux puts into the manifests of the platform.
    pub flux: Flux,
    /// How hosts and cluster are hardened.
    pub hardening: Hardening,
}

impl Site {
    /// Gives the servers; the first one begins the cluster, the others join in this order.
    pub fn servers(&self) -> impl Iterator<Item = &Node> {
        self.nodes.iter().filter(|node| node.role == Role::Server)
    }

    /// Gives the agents, which join after all servers.
    pub fn agents(&self) -> impl Iterator<Item = &Node> {
        self.nodes.iter().filter(|node| node.role == Role::Agent)
    }

    /// Finds a node by its name.
    #[must_use]
    pub fn node(&self, name: &DnsLabel) -> Option<&Node> {
        self.nodes.iter().find(|node| node.name == *name)
    }

    /// Gives where agents, later servers and people reach the API.
    #[must_use]
    pub fn api_host(&self) -> Option<Host> {
        match &self.cluster.api {
            AgentsReach::FirstServer => {
                self.servers().next().map(|node| Host::Address(node.address))
            }
            AgentsReach::Virtual(vip) => Some(Host::Address(vip.address)),
            AgentsReach::LoadBalancer(host) => Some(host.clone()),
        }
    }

    /// Gives the node that the seed server runs on; `None` means the admin host.
    #[must_use]
    pub fn seed_node(&self) -> Option<&Node> {
        match &self.seed_server.host {
            SeedHost::Admin => None,
            SeedHost::Node(name) => self.node(name),
        }
    }

    /// Gives the files of private keys that log in, each once.
    #[must_use]
    pub fn ssh_keys(&self) -> Vec<&Path> {
        let mut keys: Vec<&Path> =
            self.nodes.iter().map(|node| node.access.key.as_path()).collect();
        keys.sort_unstable();
        keys.dedup();
        keys
    }

    /// Gives every place that a secret comes from, with what the secret is for; one place may serve twice.
    #[must_use]
    pub fn secrets(&self) -> Vec<(String, &SecretReference)> {
        let mut found = Vec::new();
        for node in &self.nodes {
            if let Escalation::Sudo(Some(password)) = &node.access.escalation {
                found.push((format!("the password for sudo on {}", node.name), password));
            }
        }
        match &self.registry {
            Registry::InClusterHarbor { password: Some(password), .. } => {
                found.push(("the password of Harbor's administrator".to_owned(), password));
            }
            Registry::Harbor(registry) | Registry::Oci(registry) => {
                let login = registry.login.iter();
                found.extend(
                    login.map(|it| ("the password of the registry".to_owned(), &it.password)),
                );
            }
            Registry::InClusterHarbor { password: None, .. } => {}
        }
        let token = self.proxmox.iter().map(|it| ("the token of Proxmox".to_owned(), &it.token));
        found.extend(token);
        if let Authority::Given { key, .. } = &self.authority {
            found.push(("the key of the authority".to_owned(), key));
        }
        let boot = self.hardening.boot_password.iter();
        found.extend(boot.map(|it| ("the password of the boot loader".to_owned(), it)));
        let flux = self.flux.secret_variables.iter();
        found.extend(flux.map(|(name, it)| (format!("the variable {name} of Flux"), it)));
        found
    }

    /// Gives its meaning as JSON in one spelling: no comments, every default written out, no secrets.
    #[must_use]
    pub fn canonical(&self) -> Vec<u8> {
        #[expect(clippy::expect_used, reason = "every key is a text, and every path was one")]
        let json = serde_json::to_vec(self).expect("a site is plain data");
        [FORM, &json].concat()
    }

    /// Gives the SHA-256 of its meaning, which receipts name; comments and the order of keys do not count.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of(&self.canonical())
    }
}
